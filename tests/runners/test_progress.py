"""Progress is told from any thread, seldom, and to nobody outside a run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.runners import progress


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[progress.State]:
    """Takes in every report, however fast they come."""
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    return []


def test_outside_a_run_nothing_is_kept(told: list[progress.State]) -> None:
    progress.advance(rows=5)
    with progress.listening(told.append):
        progress.advance(rows=1)
    progress.report(rows=9)
    assert told == [progress.State(rows=1)]


def test_totals_that_are_not_given_stay(told: list[progress.State]) -> None:
    with progress.listening(told.append):
        progress.report(rows=3, bytes_total=100)
        progress.report(bytes_done=40)
    assert told[-1] == progress.State(rows=3, bytes_done=40, bytes_total=100)


def test_a_stage_counts_anew(told: list[progress.State]) -> None:
    with progress.listening(told.append):
        progress.advance(rows=3, bytes_done=7)
        progress.stage("writing", rows_total=10)
        progress.advance(rows=1)
    assert told[-1] == progress.State(stage="writing", rows=1, rows_total=10)


def test_nothing_is_lost_between_threads(told: list[progress.State]) -> None:
    with progress.listening(told.append), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: progress.advance(rows=1, bytes_done=2), range(2000)))
    assert told[-1] == progress.State(rows=2000, bytes_done=4000)
    assert [state.rows for state in told] == sorted(state.rows for state in told)


def test_reports_that_come_fast_are_told_seldom(
    told: list[progress.State], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than any machine has run: the clock may begin when the machine does.
    monkeypatch.setattr(progress, "EVERY_SECONDS", 1e12)
    with progress.listening(told.append):
        for _ in range(100):
            progress.advance(rows=1)
        progress.stage("writing")
    assert [(state.stage, state.rows) for state in told] == [("", 1), ("writing", 0)]
