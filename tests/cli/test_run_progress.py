"""A run that is no terminal's tells how it goes on in lines, and not too many."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tidegate.cli import progress
from tidegate.runners import events


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


def told(count: int) -> list[events.Event]:
    started = events.NodeStarted(node="Transform")
    return [
        started,
        *(
            events.NodeProgress(node="Transform", stage="analysing", rows=rows)
            for rows in range(1, count + 1)
        ),
    ]


@pytest.mark.parametrize(("every", "lines"), [(0.0, 3), (3600.0, 0)])
def test_lines_of_progress_come_seldom(
    shown: io.StringIO, monkeypatch: pytest.MonkeyPatch, every: float, lines: int
) -> None:
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", every)
    with progress.PlainProgress(Console(file=shown), "toy") as plain:
        for event in told(3):
            plain.event(event)
    assert shown.getvalue().count("Transform: analysing") == lines


def test_a_terminal_shows_how_far_the_running_node_is(shown: io.StringIO) -> None:
    console = Console(file=shown, force_terminal=True, width=100)
    with progress.LiveProgress(console, "toy") as live:
        live.event(events.Planned(run_id="1", nodes=("Transform",)))
        for event in told(2):
            live.event(event)
        live.say("engine columnar")
        console.print(live._table())
    assert "analysing · 2 rows" in shown.getvalue()
    assert "engine columnar" in shown.getvalue()
