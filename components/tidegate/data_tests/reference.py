"""What accepted data look like: one summary a span, read from plain files."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class SpanSummary(BaseModel):
    """One accepted span, small and without rows.

    Attributes:
        name: The span's number or name.
        rows: Number of rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    rows: int


@dataclass(frozen=True)
class Reference:
    """The accepted spans, oldest first.

    Attributes:
        spans: At least one summary.
    """

    spans: tuple[SpanSummary, ...]
