"""Which pairs of columns are measured, so that wide tables stay cheap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.measuring.column import Column, Mask
from tidegate.drift_tests.measuring.names import BELOW, EQUAL, ORDER
from tidegate.drift_tests.summary import IntArray

Place = tuple[int, int]
# All pairs of so many columns are measured; of more each one's closest.
_ALL_OF = 40
_CLOSEST = 3
_SCREENED_ROWS = 1_000
_MOST_PARTNERS = 40


def pairs_of(
    names: Sequence[str], columns: Sequence[Column], history: History | None
) -> list[Place]:
    """The pairs of columns to measure, each once.

    In a table of many columns those that the newest accepted span has, so that
    every span of a history tells the same; without one, each column's closest.
    The first of a pair is the one that comes first there, else here: that a file
    has its columns in another order must not turn relations round.
    """
    known, turned = _known_pairs(names, history)
    if len(columns) <= _ALL_OF:
        known = list(combinations(range(len(columns)), 2))
    pairs = known or _closest(columns)
    return [(two, one) if (two, one) in turned else (one, two) for one, two in pairs]


def partners_of(columns: Sequence[Column], pairs: Sequence[Place]) -> list[list[int]]:
    """For each column the columns of numbers that may explain it."""
    beside: list[list[int]] = [[] for _ in columns]
    for one, other in pairs:
        if columns[one].numeric and columns[other].numeric:
            beside[one].append(other)
            beside[other].append(one)
    return [sorted(places)[:_MOST_PARTNERS] for places in beside]


def numbers_beside(
    columns: Sequence[Column], pairs: Sequence[Place]
) -> list[list[int]]:
    """For each column of two values the columns of numbers that it is paired with."""
    beside: list[list[int]] = [[] for _ in columns]
    for one, other in pairs:
        for place, partner in ((one, other), (other, one)):
            if columns[partner].numeric and len(columns[place].counts) == 2:
                beside[place].append(partner)
    return [sorted(places)[:_MOST_PARTNERS] for places in beside]


def _known_pairs(
    names: Sequence[str], history: History | None
) -> tuple[list[Place], set[Place]]:
    """The pairs of the newest accepted span, and those that are the other way round.

    The former have the lesser place first, the latter have it last.
    """
    if history is None or not history.spans:
        return [], set()
    newest = history.spans[-1]
    places = {name: place for place, name in enumerate(names)}
    now = np.array([places.get(name, -1) for name in newest.columns])
    first, second = now[newest.pairs.first], now[newest.pairs.second]
    both = (first >= 0) & (second >= 0)
    low, high = np.minimum(first, second), np.maximum(first, second)
    # These are measured one way only.
    one_way = (ORDER, BELOW, EQUAL)
    ordered = np.array([name in one_way for name in newest.pairs.measure], np.bool_)
    turned = both & (first > second)
    turned[turned] &= ordered[newest.pairs.kind[turned]]
    return sorted(_places(low, high, both)), _places(high, low, turned)


def _places(first: IntArray, second: IntArray, kept: Mask) -> set[Place]:
    return set(zip(first[kept].tolist(), second[kept].tolist(), strict=True))


def _closest(columns: Sequence[Column]) -> list[Place]:
    """Of each column of numbers the columns whose ranks go with its own best."""
    numeric = [place for place, column in enumerate(columns) if column.numeric]
    if len(numeric) < 2:
        return []
    ranks = np.stack([_standard(columns[place]) for place in numeric])
    strength = np.abs(ranks @ ranks.T)
    np.fill_diagonal(strength, -1)
    found = set()
    for row, place in enumerate(numeric):
        for other in np.argsort(-strength[row], kind="stable")[:_CLOSEST]:
            low, high = sorted((place, numeric[other]))
            found.add((low, high))
    return sorted(found)


def _standard(column: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Ranks of some rows around 0, of length 1; missing ones are 0."""
    ranks = column.ranks[:_SCREENED_ROWS]
    known = np.isfinite(ranks)
    middle = float(ranks[known].mean()) if known.any() else 0.0
    around = np.where(known, ranks - middle, 0.0)
    length = float(np.sqrt(around @ around)) or 1.0
    return (around / length).astype(np.float32)
