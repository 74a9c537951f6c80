"""Which of two spans is older."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TypeVar

from tidegate.drift_tests.summary import SpanMeasures

S = TypeVar("S")


def in_order(spans: Iterable[S], measures_of: Callable[[S], SpanMeasures]) -> list[S]:
    """The spans, oldest first.

    Where the first day of all of them is known they are in the order of days;
    else in that of their numbers, and those without one come first.

    Args:
        spans: The spans, or what holds them.
        measures_of: What was measured of one.
    """
    held = list(spans)
    dated = all(measures_of(one).start is not None for one in held)
    return sorted(
        held, key=lambda one: (age_by_day if dated else age)(measures_of(one))
    )


def age_by_day(span: SpanMeasures) -> tuple[date, int, float, str]:
    """By which spans sort whose first days are all known."""
    start = span.start or date.min
    return start, span.span or 0, span.created.timestamp(), span.name


def age(span: SpanMeasures) -> tuple[bool, int, date, float, str]:
    """By which spans sort: their number, then their first day, then when measured."""
    return (
        span.span is not None,
        span.span or 0,
        span.start or date.min,
        span.created.timestamp(),
        span.name,
    )


def comes_before(
    one: SpanMeasures, number: int | None, start: date | None, created: datetime
) -> bool:
    """Whether an accepted span comes before another one.

    Args:
        one: The accepted span.
        number: Number of the other one.
        start: First day of the other one.
        created: When the other one was measured.
    """
    if one.span is not None and number is not None:
        return one.span < number
    if one.start is not None and start is not None:
        return (one.start, one.created) <= (start, created)
    return True
