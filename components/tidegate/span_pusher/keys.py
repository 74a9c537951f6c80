"""Names of what SpanPusher takes and gives."""

from __future__ import annotations

SUMMARY = "summary"
GATE = "gate"
HISTORY = "history"
BY = "by"
