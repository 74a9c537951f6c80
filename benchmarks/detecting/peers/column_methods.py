"""Two simple methods that do better than rules on every statistic.

Neither has a threshold of its own. Both alarm beyond the 95th percentile of the
scores that the accepted spans get when each is judged by the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from detecting.peers.nearest_spans import NEIGHBOURS, Scaling, left_out
from detecting.peers.peer import CERTAIN, Judged, ranked
from detecting.peers.span_statistics import Bools, Floats, Layout, Statistics

QUANTILE = 0.95
# The range of what never moved, in units of its size (of 1, where that is more).
STILL = 0.01


class RangeExceedance:
    """How far a statistic is beyond the history's range, in units of that range.

    The greatest over all statistics is the score. What never moved has a range of
    1 %. A statistic that every accepted span has and this one has not is certain
    to be off.
    """

    name = "range exceedance"

    def __init__(self, statistics: Statistics | None = None) -> None:
        self._statistics = statistics or Statistics()
        self._layout = Layout(())
        self._low = self._high = np.zeros(0)
        self._always: Bools = np.zeros(0, bool)
        self._threshold = 0.0

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans."""
        known = [self._statistics.of(table) for table in history]
        self._layout = Layout.of(known)
        matrix = self._layout.matrix(known)
        held = np.isfinite(matrix)
        lows = np.sort(np.where(held, matrix, np.inf), axis=0)
        highs = -np.sort(-np.where(held, matrix, -np.inf), axis=0)
        self._low, self._high = lows[0], highs[0]
        self._always = np.asarray(held.all(axis=0))
        scores = _exceedances_without_itself(matrix, lows, highs).max(axis=1)
        self._threshold = float(np.quantile(scores, QUANTILE))

    def judge(self, table: pa.Table) -> Judged:
        """What the method says of the span after the history."""
        vector = self._layout.vector(self._statistics.of(table))
        beyond = exceedances(vector, self._low, self._high)
        beyond[np.isnan(vector) & ~self._always] = 0.0
        suspicion = self._layout.greatest_by_column(beyond)
        score = float(beyond.max(initial=0.0))
        return Judged(score, score > self._threshold, ranked(suspicion))


def exceedances(values: Floats, low: Floats, high: Floats) -> Floats:
    """How far values are beyond a range, in units of it; 0 within."""
    # The history had no value at all: then none is expected, and any is welcome.
    never = ~np.isfinite(low)
    low, high = np.where(never, 0.0, low), np.where(never, 0.0, high)
    width = np.where(high > low, high - low, STILL * np.maximum(np.abs(low), 1.0))
    beyond = np.maximum(np.maximum(values - high, low - values), 0.0) / width
    beyond = np.where(np.isfinite(beyond), np.minimum(beyond, CERTAIN), CERTAIN)
    return np.where(never, 0.0, beyond)


def _exceedances_without_itself(matrix: Floats, lows: Floats, highs: Floats) -> Floats:
    """Each span's exceedance of the range of all others."""
    if len(matrix) < 2:
        return np.zeros((1, 1))
    low = np.where(matrix <= lows[0], lows[1], lows[0])
    high = np.where(matrix >= highs[0], highs[1], highs[0])
    # What a span lacks says nothing here: the history lacks it at times.
    found = exceedances(matrix, low, high)
    return np.where(np.isfinite(matrix), found, 0.0)


class ColumnNearestSpans:
    """Each column's distance to its own nearest spans, the greatest of them all.

    A column's distance is in units of the greatest distance that an accepted span
    has to its nearest others in that column.
    """

    name = "nearest spans of each column"

    def __init__(self, statistics: Statistics | None = None) -> None:
        self._statistics = statistics or Statistics()
        self._layout = Layout(())
        self._scaling = Scaling.of(np.zeros((0, 0)))
        self._columns: list[tuple[str, list[int], float]] = []
        self._points = np.zeros((0, 0))
        self._threshold = 0.0

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans."""
        known = [self._statistics.of(table) for table in history]
        self._layout = Layout.of(known)
        matrix = self._layout.matrix(known)
        self._scaling = Scaling.of(matrix)
        self._points = self._scaling.apply(matrix)
        self._columns, scores = [], [np.zeros(len(known))]
        for column, places in self._layout.places().items():
            apart = left_out(self._points[:, places])
            unit = max(float(apart.max(initial=0.0)), STILL)
            self._columns.append((column, places, unit))
            scores.append(apart / unit if len(apart) else np.zeros(len(known)))
        self._threshold = float(np.quantile(np.max(scores, axis=0), QUANTILE))

    def judge(self, table: pa.Table) -> Judged:
        """What the method says of the span after the history."""
        vector = self._layout.vector(self._statistics.of(table))
        squares = (self._points - self._scaling.apply(vector)) ** 2
        suspicion = {}
        for column, places, unit in self._columns:
            distances = np.sqrt(squares[:, places].sum(axis=1))
            nearest = np.sort(distances)[:NEIGHBOURS]
            suspicion[column] = min(float(nearest.mean()) / unit, CERTAIN)
        score = max(suspicion.values(), default=0.0)
        suspicion.pop("", None)
        return Judged(score, score > self._threshold, ranked(suspicion))
