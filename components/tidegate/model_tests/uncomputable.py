"""Why a model test cannot be computed. Pure."""

from __future__ import annotations


class Uncomputable(Exception):
    """The test cannot be computed: why, and what to do. It fails.

    Args:
        reason: Why, in words.
        fix: What to do.
    """

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix

    @property
    def told(self) -> str:
        """Why, and what to do, for a test that is skipped."""
        return f"{self.reason}; {self.fix}"


class NothingToCompare(Uncomputable):
    """There is no champion: the test is skipped."""
