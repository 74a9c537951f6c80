"""Histograms of numbers on edges that one outlier cannot spoil."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidegate.columnar.statistics.numbers import Numbers

BINS = 24


def edges_of(numbers: Numbers | None) -> tuple[float, ...]:
    """Edges from the 1 % to the 99 % quantile; none where there is no width."""
    if numbers is None or not numbers.count:
        return ()
    low, high = numbers.quantile(0.01), numbers.quantile(0.99)
    if low is None or high is None or not np.isfinite([low, high]).all():
        return ()
    low, high = float(low), float(high)
    edges = np.linspace(low, high, BINS + 1)
    return tuple(edges.tolist()) if (np.diff(edges) > 0).all() else ()


def shares(numbers: Numbers | None, edges: Sequence[float]) -> tuple[float, ...]:
    """Share of the numbers in each bin; those beyond are in the outermost bins.

    A bin holds its upper edge. Two histograms on the same edges compare, such as
    that of a delivery on the edges of a reference.
    """
    if len(edges) < 2:
        return ()
    if numbers is None or not numbers.count:
        return (0.0,) * (len(edges) - 1)
    values, ranks = numbers.points()
    places = np.searchsorted(values.astype(np.float64), edges[1:-1], side="right")
    upto = np.concatenate([[0], ranks])[places] / int(ranks[-1])
    heights = np.diff(np.concatenate([[0.0], upto, [1.0]]))
    return tuple(heights.tolist())
