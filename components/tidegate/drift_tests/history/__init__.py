"""What was measured of the accepted spans, in plain immutable files."""

from __future__ import annotations

from tidegate.drift_tests.history.acceptance import Acceptance, Retirement
from tidegate.drift_tests.history.aligned import AlignedPairs, History
from tidegate.drift_tests.history.files import (
    Written,
    accept_span,
    read_history,
    read_span,
    same,
    write_span,
    write_summary,
)
from tidegate.drift_tests.history.retired import read_retired, retire_span
from tidegate.drift_tests.history.span_file import SpanFile
from tidegate.drift_tests.history.value_shares import ValueShares, value_shares

__all__ = [
    "Acceptance",
    "AlignedPairs",
    "History",
    "Retirement",
    "SpanFile",
    "ValueShares",
    "Written",
    "accept_span",
    "read_history",
    "read_retired",
    "read_span",
    "retire_span",
    "same",
    "value_shares",
    "write_span",
    "write_summary",
]
