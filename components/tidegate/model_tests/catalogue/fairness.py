"""No slice is treated differently from another by more than a gap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.groups import Groups, groups, too_small
from tidegate.model_tests.measures.decisions import Decision
from tidegate.model_tests.measures.estimate import interval
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.model_test import Finding, ModelTest, Undecided
from tidegate.model_tests.pairs import (
    JudgedPair,
    Measured,
    Pair,
    difference,
    judged_pairs,
    log_ratio,
)
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.model_tests.wording import plain, told
from tidegate.report.model import Intervals, Level

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class Fairness(ModelTest):
    """A rate is about the same for every value of a feature."""

    name: ClassVar[str] = "fairness"
    why: ClassVar[str] = "a group that is treated differently from the others"
    default: ClassVar[str] = (
        "`metric: positive_rate` at `threshold: 0.5` (demographic parity; "
        "true_positive_rate is equal opportunity); `undecided: pass`: it fails where "
        "a pair is proved to be farther apart; one bound is required"
    )
    example: ClassVar[str] = (
        "fairness: {by: [origin], metric: true_positive_rate, gap_at_most: 0.05}"
    )

    by: list[str] = Field(
        min_length=1, description="features of the EvalConfig's slicing specs"
    )
    metric: str = Field(
        default="positive_rate", description="a metric of the scored rows"
    )
    gap_at_most: float | None = Field(
        default=None, gt=0, description="most difference between two slices"
    )
    ratio_at_least: float | None = Field(
        default=None, gt=0, lt=1, description="least ratio of the lower to the higher"
    )
    threshold: float = Field(
        default=0.5, description="prediction from which on a row counts as positive"
    )
    least_rows: int = Field(
        default=100, ge=2, description="rows from which on a slice says anything"
    )
    least_of_each_label: int = Field(
        default=20, ge=0, description="the same for rows of each label"
    )
    confidence: Confidence = Field(
        default=0.95, description="confidence of all intervals together"
    )
    undecided: Undecided = Field(
        default="pass", description="what it means that the rows do not decide a pair"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.metric not in METRICS:
            raise ValueError(f"metric must be one of {', '.join(METRICS)}")
        if self.gap_at_most is None and self.ratio_at_least is None:
            raise ValueError("needs gap_at_most or ratio_at_least")
        return self

    @property
    @override
    def subject(self) -> str:
        return f"{self.metric} by {', '.join(self.by)}"

    @property
    @override
    def expectation(self) -> str:
        parts = []
        if self.gap_at_most is not None:
            parts.append(_gap(self.gap_at_most))
        if self.ratio_at_least is not None:
            parts.append(_ratio(self.ratio_at_least))
        return ", ".join(parts)

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        for feature in self.by:
            found = groups(case, [feature], self.least_rows, self.least_of_each_label)
            measured = []
            for group in found.large:
                held = case.measure(
                    self.metric, threshold=self.threshold, places=group.places
                )
                if held is not None:
                    measured.append((group, held))
            if len(measured) < 2:
                raise Uncomputable(
                    f"fewer than two slices by {feature} have enough rows",
                    "evaluate on more rows, or lower least_rows",
                )
            if self.gap_at_most is not None:
                pairs = [difference(*pair) for pair in combinations(measured, 2)]
                limit = self.gap_at_most
                yield self._finding(feature, found, measured, pairs, limit, _gap(limit))
            if self.ratio_at_least is not None:
                pairs = [log_ratio(*pair) for pair in combinations(measured, 2)]
                limit = -math.log(self.ratio_at_least)
                told_as = _ratio(self.ratio_at_least)
                yield self._finding(feature, found, measured, pairs, limit, told_as)

    def _finding(
        self,
        feature: str,
        found: Groups,
        measured: list[Measured],
        pairs: list[Pair],
        limit: float,
        expected: str,
    ) -> Finding:
        judged = judged_pairs(pairs, limit, self.confidence)
        pair, apart, _ = judged[0]
        broken = [one for one in judged if one[2] is Decision.BROKEN]
        undecided = [one for one in judged if one[2] is Decision.UNDECIDED]
        stops = bool(undecided) and self.undecided != "pass"
        text = f"worst pair {pair.told(apart, self.confidence)}"
        parts = [text, f"{len(broken)} of {len(judged)} pairs too far apart"]
        if undecided:
            parts.append(f"{len(undecided)} undecided")
        return Finding(
            f"{self.metric} by {feature}",
            expected,
            "; ".join(parts) + too_small(found),
            not broken and not stops,
            level=Level.WARN if not broken and self.undecided == "warn" else None,
            fix=f"look at the data of {pair.high.name} and {pair.low.name}"
            if broken
            else "evaluate on more rows, or let `undecided` pass",
            plot=_plot(self, feature, measured, broken),
        )


def _plot(
    test: Fairness,
    feature: str,
    measured: list[Measured],
    broken: list[JudgedPair],
) -> Intervals:
    shown = sorted(measured, key=lambda one: one[1].value)
    held = [interval(estimate, test.confidence) for _, estimate in shown]
    worst = {broken[0][0].high.name, broken[0][0].low.name} if broken else set()
    return Intervals(
        title=f"{test.metric} by {feature}, {told(test.confidence)} intervals",
        labels=tuple(group.name for group, _ in shown),
        now=tuple(one.value for one in held),
        low=tuple(one.low for one in held),
        high=tuple(one.high for one in held),
        marked=tuple(n for n, (group, _) in enumerate(shown) if group.name in worst),
    )


def _gap(limit: float) -> str:
    return f"no two slices farther apart than {plain(limit)}"


def _ratio(limit: float) -> str:
    return f"no slice below {plain(limit)} of another"
