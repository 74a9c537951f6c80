"""What accepted data look like: one summary a span, in plain immutable files."""

from __future__ import annotations

from tidegate.data_tests.reference.files import read_reference, write_summary
from tidegate.data_tests.reference.spans import Reference, Spread
from tidegate.data_tests.reference.summary import (
    LEVELS,
    ColumnSummary,
    EventTimes,
    Lengths,
    Relations,
    SpanSummary,
)

__all__ = [
    "LEVELS",
    "ColumnSummary",
    "EventTimes",
    "Lengths",
    "Reference",
    "Relations",
    "SpanSummary",
    "Spread",
    "read_reference",
    "write_summary",
]
