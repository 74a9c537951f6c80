"""A metric of the whole evaluation lies within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.comparison import undefined
from tidegate.model_tests.measures.estimate import Interval, interval
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.model_tests.wording import bounds, number, told, with_interval

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class Bounds(ModelTest):
    """A metric is at least or at most so much."""

    name: ClassVar[str] = "bounds"
    why: ClassVar[str] = "a model that nobody proved good enough"
    default: ClassVar[str] = (
        "`confident: false`: the value itself is held against the bound; one bound "
        "is required"
    )
    example: ClassVar[str] = "bounds: {metric: auc, at_least: 0.85, confident: true}"
    proves: ClassVar[bool] = True

    metric: str = Field(
        min_length=1,
        description="a metric of the scored rows, or by its name in TFMA's results",
    )
    at_least: float | None = Field(default=None, description="lowest allowed value")
    at_most: float | None = Field(default=None, description="highest allowed value")
    confident: bool = Field(
        default=False, description="whether the whole interval must lie within"
    )
    confidence: Confidence = Field(
        default=0.95, description="confidence of the interval"
    )
    threshold: float = Field(
        default=0.5, description="prediction from which on a row counts as positive"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs at_least or at_most")
        return self

    @property
    @override
    def subject(self) -> str:
        return self.metric

    @property
    @override
    def expectation(self) -> str:
        text = bounds(self.at_least, self.at_most)
        return f"{text}, with {told(self.confidence)}" if self.confident else text

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        found = self._found(case)
        low, high = (found.low, found.high) if self.confident else (found.value,) * 2
        holds = (self.at_least is None or low >= self.at_least) and (
            self.at_most is None or high <= self.at_most
        )
        yield Finding(
            self.subject,
            self.expectation,
            _observed(found, self.confidence),
            holds,
            fix=self._fix(found),
        )

    def _found(self, case: Case) -> Interval:
        """The metric with its interval, of the rows if they can tell it."""
        if self.metric in METRICS and (case.rows is not None or not case.overall):
            estimate = case.measure(self.metric, threshold=self.threshold)
            if estimate is None:
                raise undefined(self.metric)
            return interval(estimate, self.confidence)
        value = case.by_tfma(self.metric)
        if value is None:
            known = ", ".join(sorted({*METRICS, *case.overall}))
            raise Uncomputable(
                f"there is no metric {self.metric} in the evaluation",
                f"take one of {known}, or add it to the EvalConfig",
            )
        if self.confident:
            raise Uncomputable(
                f"{number(value)}, but without scored rows it has no interval",
                "evaluate with tidegate.Evaluator, or take `confident` away",
            )
        return Interval(value, value, value)

    def _fix(self, found: Interval) -> str:
        inside = (self.at_least is None or found.value >= self.at_least) and (
            self.at_most is None or found.value <= self.at_most
        )
        if inside:
            return "evaluate on more rows, or take `confident` away"
        return "train again, or look for what changed in the data"


def _observed(found: Interval, confidence: float) -> str:
    if found.low == found.high:
        return number(found.value)
    return with_interval(found, confidence)
