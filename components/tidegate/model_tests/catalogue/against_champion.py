"""The model is proved no worse than the champion, row by row on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, field_validator
from typing_extensions import override

from tidegate.model_tests.comparison import Compared, compare, directed
from tidegate.model_tests.measures.decisions import Decision, decide, rows_to_decide
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.wording import plain
from tidegate.report.model import Level

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class AgainstChampion(ModelTest):
    """A metric is not worse than the champion's by more than a tolerance.

    Non-inferiority: it passes only where the whole interval of the change lies
    above the tolerance, and fails as worse only where it lies below.
    """

    name: ClassVar[str] = "against_champion"
    why: ClassVar[str] = (
        "a worse model that noise blesses, and a good one that it blocks"
    )
    default: ClassVar[str] = (
        "`confidence: 95%` of the interval of the change; `undecided: fail`: a model "
        "that was not proved no worse does not go out"
    )
    example: ClassVar[str] = (
        "against_champion: {metric: auc, worse_by_at_most: 0.005, confidence: 95%}"
    )
    proves: ClassVar[bool] = True

    metric: str = Field(min_length=1, description="a metric of the scored rows")
    worse_by_at_most: float = Field(
        gt=0, description="tolerance, in the metric's own unit"
    )
    confidence: Confidence = Field(
        default=0.95, description="confidence of the interval"
    )
    undecided: Literal["fail", "warn"] = Field(
        default="fail", description="what it means that the rows do not decide it"
    )
    threshold: float = Field(
        default=0.5, description="prediction from which on a row counts as positive"
    )

    @field_validator("metric")
    @classmethod
    def _has_a_direction(cls, metric: str) -> str:
        return directed(metric)

    @property
    @override
    def subject(self) -> str:
        return f"{self.metric} · champion"

    @property
    @override
    def expectation(self) -> str:
        return f"no worse by more than {plain(self.worse_by_at_most)}"

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        found = compare(case, self.metric, self.confidence, self.threshold)
        decision = decide(found.better, -self.worse_by_at_most)
        yield Finding(
            self.subject,
            self.expectation,
            f"{found}{self._verdict(decision, found, len(case.demanded_rows()))}",
            decision is Decision.HOLDS,
            level=self._level(decision),
            fix=_FIXES[decision],
            plot=found.plot(),
        )

    def _verdict(self, decision: Decision, found: Compared, rows: int) -> str:
        if decision is Decision.HOLDS:
            return ""
        if decision is Decision.BROKEN:
            return ": worse"
        needed = rows_to_decide(
            found.better, -self.worse_by_at_most, rows, self.confidence
        )
        if needed is None:
            return ": not proved, the change is too near to the tolerance"
        return f": not proved, evaluate on about {needed:,} rows"

    def _level(self, decision: Decision) -> Level | None:
        if decision is not Decision.UNDECIDED or self.undecided == "fail":
            return None
        return Level.WARN


_FIXES = {
    Decision.HOLDS: None,
    Decision.BROKEN: "keep the champion, and look at what the new model lacks",
    Decision.UNDECIDED: "evaluate on more rows, or allow a wider tolerance",
}
