"""How metrics, intervals and changes read in a report of model tests."""

from __future__ import annotations

import math

from tidegate.data_tests.share import told as told
from tidegate.model_tests.measures.estimate import Interval


def number(value: float) -> str:
    """`0.9312`: a metric with four digits after the point, or four in all."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 10:
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:.4f}"


def signed(value: float) -> str:
    """`+0.0007`: a change."""
    text = number(value)
    return text if text.startswith("-") else f"+{text}"


def plain(value: float) -> str:
    """`0.85`: a bound as it was given."""
    return f"{value:.10g}"


def bounds(low: float | None, high: float | None) -> str:
    """`0.5 to 0.99`, `at least 0.5`: what is allowed."""
    if low is not None and high is not None:
        return f"{plain(low)} to {plain(high)}"
    if low is not None:
        return f"at least {plain(low)}"
    return f"at most {plain(high)}" if high is not None else "any value"


def with_interval(found: Interval, confidence: float) -> str:
    """`0.9312 (95 %: 0.9290 to 0.9334)`."""
    ends = f"{number(found.low)} to {number(found.high)}"
    return f"{number(found.value)} ({told(confidence)}: {ends})"


def change(found: Interval) -> str:
    """`+0.0007 (-0.0009 to +0.0023)`."""
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)})"
