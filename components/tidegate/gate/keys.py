"""Names of what Gate takes and gives."""

from __future__ import annotations

DECISION = "decision"
