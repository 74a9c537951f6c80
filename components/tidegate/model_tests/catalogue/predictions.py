"""The model predicts about what the champion predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.model_tests.figures import score_distribution
from tidegate.model_tests.measures.decisions import Decision, decide, negated
from tidegate.model_tests.measures.distance import stability_index
from tidegate.model_tests.measures.estimate import Interval, interval
from tidegate.model_tests.model_test import Finding, ModelTest, Undecided
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.wording import number, plain, told
from tidegate.report.model import Level

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class PredictionsLikeChampion(ModelTest):
    """The distribution of predictions is near to the champion's."""

    name: ClassVar[str] = "predictions_like_champion"
    why: ClassVar[str] = "a threshold downstream that suddenly lets through others"
    default: ClassVar[str] = (
        "`at_most: 0.1` of the population stability index on `bins: 10`: below it a "
        "shift counts as small, above 0.25 as large; `undecided: pass`"
    )
    example: ClassVar[str] = "predictions_like_champion: {at_most: 0.1}"

    at_most: float = Field(
        default=0.1, gt=0, description="most population stability index"
    )
    bins: int = Field(
        default=10, ge=2, le=1000, description="bins of equal weight of the champion's"
    )
    confidence: Confidence = Field(
        default=0.95, description="confidence of the interval"
    )
    undecided: Undecided = Field(
        default="pass", description="what it means that the rows do not decide it"
    )

    @property
    @override
    def subject(self) -> str:
        return "predictions"

    @property
    @override
    def expectation(self) -> str:
        return f"stability index to the champion at most {plain(self.at_most)}"

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        champion, rows = case.champion(), case.demanded_rows()
        held = stability_index(rows.prediction, champion, rows.weight, self.bins)
        found = interval(held, self.confidence)
        found = Interval(found.value, max(found.low, 0.0), found.high)
        decision = decide(negated(found), -self.at_most)
        undecided = decision is Decision.UNDECIDED
        means = [case.measure("mean_prediction", of_champion=c) for c in (False, True)]
        now, before = (number(one.value) if one else "none" for one in means)
        yield Finding(
            self.subject,
            self.expectation,
            f"{number(found.value)} ({told(self.confidence)}: {number(found.low)} to "
            f"{number(found.high)}); mean {now}, champion {before}",
            decision is Decision.HOLDS or (undecided and self.undecided == "pass"),
            level=Level.WARN if undecided and self.undecided == "warn" else None,
            fix="evaluate on more rows"
            if undecided
            else "look at what changed between the two training sets, and at the "
            "thresholds of whoever uses the predictions",
            plot=score_distribution(case),
        )
