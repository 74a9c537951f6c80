"""A model that is too good to be true is stopped, as one that is too bad is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.comparison import compare, directed, undefined
from tidegate.model_tests.measures.estimate import interval
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.uncomputable import NothingToCompare, Uncomputable
from tidegate.model_tests.wording import number, plain, with_interval

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case

_BY_TASK = {"binary": "auc", "regression": "r2"}
_BEST = {"auc": 0.995, "r2": 0.999}
_JUMP = {"auc": 0.1, "r2": 0.2}
_FIX = (
    "look for a feature that is only known after the fact, or for test rows in the "
    "training data; if it is right, say `too_good: {off: why}`"
)


class TooGood(ModelTest):
    """A metric is not better than can be, nor than the champion by too much."""

    name: ClassVar[str] = "too_good"
    why: ClassVar[str] = "a label that leaked into the features"
    default: ClassVar[str] = (
        "on in every suite: an AUC above 0.995 (R² 0.999) is an alarm, and so is one "
        "that is proved better than the champion's by more than 0.1 (R² 0.2); a real "
        "problem leaves some error, and a real improvement comes in small steps; of "
        "any other metric `at_most` or `better_by_at_most` is required"
    )
    example: ClassVar[str] = (
        "too_good: {metric: auc, at_most: 0.98, better_by_at_most: 0.05}"
    )

    off: str | None = Field(
        default=None, min_length=3, description="why a model may be this good"
    )
    metric: str | None = Field(
        default=None, description="a metric of the scored rows; auc or r2 by default"
    )
    at_most: float | None = Field(
        default=None, description="best value that can be true (at least, for errors)"
    )
    better_by_at_most: float | None = Field(
        default=None, gt=0, description="largest proved gain over the champion"
    )
    confidence: Confidence = Field(
        default=0.95, description="confidence of the interval"
    )
    threshold: float = Field(
        default=0.5, description="prediction from which on a row counts as positive"
    )

    @field_validator("metric")
    @classmethod
    def _has_a_direction(cls, metric: str | None) -> str | None:
        return None if metric is None else directed(metric)

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        known = self.metric is None or self.metric in _BEST or self.off is not None
        if not known and (self.at_most, self.better_by_at_most) == (None, None):
            raise ValueError(
                f"needs at_most or better_by_at_most, for {self.metric} has no default"
            )
        return self

    @property
    @override
    def subject(self) -> str:
        return self.metric or "model"

    @property
    @override
    def expectation(self) -> str:
        return "no better than can be true"

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        if self.off is not None:
            yield Finding(self.subject, self.expectation, f"off: {self.off}", None)
            return
        try:
            case.demanded_rows()
        except Uncomputable as fault:
            yield from self._by_tfma(case, fault)
            return
        metric = self._metric(case)
        best = self.at_most if self.at_most is not None else _BEST.get(metric)
        if best is not None:
            yield self._value(case, metric, best)
        jump = self.better_by_at_most or _JUMP.get(metric)
        if jump is not None:
            try:
                yield self._jump(case, metric, jump)
            except NothingToCompare as nothing:
                yield Finding(
                    metric, _no_jump(jump), nothing.reason, None, fix=nothing.fix
                )

    def _metric(self, case: Case) -> str:
        if self.metric is not None:
            return self.metric
        return _BY_TASK.get(case.task, "auc")

    def _by_tfma(self, case: Case, fault: Uncomputable) -> Iterator[Finding]:
        """What TFMA's own metric says where there are no rows; a gain has no proof."""
        metric = self._metric(case)
        value = case.by_tfma(metric)
        if value is None or not math.isfinite(value):
            raise fault
        best = self.at_most if self.at_most is not None else _BEST.get(metric)
        if best is not None:
            observed = f"{number(value)}, by TFMA"
            yield self._held(metric, best, value, observed)
        jump = self.better_by_at_most or _JUMP.get(metric)
        if jump is None:
            return
        try:
            case.champion()
        except NothingToCompare as nothing:
            yield Finding(metric, _no_jump(jump), nothing.reason, None, fix=nothing.fix)
        except Uncomputable:
            if self.better_by_at_most is not None:
                raise
            yield Finding(metric, _no_jump(jump), fault.told, None)

    def _value(self, case: Case, metric: str, best: float) -> Finding:
        held = case.measure(metric, threshold=self.threshold)
        if held is None:
            raise undefined(metric)
        found = interval(held, self.confidence)
        observed = with_interval(found, self.confidence)
        return self._held(metric, best, found.value, observed)

    def _held(self, metric: str, best: float, value: float, observed: str) -> Finding:
        lower = METRICS[metric].higher_is_better is False
        return Finding(
            metric,
            f"at {'least' if lower else 'most'} {plain(best)}, as no model is better",
            observed,
            value >= best if lower else value <= best,
            fix=_FIX,
        )

    def _jump(self, case: Case, metric: str, jump: float) -> Finding:
        found = compare(case, metric, self.confidence, self.threshold)
        return Finding(
            metric,
            _no_jump(jump),
            str(found),
            found.better.low <= jump,
            fix=_FIX,
            plot=found.plot(),
        )


def _no_jump(jump: float) -> str:
    return f"not proved better than the champion by more than {plain(jump)}"
