"""How far the running node has come: executors report, `tidegate run` shows it.

An executor calls `report` with totals, or `advance` with what a batch added, as
often as it likes and from any thread:

    from tidegate.runners import progress

    progress.stage("reading", bytes_total=sum(sizes))
    for batch in batches:
        ...
        progress.advance(rows=batch.rows, bytes_done=size)

Outside `tidegate run` nobody listens and the calls cost nothing. Nothing heavy
is imported here, so that pure modules may call it, too.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class State:
    """How far a node has come in its present stage.

    Attributes:
        stage: What it is at, in a word or two, such as "reading"; "" at first.
        rows: Rows done.
        rows_total: Rows that there are, None where that is not known.
        bytes_done: Bytes done, as they are on disk.
        bytes_total: Bytes that there are, None where that is not known.
    """

    stage: str = ""
    rows: int = 0
    rows_total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None


Listener = Callable[[State], None]


class _Channel:
    """The state of the running node and who is told of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._state = State()
        self._told = -math.inf

    def listen(self, listener: Listener | None) -> None:
        with self._lock:
            self._listener, self._state, self._told = listener, State(), -math.inf

    def change(self, make: Callable[[State], State], *, at_once: bool = False) -> None:
        if self._listener is None:
            return
        with self._lock:
            listener = self._listener
            if listener is None:
                return
            self._state = make(self._state)
            now = time.monotonic()
            if not at_once and now - self._told < EVERY_SECONDS:
                return
            self._told = now
            # Under the lock, so that nothing is told after listening ended, and
            # what is told never goes back.
            listener(self._state)


_CHANNEL = _Channel()


def report(
    *,
    rows: int | None = None,
    rows_total: int | None = None,
    bytes_done: int | None = None,
    bytes_total: int | None = None,
) -> None:
    """Sets totals of the present stage; what is None stays as it is."""
    given = {
        "rows": rows,
        "rows_total": rows_total,
        "bytes_done": bytes_done,
        "bytes_total": bytes_total,
    }
    known = {name: value for name, value in given.items() if value is not None}
    _CHANNEL.change(lambda state: replace(state, **known))  # type: ignore[arg-type]


def advance(*, rows: int = 0, bytes_done: int = 0) -> None:
    """Adds to what is done, such as one batch."""
    _CHANNEL.change(
        lambda state: replace(
            state, rows=state.rows + rows, bytes_done=state.bytes_done + bytes_done
        )
    )


def stage(
    name: str, *, rows_total: int | None = None, bytes_total: int | None = None
) -> None:
    """Begins a stage, such as "analysing"; what was done counts from 0 again."""
    fresh = State(stage=name, rows_total=rows_total, bytes_total=bytes_total)
    _CHANNEL.change(lambda _: fresh, at_once=True)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tells `listener` of every report, a few times a second at most.

    Args:
        listener: Called on the thread of whoever reports, one call at a time.
    """
    _CHANNEL.listen(listener)
    try:
        yield
    finally:
        _CHANNEL.listen(None)
