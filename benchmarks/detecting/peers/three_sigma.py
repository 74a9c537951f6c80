"""The rule of three deviations: any statistic of any column far off its mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from detecting.peers.peer import CERTAIN, Judged, ranked
from detecting.peers.span_statistics import Bools, Floats, Layout, Statistics

# The deviation of what never moved, in units of its mean (of 1, where that is more).
STILL = 0.001


class ThreeSigma:
    """Alarms if a statistic is more than three deviations off the history's mean.

    The score is the greatest number of deviations. What never moved has a
    deviation of a thousandth. A statistic that every accepted span has and this one
    has not, such as one of a column that is gone, is certain to be off.
    """

    name = "any statistic beyond 3 sigma"

    def __init__(self, statistics: Statistics | None = None) -> None:
        self._statistics = statistics or Statistics()
        self._layout = Layout(())
        self._mean = self._deviation = np.zeros(0)
        self._always: Bools = np.zeros(0, bool)

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans."""
        known = [self._statistics.of(table) for table in history]
        self._layout = Layout.of(known)
        matrix = self._layout.matrix(known)
        held = np.isfinite(matrix)
        self._always = np.asarray(held.all(axis=0))
        number = np.maximum(held.sum(axis=0), 1)
        self._mean = np.where(held, matrix, 0.0).sum(axis=0) / number
        apart = np.where(held, matrix - self._mean, 0.0)
        self._deviation = np.sqrt((apart**2).sum(axis=0) / np.maximum(number - 1, 1))

    def judge(self, table: pa.Table) -> Judged:
        """What the rule says of the span after the history."""
        vector = self._layout.vector(self._statistics.of(table))
        away = deviations(vector, self._mean, self._deviation)
        lacking = np.isnan(vector)
        away[lacking] = np.where(self._always[lacking], CERTAIN, 0.0)
        suspicion = self._layout.greatest_by_column(away)
        score = float(away.max(initial=0.0))
        return Judged(score, score > 3, ranked(suspicion))


def deviations(values: Floats, mean: Floats, deviation: Floats) -> Floats:
    """By how many deviations each value is off."""
    size = np.maximum(np.abs(mean), 1.0)
    # What is constant but for rounding never moved.
    unit = np.where(deviation > 1e-9 * size, deviation, STILL * size)
    found: Floats = np.minimum(np.abs(values - mean) / unit, CERTAIN)
    return found
