"""Slow drift: the mean of the last spans, held against such means of before.

A single span varies from day to day; the mean of `WINDOW` spans varies less, so a
drift that no span shows by itself stands out of it. The means are judged as single
spans are (see `sudden`), by those that have no span in common with them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidegate.drift_tests.judging.sudden import FIRST_SCORED, Replay, replay
from tidegate.drift_tests.summary import FloatArray

# A week of days, so that the rhythm of weekdays is in every mean.
WINDOW = 7
# Spans before the first mean that has a score: the first means have no envelope.
SKIPPED = FIRST_SCORED + 2 * WINDOW - 2


def smoothed(values: FloatArray) -> FloatArray:
    """Mean of each span and the `WINDOW` - 1 before it, NaN left out.

    Args:
        values: (spans, features), oldest first, at least `WINDOW` spans.

    Returns:
        (spans - WINDOW + 1, features).
    """
    known = np.isfinite(values)
    total = _sums(np.where(known, values, 0.0))
    count = _sums(known.astype(np.float64))
    means = total / np.maximum(count, 1)
    return np.asarray(np.where(count > WINDOW / 2, means, np.nan))


def _sums(values: FloatArray) -> FloatArray:
    sums = np.cumsum(values, axis=0)
    sums[WINDOW:] -= sums[:-WINDOW].copy()
    return sums[WINDOW - 1 :]


def replay_means(
    values: FloatArray,
    errors: FloatArray,
    smallest: FloatArray,
    measures: NDArray[np.object_],
) -> Replay | None:
    """What the scores of the means were; None while there are too few spans."""
    if len(values) < 2 * WINDOW:
        return None
    small = errors / np.sqrt(WINDOW)
    return replay(smoothed(values), small, smallest, measures, lag=WINDOW)
