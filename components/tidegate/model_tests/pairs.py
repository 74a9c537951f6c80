"""Pairs of slices that are judged together by how far they are apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from tidegate.model_tests.groups import Group
from tidegate.model_tests.measures.decisions import (
    Decision,
    away,
    decide,
    holm,
    negated,
)
from tidegate.model_tests.measures.estimate import (
    Estimate,
    Interval,
    around,
    unpaired_error,
)
from tidegate.model_tests.wording import number, told

_LEAST = 1e-9
Measured = tuple[Group, Estimate]


@dataclass(frozen=True)
class Pair:
    """Two slices, the higher one first.

    Attributes:
        high: The slice with the higher value.
        low: The other one.
        values: Of both.
        apart: How far apart, at least 0.
        error: Standard error of that.
        is_ratio: Whether `apart` is the logarithm of a ratio.
    """

    high: Group
    low: Group
    values: tuple[float, float]
    apart: float
    error: float
    is_ratio: bool = False

    def told(self, found: Interval, confidence: float) -> str:
        """`origin=JFK 0.61 and origin=EWR 0.48, gap 0.13 (95 %: 0.09 to 0.17)`."""
        ends = (found.value, max(found.low, 0.0), found.high)
        if self.is_ratio:
            ends = (math.exp(-ends[0]), math.exp(-ends[2]), math.exp(-ends[1]))
        value, low, high = (number(one) for one in ends)
        return (
            f"{self.high.name} {number(self.values[0])} and {self.low.name} "
            f"{number(self.values[1])}, {'ratio' if self.is_ratio else 'gap'} {value} "
            f"({told(confidence)}: {low} to {high})"
        )


JudgedPair = tuple[Pair, Interval, Decision]


def difference(first: Measured, second: Measured) -> Pair:
    """Two slices by their difference."""
    (high, above), (low, below) = _ordered(first, second)
    error = unpaired_error(above, below)
    values = (above.value, below.value)
    return Pair(high, low, values, above.value - below.value, max(error, _LEAST))


def log_ratio(first: Measured, second: Measured) -> Pair:
    """The logarithm of the ratio, its error by the delta method."""
    (high, above), (low, below) = _ordered(first, second)
    values = (above.value, below.value)
    if values[0] <= 0:  # Both are nothing: they are alike.
        return Pair(high, low, values, 0.0, _LEAST, is_ratio=True)
    # A rate of 0 counts as half a row, or no ratio could be told.
    safe = [
        max(one.value, 0.5 / one.units if one.units else _LEAST)
        for one in (above, below)
    ]
    # Parts of their values, and no squares: large values must not overflow.
    parts = [
        max(math.sqrt(one.variance), one.step) / value
        for one, value in zip((above, below), safe, strict=True)
    ]
    apart = math.log(safe[0]) - math.log(safe[1])
    error = max(math.hypot(*parts), _LEAST)
    return Pair(high, low, values, apart, error, is_ratio=True)


def _ordered(first: Measured, second: Measured) -> tuple[Measured, Measured]:
    return (first, second) if first[1].value >= second[1].value else (second, first)


def judged_pairs(
    pairs: list[Pair], limit: float, confidence: float
) -> list[JudgedPair]:
    """Each pair with its adjusted interval and the decision, the worst first."""

    adjusted = holm(
        [partial(around, pair.apart, pair.error) for pair in pairs],
        [away(pair.apart - limit, pair.error) for pair in pairs],
        [limit] * len(pairs),
        confidence,
    )
    judged = [
        (pair, found, decide(negated(found), -limit))
        for pair, found in zip(pairs, adjusted, strict=True)
    ]
    broken = Decision.BROKEN
    return sorted(judged, key=lambda one: (one[2] is not broken, -one[0].apart))
