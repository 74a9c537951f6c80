"""Whether a bound is proved to hold, proved broken, or neither; for one or many."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import Enum

from tidegate.model_tests.measures.estimate import Interval, z_value

# With so many rows the interval leaves the bound aside four times out of five.
_POWER = 0.6
_Z_OF_POWER = z_value(_POWER)
_MOST_TIMES = 1_000
_DIGITS = 2

IntervalAt = Callable[[float], Interval]


class Decision(Enum):
    """What an interval says of a bound."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNDECIDED = "undecided"


def decide(found: Interval, at_least: float) -> Decision:
    """Whether the whole interval lies above a lower bound, or below it."""
    if found.low >= at_least:
        return Decision.HOLDS
    return Decision.BROKEN if found.high < at_least else Decision.UNDECIDED


def negated(found: Interval) -> Interval:
    """The interval of the negative, for which an upper bound is a lower one."""
    return Interval(-found.value, -found.high, -found.low)


def away(distance: float, error: float) -> float:
    """How many standard errors a distance is; infinite where there is no error."""
    return abs(distance) / error if error > 0 else math.inf


def rows_to_decide(
    found: Interval, at_least: float, rows: int, confidence: float
) -> int | None:
    """About how many such rows decide; None if more than a thousand times as many.

    Standard errors shrink with the root of the number of rows. So many are wanted
    that the interval then lies aside of the bound in four of five samples, if the
    estimate is right.

    Args:
        found: The interval now.
        at_least: The bound.
        rows: Rows that the interval is of.
        confidence: Confidence of the interval.
    """
    z = z_value(confidence)
    error = (found.high - found.low) / 2 / z
    distance = abs(found.value - at_least)
    wanted = (z + _Z_OF_POWER) * error
    if distance * math.sqrt(_MOST_TIMES) <= wanted:
        return None
    needed = max(rows * (wanted / distance) ** 2, rows + 1)
    unit = int(10 ** max(int(math.log10(needed)) + 1 - _DIGITS, 0))
    return math.ceil(needed / unit) * unit


def holm(
    intervals: Sequence[IntervalAt],
    distances: Sequence[float],
    bounds: Sequence[float],
    confidence: float,
) -> list[Interval]:
    """The interval of each, adjusted so that all bounds are judged together.

    Holm's step-down procedure (1979): of m, the one that is farthest from its bound
    gets an interval at an error of alpha/m; if that leaves the bound aside, the
    next at alpha/(m-1), and so on; from the first that does not on, all stay at
    that error. So the chance that any of them is decided wrongly is at most alpha.

    Args:
        intervals: The interval of each by its confidence.
        distances: How many standard errors each is away from its bound.
        bounds: The bound of each.
        confidence: 1 - alpha, of all together.
    """
    found: list[Interval | None] = [None] * len(intervals)
    order = sorted(range(len(intervals)), key=lambda one: -distances[one])
    left, stopped = len(intervals), False
    for one in order:
        made = intervals[one](1 - (1 - confidence) / left)
        found[one] = made
        inside = made.low <= bounds[one] <= made.high
        stopped = stopped or inside
        left -= not stopped
    return [made for made in found if made is not None]
