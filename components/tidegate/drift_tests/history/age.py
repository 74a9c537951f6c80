"""Which of two spans is older."""

from __future__ import annotations

from datetime import date, datetime

from tidegate.drift_tests.summary import SpanMeasures


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
