"""Our own drift tests, behind the interface that every tool has here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from detecting.peers.peer import Judged
from tidegate.drift_tests.decide import Background
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import SpanMeasures


class Tidegate:
    """`tidegate drift check` with its defaults: at most 1 false alarm in 20 runs."""

    name = "tidegate"

    def __init__(self) -> None:
        self._measured: dict[int, tuple[pa.Table, SpanMeasures]] = {}
        self._background: Background | None = None
        self._history = History()

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Measures the spans that are new and sets the thresholds."""
        spans = [self._of(*span) for span in zip(history, starts, strict=True)]
        self._history = History(tuple(spans))
        self._background = Background.of(self._history, DriftSettings())

    def judge(self, table: pa.Table) -> Judged:
        """Measures a span and decides."""
        assert self._background is not None
        now = measure_table(table, "now", partners=self._history)
        decision = self._background.judge(now)
        score = max((one.excess for one in decision.channels), default=0.0)
        ranking = tuple(cause.column for cause in decision.ranking if cause.column)
        return Judged(score, decision.alarm, ranking)

    def _of(self, table: pa.Table, start: date) -> SpanMeasures:
        """What is measured of a table; of the same object only once."""
        known = self._measured.get(id(table))
        if known is None:
            measured = measure_table(table, start.isoformat(), start=start)
            known = self._measured[id(table)] = (table, measured)
        return known[1]
