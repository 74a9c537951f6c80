"""Histograms of numbers as TFDV's protos have them.

They are TFDV's own wherever the numbers are known exactly, also where it is not
exact itself: what stands in its buckets of equal width are not counts, but 1,000
shares, each spread evenly between the numbers that bound it.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from tensorflow_metadata.proto.v0 import statistics_pb2

from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.tables import Numeric
from tidegate.columnar.statistics.weighted import WeightedNumbers

# What TFDV takes unless told otherwise.
BUCKETS = 10
# TFDV takes so many quantiles for each bucket.
_FINER = 100

Ranks: TypeAlias = "npt.NDArray[Any]"


class Spread(NamedTuple):
    """How numbers are spread, counted or weighed.

    Attributes:
        values: Numbers, ascending.
        upto: Count or weight of all numbers up to each.
        extremes: The least and the greatest number.
        finite: The same without infinite ones; (inf, -inf) without any.
        infinite: Count or weight of -inf, and of inf.
        nan: Number of values that are not a number.
    """

    values: Numeric
    upto: Ranks
    extremes: tuple[float, float]
    finite: tuple[float, float]
    infinite: tuple[float, float]
    nan: int

    @property
    def total(self) -> float:
        """Count or weight of all numbers."""
        return float(self.upto[-1]) if len(self.upto) else 0.0


def spread(numbers: Numbers) -> Spread:
    """How numbers are spread."""
    values, upto = numbers.points()
    return Spread(
        values,
        upto,
        numbers.extremes,
        numbers.finite_extremes,
        numbers.infinite,
        numbers.nan,
    )


def weighted_spread(weighted: WeightedNumbers, counted: Spread) -> Spread:
    """How numbers are spread by their weights; `counted` is without them."""
    values, upto = weighted.ranks.points()
    # A number without weight is no bound.
    ends = (float(values[0]), float(values[-1])) if len(values) else (0.0, 0.0)
    return counted._replace(
        values=values, upto=upto, extremes=ends, infinite=weighted.infinite
    )


def equal_widths(
    numbers: Spread, buckets: int = BUCKETS, share_buckets: int = BUCKETS
) -> statistics_pb2.Histogram:
    """Numbers in buckets of equal width; infinite ones stand in their own.

    Args:
        numbers: The numbers.
        buckets: Number of buckets.
        share_buckets: Buckets of equal shares that TFDV takes beside them; a
            hundred times as many are spread over these.
    """
    histogram = _empty(statistics_pb2.Histogram.STANDARD, numbers.nan)
    if not len(numbers.values):
        return histogram
    low, high = numbers.finite
    if low > high:
        _bucket(histogram, low, high, numbers.total)
        return histogram
    edges = np.linspace(low, high, buckets + 1) if low < high else np.array([low, high])
    if not np.isfinite(edges).all():
        return histogram
    bounds, upto, below = _finite(numbers, *_quantiles(numbers, share_buckets * _FINER))
    above = numbers.infinite[1]
    if below:
        _bucket(histogram, -math.inf, -math.inf, below)
    _fill(histogram, edges, bounds, upto)
    if above:
        _bucket(histogram, math.inf, math.inf, above)
    return histogram


def equal_shares(
    numbers: Spread, buckets: int = BUCKETS, finer: int = 1
) -> statistics_pb2.Histogram:
    """Numbers in buckets that hold about as many each.

    Args:
        numbers: The numbers.
        buckets: Number of buckets.
        finer: Of how many times as many quantiles they are every such one.
    """
    histogram = _empty(statistics_pb2.Histogram.QUANTILES, numbers.nan)
    if not len(numbers.values):
        return histogram
    bounds, upto = _quantiles(numbers, buckets * finer)
    bounds, upto = bounds[::finer], upto[::finer]
    counts = _shares(bounds, upto)
    for (low, high), count in zip(pairwise(bounds.tolist()), counts, strict=True):
        _bucket(histogram, low, high, count)
    return histogram


def equal_shares_of_values(
    numbers: Spread, buckets: int = BUCKETS
) -> statistics_pb2.Histogram:
    """As `equal_shares`, from the quantiles that TFDV takes of a feature's values."""
    return equal_shares(numbers, buckets, _FINER)


