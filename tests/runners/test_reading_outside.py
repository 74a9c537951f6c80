"""A local run serves from its cache only what is the same outside, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

import tidegate
from tidegate.errors import InfrastructureError, UsageError
from tidegate.runners import events, local

GRAPH = b"\x08\x01\x12\x03abc"
DATA = "memory://outside/{SPAN}/*.csv"


@pytest.fixture
def store() -> Iterator[Any]:
    """A store in memory with one span."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/outside/1/a.csv", b"x\n" + b"1\n" * 9)
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs both components that read outside; says how each ended."""

    def once(pushed: str = "memory://outside/pushed") -> dict[str, str]:
        told: list[events.Event] = []
        nodes = [
            tidegate.ExampleGen(DATA, splits={"all": 1}),
            tidegate.Champion(pushed),
        ]
        pipeline = local.build(nodes, name="p", root=tmp_path / "out", cache=True)
        local.run(pipeline, told.append)
        return {e.node: e.state for e in told if isinstance(e, events.NodeEnded)}

    return once


@pytest.mark.parametrize(
    ("path", "content", "node"),
    [
        ("/outside/1/a.csv", b"x\n" + b"2\n" * 9, "ExampleGen"),
        ("/outside/2/a.csv", b"x\n" + b"1\n" * 9, "ExampleGen"),
        ("/outside/pushed/3/saved_model.pb", GRAPH, "Champion"),
    ],
)
def test_what_changed_outside_is_read_again(
    path: str, content: bytes, node: str, store: Any, run: Any
) -> None:
    assert run() == {"ExampleGen": "done", "Champion": "done"}
    assert run() == {"ExampleGen": "cached", "Champion": "cached"}
    store.pipe(path, content)
    other = {"ExampleGen", "Champion"} - {node}
    assert run() == {node: "done", other.pop(): "cached"}


def test_a_champion_in_a_folder_is_seen_as_well(
    store: Any, run: Any, tmp_path: Path
) -> None:
    pushed = tmp_path / "pushed"
    assert run(str(pushed))["Champion"] == "done"
    assert run(str(pushed))["Champion"] == "cached"
    (pushed / "1").mkdir(parents=True)
    (pushed / "1" / "saved_model.pb").write_bytes(GRAPH)
    assert run(str(pushed))["Champion"] == "done"
    assert run(str(pushed))["Champion"] == "cached"


def test_a_store_without_the_data_ends_the_run_before_it_begins(
    store: Any, run: Any
) -> None:
    store.rm("/outside", recursive=True)
    with pytest.raises(UsageError, match="no span is there"):
        run()


def test_a_store_that_does_not_answer_is_worth_a_retry(
    store: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(type(store), "glob", broken)
    with pytest.raises(InfrastructureError):
        run()
