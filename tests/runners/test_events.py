"""Events cross the pipe whole, or not at all."""

from __future__ import annotations

import io

import pytest
from pydantic import ValidationError

from tidegate.runners import events

ALL: list[events.Event] = [
    events.Planned(run_id="1", nodes=("ExampleGen", "Gate")),
    events.NodeStarted(node="Gate"),
    events.NodeProgress(node="Gate", stage="reading", rows=3, bytes_total=9),
    events.NodeEnded(node="Gate", state="done", seconds=1.5, outputs={"a": "/b\n"}),
    events.RunFailed(error={"kind": "GateShut"}, text=("a", "b"), node="Gate"),
    events.RunDone(),
]


def written(*told: events.Event) -> bytes:
    stream = io.BytesIO()
    for event in told:
        events.write(stream, event)
    return stream.getvalue()


def test_events_are_read_as_they_were_written() -> None:
    assert list(events.read(io.BytesIO(written(*ALL)))) == ALL


@pytest.mark.parametrize("cut", [2, 5, 20])
def test_a_line_that_a_killed_worker_did_not_finish_is_dropped(cut: int) -> None:
    whole = written(*ALL)
    assert list(events.read(io.BytesIO(whole[:-cut]))) == ALL[:-1]


def test_a_whole_line_that_is_no_event_is_an_error() -> None:
    with pytest.raises(ValidationError):
        list(events.read(io.BytesIO(b'{"event": "unknown"}\n')))
