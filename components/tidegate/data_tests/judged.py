"""A result of a test, and the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.data_tests.blame import Blame
from tidegate.report.model import Outcome, TestResult


@dataclass(frozen=True)
class Judged:
    """A result and the rows behind it.

    Attributes:
        result: The result, without its sample of rows.
        blame: The rows that break the test, if it does not hold.
        columns: Columns that tell why.
        leaves: Whether the rows leave into quarantine.
        most: The most rows that may leave, those of all tests together.
    """

    result: TestResult
    blame: Blame | None = None
    columns: tuple[str, ...] = ()
    leaves: bool = False
    most: int = 0

    @property
    def called(self) -> str:
        """What the failing rows call the test: a condition is its own name."""
        result = self.result
        about = result.expectation if result.subject == "rows" else result.subject
        return f"{result.test}: {about}"

    @property
    def samples(self) -> bool:
        """Whether the report shows its first rows."""
        return self.result.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED)
