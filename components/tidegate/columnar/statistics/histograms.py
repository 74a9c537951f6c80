"""Histograms of numbers as TFDV's protos have them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from tidegate.columnar.statistics.numbers import Numbers

# What TFDV takes unless told otherwise.
BUCKETS = 10


def equal_widths(numbers: Numbers) -> statistics_pb2.Histogram:
    """Numbers in buckets of equal width; infinite ones stand in their own."""
    histogram = _empty(statistics_pb2.Histogram.STANDARD, numbers.nan)
    below, above = numbers.infinite
    if below:
        _bucket(histogram, -math.inf, -math.inf, below)
    low, high = numbers.finite_extremes
    if low <= high:
        edges = np.linspace(low, high, BUCKETS + 1) if low < high else [low, high]
        _fill(histogram, np.asarray(edges, np.float64), numbers)
    if above:
        _bucket(histogram, math.inf, math.inf, above)
    return histogram


def equal_shares(numbers: Numbers) -> statistics_pb2.Histogram:
    """Numbers in buckets that hold about as many each."""
    histogram = _empty(statistics_pb2.Histogram.QUANTILES, numbers.nan)
    if not numbers.count:
        return histogram
    values, ranks = numbers.points()
    shares = np.linspace(0, int(ranks[-1]), BUCKETS + 1)
    inner = values[np.searchsorted(ranks, shares[1:-1])].tolist()
    least, greatest = numbers.extremes
    each = numbers.count / BUCKETS
    for low, high in pairwise([least, *inner, greatest]):
        _bucket(histogram, low, high, each)
    return histogram


def _fill(
    histogram: statistics_pb2.Histogram,
    edges: np.ndarray[tuple[int], np.dtype[np.float64]],
    numbers: Numbers,
) -> None:
    if not np.isfinite(edges).all():
        return
    values, ranks = numbers.points()
    # The ranks of a sketch count what it holds, which is what was put in.
    places = np.searchsorted(values.astype(np.float64), edges, side="right")
    upto = np.concatenate([[0], ranks])[places]
    upto[0], upto[-1] = numbers.infinite[0], numbers.count - numbers.infinite[1]
    counts = np.diff(upto)
    for (low, high), count in zip(pairwise(edges), counts, strict=True):
        _bucket(histogram, low, high, max(int(count), 0))


def _empty(kind: int, nan: int) -> statistics_pb2.Histogram:
    return statistics_pb2.Histogram(type=kind, num_nan=nan)


def _bucket(
    histogram: statistics_pb2.Histogram, low: float, high: float, count: float
) -> None:
    histogram.buckets.add(low_value=low, high_value=high, sample_count=count)