def median(numbers: Spread) -> float:
    """The number at half of the ranks, or weights: TFDV's median."""
    bounds, _ = _quantiles(numbers, 2)
    return float(bounds[1])


def widths_of_lengths(
    numbers: Spread, buckets: int = BUCKETS
) -> statistics_pb2.Histogram:
    """Lengths of inner lists in buckets of equal width, spread from as many."""
    histogram = _empty(statistics_pb2.Histogram.STANDARD, numbers.nan)
    if not len(numbers.values):
        return histogram
    low, high = numbers.finite
    edges = np.linspace(low, high, buckets + 1) if low < high else np.array([low, high])
    _fill(histogram, edges, *_quantiles(numbers, buckets))
    return histogram


def _quantiles(numbers: Spread, shares: int) -> tuple[Numeric, Ranks]:
    """Boundaries of as many shares, and the count or weight up to each."""
    upto = numbers.upto.astype(np.float64)
    wanted = np.arange(shares + 1) * upto[-1] / shares
    places = np.searchsorted(upto, wanted, side="right")
    places = np.minimum(places, len(upto) - 1)
    bounds = numbers.values[places].astype(np.float64)
    # A sketch may not hold them.
    bounds[0], bounds[-1] = numbers.extremes
    return bounds, upto[places]


def _shares(bounds: Numeric, upto: Ranks) -> list[float]:
    """What each bucket holds, shared evenly among those with one upper bound."""
    counts = np.diff(upto)
    _, starts, sizes = np.unique(bounds[1:], return_index=True, return_counts=True)
    counts = np.repeat(np.add.reduceat(counts, starts) / sizes, sizes)
    alike = (bounds[:-1] == bounds[0]) & (bounds[1:] == bounds[1])
    first = int(np.argmin(alike)) if not alike.all() else len(alike)
    counts[:first] += upto[0] / first
    found: list[float] = counts.tolist()
    return found


def _finite(
    numbers: Spread, bounds: Numeric, upto: Ranks
) -> tuple[Numeric, Ranks, float]:
    """Boundaries without infinite ones, and what lies below them."""
    first = int(np.searchsorted(bounds, -np.inf, side="right"))
    below = float(upto[first - 1]) if first else 0.0
    bounds, upto = bounds[first:], upto[first:] - below
    if numbers.infinite[1]:
        last = int(np.searchsorted(bounds, np.inf))
        finite = upto[-1] - numbers.infinite[1]
        # The last share may hold finite numbers, too.
        bounds = np.append(bounds[:last], numbers.finite[1])
        upto = np.append(upto[:last], finite)
    return bounds, upto, below


def _fill(
    histogram: statistics_pb2.Histogram, edges: Numeric, bounds: Numeric, upto: Ranks
) -> None:
    """Adds buckets over which those between the boundaries are spread evenly."""
    counts = np.asarray(_shares(bounds, upto)) if len(bounds) > 1 else np.zeros(0)
    lows, widths = bounds[:-1], np.diff(bounds)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        parts = np.clip((edges[:, None] - lows) / widths, 0, 1)
    # Where all numbers of a share are one, it is a point.
    parts = np.where(widths == 0, lows <= edges[:, None], parts)
    # No product of matrices: threads of a BLAS cost more than they give here.
    reached = (parts * counts).sum(axis=1)
    # A point on the left edge is in the first bucket.
    reached[0] = 0.0
    sizes = np.maximum(np.diff(reached), 0.0).tolist()
    for (low, high), size in zip(pairwise(edges.tolist()), sizes, strict=True):
        _bucket(histogram, low, high, size)


def _empty(kind: int, nan: int) -> statistics_pb2.Histogram:
    return statistics_pb2.Histogram(type=kind, num_nan=nan)


def _bucket(
    histogram: statistics_pb2.Histogram, low: float, high: float, count: float
) -> None:
    histogram.buckets.add(low_value=low, high_value=high, sample_count=count)
