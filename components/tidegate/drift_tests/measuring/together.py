"""What is measured of columns together: pairs, and what others leave unexplained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tidegate.drift_tests.measuring.column import Column, Mask
from tidegate.drift_tests.measuring.names import (
    APART,
    BELOW,
    EQUAL,
    ORDER,
    RESIDUALS,
    SEPARATED,
    TOLD,
)
from tidegate.drift_tests.summary import FloatArray

Relation = tuple[int, int, str, float]
_FEWEST = 20
# A column tells others only if its values repeat.
_MOST_ALONE = 0.7
_OFTEN = 0.8
_TAILS = np.array([0.01, 0.05, 0.95, 0.99])


def apart(
    columns: Sequence[Column], pairs: Sequence[tuple[int, int]]
) -> Iterator[Relation]:
    """Share of the rows that have the first of two columns, but not the second."""
    for one, other in pairs:
        first, second = columns[one], columns[other]
        rows = max(first.rows, 1)
        if first.values == first.rows == second.values:
            yield one, other, APART, 0.0
            yield other, one, APART, 0.0
            continue
        both = int((first.present & second.present).sum())
        yield one, other, APART, (first.values - both) / rows
        yield other, one, APART, (second.values - both) / rows


def ordered(
    columns: Sequence[Column], pairs: Sequence[tuple[int, int]]
) -> Iterator[Relation]:
    """Rank correlation, and shares of first below second, and of both equal."""
    for one, other in pairs:
        first, second = columns[one], columns[other]
        if not (first.numeric and second.numeric):
            continue
        both = first.present & second.present
        if both.sum() < _FEWEST:
            continue
        yield one, other, ORDER, _correlation(first.ranks[both], second.ranks[both])
        if first.is_time or second.is_time:
            continue
        left, right = first.numbers[both], second.numbers[both]
        yield one, other, BELOW, float((left < right).mean())
        yield one, other, EQUAL, float((left == right).mean())


def told(
    columns: Sequence[Column], pairs: Sequence[tuple[int, int]]
) -> Iterator[Relation]:
    """How much of one column the other tells, both ways (see `_told`)."""
    for one, other in pairs:
        for giver, taker in ((one, other), (other, one)):
            share = _told(columns[giver], columns[taker])
            if share is not None:
                yield giver, taker, TOLD, share


def _told(giver: Column, taker: Column) -> float | None:
    """Share of the rows whose value is the usual one for the giver's value.

    Of each group of rows with the same value of the giver one row is left out,
    so that a value that occurs once tells nothing. None where nothing repeats.
    """
    width = len(taker.counts)
    if width < 2 or len(giver.counts) > _MOST_ALONE * max(giver.values, 1):
        return None
    both = giver.present & taker.present
    if both.sum() < _FEWEST:
        return None
    keys, counts = np.unique(
        giver.codes[both] * width + taker.codes[both], return_counts=True
    )
    groups = keys // width
    most = np.zeros(len(giver.counts), np.int64)
    np.maximum.at(most, groups, counts)
    some = int((most > 0).sum())
    return float((most.sum() - some) / max(int(both.sum()) - some, 1))


def _correlation(left: FloatArray, right: FloatArray) -> float:
    left, right = left - left.mean(), right - right.mean()
    length = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / length if length else 0.0


def unexplained(
    columns: Sequence[Column], place: int, partners: Sequence[int]
) -> dict[str, float]:
    """What a linear model of other columns leaves of a column of numbers.

    The model is fitted to the rows of the span itself, in values clipped to their
    2 % and 98 % quantiles, and once more without the rows that it fits badly, so
    that few broken rows stand out of it. Its residuals at 1, 5, 95 and 99 %, in
    robust deviations of the column, and the logarithm of their own.
    """
    target = columns[place]
    known = target.present.copy()
    for partner in partners:
        known &= columns[partner].present
    if not partners or known.sum() < 3 * len(partners) + _FEWEST:
        return {}
    values = target.numbers[known]
    scale = float(np.median(np.abs(values - np.median(values))))
    if not scale:
        return {}
    given = [columns[partner].clipped[known] for partner in partners]
    matrix = np.column_stack([*given, np.ones(len(values))])
    aim = target.clipped[known]
    rest = aim - matrix @ _fit(matrix, aim)
    limit = 3 * 1.4826 * float(np.median(np.abs(rest))) or np.inf
    fine = np.abs(rest) <= limit
    centre, spread = target.clip_scale
    guess = matrix @ _fit(matrix[fine], aim[fine]) * spread + centre
    rest = np.sort((values - guess) / scale)
    low, lower, upper, high = rest[(_TAILS * (len(rest) - 1)).astype(np.int64)]
    left = float(np.median(np.abs(rest)))
    told = (low, lower, upper, high, np.log(left + 1e-3))
    return dict(zip(RESIDUALS, map(float, told), strict=True))


def separated(
    columns: Sequence[Column], place: int, partners: Sequence[int]
) -> dict[str, float]:
    """How well columns of numbers tell the two values of a column apart.

    That is what a label is to its features. A linear model of their clipped values
    is fitted to the rows of the span itself; the area under its ROC curve, 0.5 to 1,
    does not depend on how frequent the two values are. Nothing for other columns.
    """
    target = columns[place]
    if len(target.counts) != 2 or target.counts.min() < _FEWEST:
        return {}
    known = target.present.copy()
    used: list[int] = []
    for partner in partners:
        both = known & columns[partner].present
        # A column that is often missing would take most rows away.
        if both.sum() >= _OFTEN * known.sum():
            known, used = both, [*used, partner]
    second = target.codes[known] == 1
    rarer = min(int(second.sum()), int((~second).sum()))
    if not used or rarer < _FEWEST or len(second) < 3 * len(used) + _FEWEST:
        return {}
    given = [columns[partner].clipped[known] for partner in used]
    matrix = np.column_stack([*given, np.ones(len(second))])
    guess = matrix @ _fit(matrix, second.astype(np.float64))
    return {SEPARATED: _area(guess, second)}


def _area(scores: FloatArray, second: Mask) -> float:
    """Chance that a row of the second value has the higher score; ties are halves."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places.reshape(-1)]
    many = int(second.sum())
    above = float(ranks[second].sum()) - many * (many + 1) / 2
    return above / (many * (len(second) - many))


def _fit(matrix: FloatArray, values: FloatArray) -> FloatArray:
    """Ridge regression with next to no ridge, so that copies do no harm."""
    square = matrix.T @ matrix
    square[np.diag_indices_from(square)] += 1e-6 * len(values)
    return np.asarray(np.linalg.solve(square, matrix.T @ values))
