"""Distance to the nearest accepted spans (Redyuk et al. 2021).

S. Redyuk, Z. Kaoudi, V. Markl, S. Schelter: "Automating Data Quality Validation
for Dynamic Data Ingestion", EDBT 2021. As the paper is summed up, and as public
code that follows it has it: a span is a vector of descriptive statistics of its
columns, scaled to the history's [min, max]; the score is the mean Euclidean distance to
the five nearest accepted spans; the alarm goes off beyond the 99th percentile of
the history's own scores (contamination 1 %), each span's taken without itself.

Gaps. The number of distinct values is exact, not approximate. Letters of words are
counted within words, not across them. The paper leaves open what to do with a
statistic that cannot be computed: where the span has none and the history does,
it counts as one whole range off. The paper names no columns; the ranking is by
each column's part in the squared distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from detecting.peers.peer import CERTAIN, Judged, ranked
from detecting.peers.span_statistics import Floats, Layout, Statistics

NEIGHBOURS = 5
CONTAMINATION = 0.01
OF_THE_PAPER = (
    "completeness",
    "distinct",
    "top share",
    "max",
    "mean",
    "min",
    "deviation",
    "peculiarity",
)


class NearestSpans:
    """The mean distance to the five accepted spans that are most alike."""

    name = "nearest spans (Redyuk et al. 2021)"

    def __init__(self, statistics: Statistics | None = None) -> None:
        self._statistics = statistics or Statistics()
        self._layout = Layout(())
        self._scaling = Scaling.of(np.zeros((0, 0)))
        self._points = np.zeros((0, 0))
        self._threshold = 0.0

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans."""
        known = [self._statistics.of(table) for table in history]
        self._layout = Layout.of(known, OF_THE_PAPER)
        matrix = self._layout.matrix(known)
        self._scaling = Scaling.of(matrix)
        self._points = self._scaling.apply(matrix)
        scores = left_out(self._points)
        self._threshold = (
            float(np.quantile(scores, 1 - CONTAMINATION)) if len(scores) else CERTAIN
        )

    def judge(self, table: pa.Table) -> Judged:
        """What the method says of the span after the history."""
        vector = self._layout.vector(self._statistics.of(table))
        point = self._scaling.apply(vector)
        squares = (self._points - point) ** 2
        distances = np.sqrt(squares.sum(axis=1))
        nearest = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        score = float(distances[nearest].mean()) if len(nearest) else 0.0
        parts = squares[nearest].mean(axis=0)
        suspicion = {
            column: float(parts[places].sum())
            for column, places in self._layout.places().items()
            if column
        }
        return Judged(score, score > self._threshold, ranked(suspicion))


class Scaling:
    """Scales statistics to the range that they had in a history.

    Args:
        low: The least value of each.
        width: The range of each; 1 where it never moved, as the min-max scaling
            of scikit-learn has it.
    """

    def __init__(self, low: Floats, width: Floats) -> None:
        self._low = low
        self._width = width

    @classmethod
    def of(cls, matrix: Floats) -> Scaling:
        """The scaling of a history, a span a row."""
        held = np.isfinite(matrix)
        low = np.where(held, matrix, np.inf).min(axis=0, initial=np.inf)
        high = np.where(held, matrix, -np.inf).max(axis=0, initial=-np.inf)
        low = np.where(np.isfinite(low), low, 0.0)
        width = np.where(np.isfinite(high), high, 0.0) - low
        # Rounding is no range.
        still = width <= 1e-12 * np.maximum(np.abs(low), 1.0)
        return cls(low, np.where(still, 1.0, width))

    def apply(self, values: Floats) -> Floats:
        """The values in units of the range; -1 where there is none."""
        scaled = (values - self._low) / self._width
        return np.where(np.isfinite(scaled), np.clip(scaled, -CERTAIN, CERTAIN), -1.0)


def left_out(points: Floats, neighbours: int = NEIGHBOURS) -> Floats:
    """Each point's mean distance to its nearest others."""
    number = len(points)
    if number < 2:
        return np.zeros(0)
    lengths = (points**2).sum(axis=1)
    squares = lengths[:, None] + lengths[None, :] - 2 * points @ points.T
    distances = np.sqrt(np.maximum(squares, 0.0))
    np.fill_diagonal(distances, np.inf)
    nearest = np.sort(distances, axis=1)[:, : min(neighbours, number - 1)]
    found: Floats = nearest.mean(axis=1)
    return found
