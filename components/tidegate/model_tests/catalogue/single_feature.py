"""No feature alone explains what a model predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.share import Share
from tidegate.explain.metrics import METRICS
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.model_tests.wording import plain, told

if TYPE_CHECKING:
    from tidegate.explain.importance import Importance
    from tidegate.model_tests.case import Case


class SingleFeature(ModelTest):
    """No feature alone makes the model what it is."""

    name: ClassVar[str] = "single_feature"
    why: ClassVar[str] = "one feature that explains all: mostly the label itself"
    default: ClassVar[str] = (
        "on wherever there is an explanation: `share_at_most: 95%` of what the model "
        "is better than a constant: an honest feature may carry most of it, a leaked "
        "label carries all; `alone_at_most` has no default, for how good one feature "
        "may be depends on the problem"
    )
    example: ClassVar[str] = "single_feature: {share_at_most: 90%, alone_at_most: 0.95}"

    off: str | None = Field(
        default=None, min_length=3, description="why one feature may explain all"
    )
    share_at_most: Share = Field(
        default=0.95, description="most of the model's gain that one feature may carry"
    )
    alone_at_most: float | None = Field(
        default=None, description="best metric that one feature may have by itself"
    )
    allowed: list[str] = Field(
        default_factory=list, description="features that may explain all"
    )

    @property
    @override
    def subject(self) -> str:
        return "features"

    @property
    @override
    def expectation(self) -> str:
        text = f"no feature carries more than {told(self.share_at_most)} of the gain"
        if self.alone_at_most is None:
            return text
        return f"{text}, or alone reaches more than {plain(self.alone_at_most)}"

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        if self.off is not None:
            yield Finding(self.subject, self.expectation, f"off: {self.off}", None)
            return
        known = case.importance
        if known is None:
            raise Uncomputable(
                "there is no explanation of the model",
                "give ModelTests the explanation of an Explainer, or say "
                "`single_feature: {off: why}`",
            )
        features = [one for one in known.features if one.feature not in self.allowed]
        if not features:
            raise Uncomputable(
                "the explanation has no feature that is not allowed to explain all",
                "look at `allowed` of single_feature",
            )
        if _gain(known) <= 0:
            raise Uncomputable(
                "the model is no better than a constant, so no feature has a share",
                "train again",
            )
        lower = not _rises(known)
        for one in features:
            share = one.share if one.share is not None else 0.0
            alone = one.alone
            beyond = alone is not None and self._reaches(alone, lower=lower)
            if share > self.share_at_most or beyond:
                yield Finding(
                    one.feature,
                    self.expectation,
                    _of_feature(one.share, alone, known.metric),
                    False,
                    fix=f"find out when {one.feature} is known: before the prediction, "
                    "or only after; if it is right, name it in `allowed`",
                )
                return
        top = features[0]
        text = f"{top.feature}: {_of_feature(top.share, top.alone, known.metric)}"
        yield Finding(self.subject, self.expectation, f"most has {text}", True)

    def _reaches(self, alone: float, *, lower: bool) -> bool:
        if self.alone_at_most is None:
            return False
        return alone < self.alone_at_most if lower else alone > self.alone_at_most


def _rises(known: Importance) -> bool:
    """Whether higher is better; of a metric that nobody knows, as the model shows."""
    metric = METRICS.get(known.metric)
    return known.value > known.constant if metric is None else metric.rises


def _gain(known: Importance) -> float:
    """How much better the model is than a constant prediction."""
    gain = known.value - known.constant
    return gain if _rises(known) else -gain


def _of_feature(share: float | None, alone: float | None, metric: str) -> str:
    parts = []
    if share is not None:
        parts.append(f"{told(round(share, 3))} of the gain")
    if alone is not None:
        parts.append(f"{metric} {alone:.4f} by itself")
    return ", ".join(parts) or "no share"
