from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from detecting.peers import environment as environments
from detecting.peers.environment import (
    ENVIRONMENTS,
    GATE,
    Environment,
    make_environment,
)
from detecting.peers.peer import CERTAIN
from detecting.peers.worker_peer import WorkerError, WorkerPeer
from detecting.peers.workers.serving import read_frame, write_frame

DAY = date(2020, 1, 1)
TOOL = """
from detecting.peers.workers.serving import serve

class Tool:
    seen = 0

    def fit(self, history):
        print("tools print")
        self.rows = [table.num_rows for _, table in history]
        if 0 in self.rows:
            raise ValueError("a span without rows")

    def judge(self, table):
        if table.num_rows == 0:
            raise ValueError("no rows")
        if table.num_rows == 13:
            raise SystemExit("out of luck")
        return table.num_rows - max(self.rows), len(self.rows) == 2, ["x", "y"]

serve(Tool())
"""


def a_span(rows: int) -> pa.Table:
    return pa.table({"x": range(rows), "y": ["é"] * rows})


@pytest.fixture
def peer() -> Iterator[WorkerPeer]:
    command = ("-c", TOOL)
    python = Path(sys.executable)
    with WorkerPeer("toy", command, GATE, window=2, python=python) as made:
        yield made


def test_a_worker_judges_by_the_latest_spans(peer: WorkerPeer) -> None:
    spans = [a_span(9), a_span(3), a_span(5)]
    peer.fit(spans[:1], [DAY])
    assert peer.judge(a_span(6)).alarm is False
    peer.fit(spans, [DAY] * 3)
    found = peer.judge(a_span(6))
    assert (found.score, found.alarm, found.ranking) == (1, True, ("x", "y"))
    assert found.cpu is not None
    assert found.cpu >= 0


def test_a_table_is_sent_once(
    peer: WorkerPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    ask = peer._ask

    def counting(call: str, keys: list[int], tables: dict[int, pa.Table]) -> object:
        sent.append(len(tables))
        return ask(call, keys, tables)

    monkeypatch.setattr(peer, "_ask", counting)
    spans = [a_span(2), a_span(3), a_span(4)]
    for number in (1, 2, 3, 1):
        peer.fit(spans[:number], [DAY] * number)
    # The first had left the window, and so the worker.
    assert sent == [1, 1, 1, 1]
    assert peer.judge(a_span(4)).score == 2


def test_an_error_of_the_tool_is_an_alarm_that_is_counted(peer: WorkerPeer) -> None:
    peer.fit([a_span(2)], [DAY])
    found = peer.judge(a_span(0))
    assert (found.score, found.alarm, found.ranking) == (CERTAIN, True, ())
    assert peer.failures == {"ValueError: no rows": 1}
    assert peer.judge(a_span(3)).score == 1


def test_a_history_that_the_tool_cannot_take_is_an_error(peer: WorkerPeer) -> None:
    with pytest.raises(WorkerError, match="a span without rows"):
        peer.fit([a_span(0)], [DAY])


def test_a_worker_that_ends_is_an_error_with_its_last_words(peer: WorkerPeer) -> None:
    peer.fit([a_span(2)], [DAY])
    with pytest.raises(WorkerError, match="out of luck"):
        peer.judge(a_span(13))


def test_frames_come_back_and_a_torn_one_is_an_error() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"abc")
    write_frame(stream, b"")
    content = stream.getvalue()
    stream.seek(0)
    assert [read_frame(stream) for _ in range(3)] == [b"abc", b"", None]
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(content[:9]))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda each: each.name)
def test_locks_hold_what_was_asked_for_with_hashes(environment: Environment) -> None:
    text = environment.path.read_text(encoding="utf-8")
    assert "://" not in text
    for requirement in (*environment.requirements, *environment.bare):
        if "==" in requirement:
            assert f"\n{requirement} \\\n    --hash=sha256:" in text


def test_an_environment_is_made_once_and_again_where_it_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def fake(*arguments: str) -> None:
        steps.append(arguments[0])
        python = tmp_path / GATE.name / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(environments, "_uv", fake)
    python = make_environment(GATE, tmp_path)
    assert make_environment(GATE, tmp_path) == python
    assert steps == ["venv", "pip"]
    (tmp_path / GATE.name / "lock.txt").unlink()
    make_environment(GATE, tmp_path)
    assert len(steps) == 4
