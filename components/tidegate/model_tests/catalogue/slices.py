"""Every slice with enough rows holds, the worst one named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.comparison import directed
from tidegate.model_tests.families import (
    Family,
    Judged,
    Member,
    change_at,
    negative,
    pictured,
    told_of,
    value_at,
)
from tidegate.model_tests.groups import Groups, groups, too_small
from tidegate.model_tests.measures.decisions import Decision
from tidegate.model_tests.measures.estimate import paired_error
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.model_test import Finding, ModelTest, Undecided
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.uncomputable import NothingToCompare, Uncomputable
from tidegate.model_tests.wording import bounds, number, plain, signed, told
from tidegate.report.model import Level

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class Slices(ModelTest):
    """A metric holds on every slice, or is no worse there than the champion's."""

    name: ClassVar[str] = "slices"
    why: ClassVar[str] = "a model that is good on average and bad for some"
    default: ClassVar[str] = (
        "`least_rows: 100` and `least_of_each_label: 20`: smaller slices say nothing; "
        "`undecided: pass`: with many slices some are always undecided, and one fails "
        "where it is proved bad"
    )
    example: ClassVar[str] = (
        "slices: {metric: auc, by: [carrier], at_least: 0.8, worse_by_at_most: 0.02}"
    )
    proves: ClassVar[bool] = True

    metric: str = Field(min_length=1, description="a metric of the scored rows")
    by: list[str] = Field(
        min_length=1, description="features of the EvalConfig's slicing specs"
    )
    at_least: float | None = Field(default=None, description="lowest allowed value")
    at_most: float | None = Field(default=None, description="highest allowed value")
    worse_by_at_most: float | None = Field(
        default=None, gt=0, description="tolerance against the champion"
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
        default="pass", description="what it means that rows do not decide a slice"
    )
    threshold: float = Field(
        default=0.5, description="prediction from which on a row counts as positive"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.metric not in METRICS:
            raise ValueError(f"metric must be one of {', '.join(METRICS)}")
        if self.worse_by_at_most is not None:
            directed(self.metric)
        if (self.at_least, self.at_most, self.worse_by_at_most) == (None, None, None):
            raise ValueError("needs at_least, at_most or worse_by_at_most")
        return self

    @property
    @override
    def subject(self) -> str:
        return f"{self.metric} by {', '.join(self.by)}"

    @property
    @override
    def expectation(self) -> str:
        parts = []
        if self.at_least is not None or self.at_most is not None:
            parts.append(bounds(self.at_least, self.at_most))
        if self.worse_by_at_most is not None:
            parts.append(_tolerance(self.worse_by_at_most))
        return f"every slice {' and '.join(parts)}"

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        labels = self.least_of_each_label if METRICS[self.metric].classes else 0
        found = groups(case, self.by, self.least_rows, labels)
        if self.at_least is not None:
            expected = f"every slice {bounds(self.at_least, None)}"
            yield self._finding(self._values(case, found, 1), found, expected)
        if self.at_most is not None:
            expected = f"every slice {bounds(None, self.at_most)}"
            yield self._finding(self._values(case, found, -1), found, expected)
        if self.worse_by_at_most is not None:
            expected = f"every slice {_tolerance(self.worse_by_at_most)}"
            try:
                case.champion()
            except NothingToCompare as nothing:
                yield Finding(self.subject, expected, nothing.reason, None)
                return
            yield self._finding(self._changes(case, found), found, expected)

    def _values(self, case: Case, found: Groups, sign: int) -> Family:
        """Values against a lower bound; with sign -1 their negatives."""
        bound = self.at_least if sign > 0 else self.at_most
        members = []
        for group in found.large:
            held = case.measure(
                self.metric, threshold=self.threshold, places=group.places
            )
            if held is None:
                continue
            error = max(np.sqrt(held.variance), 1e-12)
            at = value_at(held, sign)
            value = sign * held.value
            members.append(Member(group, value, at, error))
        limits = (bound or 0.0, np.inf) if sign > 0 else (-np.inf, bound or 0.0)
        told_as = number if sign > 0 else negative(number)
        return Family(tuple(members), sign * (bound or 0.0), told_as, sign, limits)

    def _changes(self, case: Case, found: Groups) -> Family:
        """Changes against the champion, positive where the candidate is better."""
        sign = -1 if METRICS[self.metric].higher_is_better is False else 1
        members = []
        for group in found.large:
            now, before = (
                case.measure(
                    self.metric,
                    of_champion=champion,
                    threshold=self.threshold,
                    places=group.places,
                )
                for champion in (False, True)
            )
            if now is None or before is None:
                continue
            error = paired_error(now, before)
            value = sign * (now.value - before.value)
            at = change_at(value, error)
            members.append(Member(group, value, at, error))
        tolerance = -(self.worse_by_at_most or 0.0)
        limits = (tolerance, np.inf) if sign > 0 else (-np.inf, -tolerance)
        told_as = signed if sign > 0 else negative(signed)
        return Family(tuple(members), tolerance, told_as, sign, limits, True)

    def _finding(self, family: Family, found: Groups, expected: str) -> Finding:
        judged = family.judged(self.confidence)
        if not judged:
            raise Uncomputable(
                f"{self.metric} is not defined on any slice",
                "evaluate on rows of both labels and of both decisions",
            )
        broken = [one for one in judged if one[2] is Decision.BROKEN]
        undecided = [one for one in judged if one[2] is Decision.UNDECIDED]
        open_ones = [] if self.undecided == "pass" else undecided
        text = told_of(judged, broken, undecided, family, self.confidence)
        return Finding(
            self.subject,
            expected,
            text + too_small(found),
            not broken and not open_ones,
            level=Level.WARN if not broken and self.undecided == "warn" else None,
            fix=_fix(broken),
            plot=pictured(self._title(family), judged, family),
        )

    def _title(self, family: Family) -> str:
        what = "change of " if family.of_changes else ""
        return (
            f"{what}{self.metric} by {', '.join(self.by)}, {told(self.confidence)} "
            "intervals of all together"
        )


def _tolerance(worse_by: float) -> str:
    return f"no worse than the champion by more than {plain(worse_by)}"


def _fix(broken: list[Judged]) -> str:
    if not broken:
        return "evaluate on more rows, or let `undecided` pass"
    return f"look at the data of {broken[0][0].group.name}, or train with more of it"
