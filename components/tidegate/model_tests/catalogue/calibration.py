"""Predicted probabilities are what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.figures import calibration_curves
from tidegate.model_tests.measures.calibration import (
    calibration_error,
    calibration_slope,
)
from tidegate.model_tests.measures.decisions import Decision, decide, negated
from tidegate.model_tests.measures.estimate import Estimate, Interval, interval
from tidegate.model_tests.model_test import Finding, ModelTest, Undecided
from tidegate.model_tests.quantities import Confidence
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.model_tests.wording import plain, with_interval
from tidegate.report.model import Level

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case

_FIX = "calibrate the model on held-out rows, or look for a change of the label's rate"


class Calibration(ModelTest):
    """The calibration error, slope or ratio lies within bounds."""

    name: ClassVar[str] = "calibration"
    why: ClassVar[str] = "a probability that means something else than it says"
    default: ClassVar[str] = (
        "`bins: 20` of equal weight; `undecided: pass`: it fails where a bound is "
        "proved broken; one bound is required"
    )
    example: ClassVar[str] = (
        "calibration: {error_at_most: 0.02, slope: [0.8, 1.25], ratio: [0.95, 1.05]}"
    )

    error_at_most: float | None = Field(
        default=None, gt=0, lt=1, description="most expected calibration error"
    )
    slope: tuple[float, float] | None = Field(
        default=None,
        description="lowest and highest slope of the label's log odds on the "
        "predicted ones; 1 is calibrated, below it predictions are too extreme",
    )
    ratio: tuple[float, float] | None = Field(
        default=None, description="lowest and highest mean prediction / mean label"
    )
    bins: int = Field(default=20, ge=2, le=1000, description="bins of equal weight")
    confidence: Confidence = Field(
        default=0.95, description="confidence of the interval"
    )
    undecided: Undecided = Field(
        default="pass", description="what it means that the rows do not decide it"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if (self.error_at_most, self.slope, self.ratio) == (None, None, None):
            raise ValueError("needs error_at_most, slope or ratio")
        for bound in (self.slope, self.ratio):
            if bound is not None and bound[0] >= bound[1]:
                raise ValueError("the lowest must lie below the highest")
        return self

    @property
    @override
    def subject(self) -> str:
        return "calibration"

    @property
    @override
    def expectation(self) -> str:
        parts = []
        if self.error_at_most is not None:
            parts.append(f"error at most {plain(self.error_at_most)}")
        for name, bound in (("slope", self.slope), ("ratio", self.ratio)):
            if bound is not None:
                parts.append(f"{name} {plain(bound[0])} to {plain(bound[1])}")
        return ", ".join(parts)

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        rows = case.demanded_rows()
        if case.task != "binary" and (self.error_at_most or self.slope):
            raise Uncomputable(
                f"a {case.task} model has no probabilities",
                "bound `ratio` or the metric mean_error instead",
            )
        held = (rows.label, rows.prediction, rows.weight)
        if self.error_at_most is not None:
            error = calibration_error(*held, self.bins)
            yield self._finding(case, "error", error, (-np.inf, self.error_at_most))
        if self.slope is not None:
            slope = calibration_slope(*held)
            yield self._finding(case, "slope", slope, self.slope)
        if self.ratio is not None:
            ratio = case.measure("calibration_ratio")
            yield self._finding(case, "ratio", ratio, self.ratio)

    def _finding(
        self,
        case: Case,
        name: str,
        estimate: Estimate | None,
        limits: tuple[float, float],
    ) -> Finding:
        if estimate is None:
            raise Uncomputable(
                f"the calibration {name} is not defined on these rows",
                "evaluate on rows of both labels, with different predictions",
            )
        found = interval(estimate, self.confidence)
        if name == "error":
            found = Interval(found.value, max(found.low, 0.0), found.high)
        decision = _within(found, limits)
        undecided = decision is Decision.UNDECIDED
        inside = limits[0] <= found.value <= limits[1]
        holds = decision is Decision.HOLDS or (
            undecided and (self.undecided == "pass" or False)
        )
        verdict = "" if not undecided or inside else ", not proved"
        return Finding(
            f"{self.subject} {name}",
            _bounded(limits),
            with_interval(found, self.confidence) + verdict,
            holds,
            level=Level.WARN if undecided and self.undecided == "warn" else None,
            fix="evaluate on more rows" if undecided else _FIX,
            plot=calibration_curves(case, self.bins) if case.task == "binary" else None,
        )


def _within(found: Interval, limits: tuple[float, float]) -> Decision:
    """Whether an interval lies within limits, beyond one of them, or on one."""
    both = {decide(found, limits[0]), decide(negated(found), -limits[1])}
    for one in (Decision.BROKEN, Decision.UNDECIDED):
        if one in both:
            return one
    return Decision.HOLDS


def _bounded(limits: tuple[float, float]) -> str:
    if limits[0] == -np.inf:
        return f"at most {plain(limits[1])}"
    return f"{plain(limits[0])} to {plain(limits[1])}"
