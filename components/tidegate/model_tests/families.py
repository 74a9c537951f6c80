"""Slices that are judged together: intervals adjusted, the worst one first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.model_tests.groups import Group
from tidegate.model_tests.measures.decisions import (
    Decision,
    IntervalAt,
    away,
    decide,
    holm,
    negated,
)
from tidegate.model_tests.measures.estimate import (
    Estimate,
    Interval,
    around,
    interval,
)
from tidegate.model_tests.wording import told
from tidegate.report.model import Intervals


@dataclass(frozen=True)
class Member:
    """One slice.

    Attributes:
        group: Its rows.
        value: What is held against the bound.
        at: The interval of that by its confidence.
        error: The standard error of it.
    """

    group: Group
    value: float
    at: IntervalAt
    error: float


Judged = tuple[Member, Interval, Decision]


@dataclass(frozen=True)
class Family:
    """Slices that are judged together against one lower bound.

    Attributes:
        members: The slices.
        bound: The lower bound.
        told_as: How a value reads.
        sign: -1 where values and bound are the negatives of what is shown.
        limits: What is allowed, as it is shown.
        of_changes: Whether the values are changes against the champion.
    """

    members: tuple[Member, ...]
    bound: float
    told_as: Callable[[float], str]
    sign: int
    limits: tuple[float, float]
    of_changes: bool = False

    def judged(self, confidence: float) -> list[Judged]:
        """Each with its adjusted interval and the decision, the worst first."""
        adjusted = holm(
            [one.at for one in self.members],
            [away(one.value - self.bound, one.error) for one in self.members],
            [self.bound] * len(self.members),
            confidence,
        )
        judged = [
            (member, found, decide(found, self.bound))
            for member, found in zip(self.members, adjusted, strict=True)
        ]
        broken = Decision.BROKEN
        return sorted(judged, key=lambda one: (one[2] is not broken, one[0].value))


def value_at(held: Estimate, sign: int) -> IntervalAt:
    """The interval of a metric, or with sign -1 of its negative."""

    def at(confidence: float) -> Interval:
        found = interval(held, confidence)
        return found if sign > 0 else negated(found)

    return at


def change_at(value: float, error: float) -> IntervalAt:
    """The interval of a change with this standard error."""
    return lambda confidence: around(value, error, confidence)


def negative(text: Callable[[float], str]) -> Callable[[float], str]:
    """How the negative of a value reads."""
    return lambda value: text(-value)


def told_of(
    judged: list[Judged],
    broken: list[Judged],
    undecided: list[Judged],
    family: Family,
    confidence: float,
) -> str:
    """The worst slice, and how many are broken or undecided, in words."""
    worst, found, _ = judged[0]
    ends = sorted((found.low, found.high), key=lambda end: family.sign * end)
    text = family.told_as
    rows = f"{len(worst.group.places):,} rows"
    parts = [
        f"worst {worst.group.name}: {text(worst.value)} ({told(confidence)}: "
        f"{text(ends[0])} to {text(ends[1])}) on {rows}"
    ]
    others = [one[0].group.name for one in broken[1:4]]
    if others:
        more = " …" if len(broken) > 4 else ""
        parts.append(f"also {', '.join(others)}{more}")
    parts.append(f"{len(broken)} of {len(judged)} slices broken")
    if undecided:
        parts.append(f"{len(undecided)} undecided")
    return "; ".join(parts)


def pictured(
    title: str,
    judged: list[Judged],
    family: Family,
) -> Intervals:
    """The slices as a picture, the worst one first."""
    ends = [sorted((family.sign * f.low, family.sign * f.high)) for _, f, _ in judged]
    return Intervals(
        title=title,
        labels=tuple(one.group.name for one, _, _ in judged),
        now=tuple(family.sign * one.value for one, _, _ in judged),
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
        marked=tuple(
            n for n, (_, _, verdict) in enumerate(judged) if verdict is Decision.BROKEN
        ),
        limits=family.limits,
    )
