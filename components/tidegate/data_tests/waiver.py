"""A waiver: somebody answers for a test that does not hold, until a date."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Waiver(BaseModel):
    """Who lets a test not hold, why, and how long.

    Attributes:
        owner: Who answers for it: a person or a team.
        reason: Why it may not hold.
        expires: The last day on which it counts; from the next day on it fails.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = Field(min_length=1, description="person or team that answers for it")
    reason: str = Field(min_length=3, description="why the test may not hold")
    expires: date = Field(description="last day on which it counts, as 2026-12-31")

    def counts_on(self, day: date) -> bool:
        """Whether it still counts on this day."""
        return day <= self.expires
