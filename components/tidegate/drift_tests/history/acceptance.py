"""Who let a span into the history, why, and what the tests had said of it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["passed", "alarmed"]


class _Record(BaseModel):
    """A record: never changed, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Acceptance(_Record):
    """Why a span is in the history.

    Attributes:
        by: Who answers for it: a person, or the component that wrote it.
        reason: Why it is right.
        at: When it was accepted, in UTC.
        verdict: What the drift tests had said: "passed" or "alarmed"; None where
            nobody had asked them.
        run: Id of the pipeline run; None where there was none.
        report: SHA-256 of the report that the gate read; None without one.
    """

    by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    verdict: Verdict | None = None
    run: str | None = None
    report: str | None = None


class Retirement(_Record):
    """Why an accepted span counts no longer.

    Attributes:
        name: The span.
        by: Who answers for it.
        reason: Why it was a mistake.
        at: When, in UTC.
    """

    format_version: Literal[1] = 1
    name: str
    by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
