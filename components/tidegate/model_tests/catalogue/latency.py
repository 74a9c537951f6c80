"""A model answers fast enough, and not slower than the champion."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.quantities import Growth, growth_told
from tidegate.model_tests.uncomputable import Uncomputable

if TYPE_CHECKING:
    from tidegate.evaluation.facts import ModelFacts
    from tidegate.model_tests.case import Case

_Z = NormalDist().inv_cdf(0.975)
_RESAMPLES = 1000
_SEED = 7


class Latency(ModelTest):
    """Single requests are answered fast enough, and not slower than before."""

    name: ClassVar[str] = "latency"
    why: ClassVar[str] = "a model that answers too late to be of use"
    default: ClassVar[str] = (
        "one bound is required; the comparison with the champion fails where it is "
        "proved slower, for times of one machine vary by a few percent"
    )
    example: ClassVar[str] = (
        "latency: {p50_at_most_ms: 10, p99_at_most_ms: 50, "
        "slower_than_champion_at_most: 50%}"
    )

    p50_at_most_ms: float | None = Field(
        default=None, gt=0, description="most milliseconds of half of the requests"
    )
    p99_at_most_ms: float | None = Field(
        default=None, gt=0, description="most milliseconds of 99 % of the requests"
    )
    slower_than_champion_at_most: Growth | None = Field(
        default=None, description="most that the median may be slower"
    )
    least_requests: int = Field(
        default=20, ge=2, description="timed requests from which on times say anything"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if not self._quantiles() and self.slower_than_champion_at_most is None:
            raise ValueError(
                "needs p50_at_most_ms, p99_at_most_ms or slower_than_champion_at_most"
            )
        return self

    @property
    @override
    def subject(self) -> str:
        return "latency"

    @property
    @override
    def expectation(self) -> str:
        parts = [f"p{p} at most {limit:g} ms" for p, limit in self._quantiles()]
        if self.slower_than_champion_at_most is not None:
            parts.append(_slower(self.slower_than_champion_at_most))
        return ", ".join(parts)

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        if case.facts is None:
            raise Uncomputable(
                "nobody timed the model", "evaluate with tidegate.Evaluator"
            )
        times = self._times(case.facts.model)
        fix = "look for what the serving graph does for each request"
        for percent, limit in self._quantiles():
            value, low, high = _quantile(times, percent / 100)
            yield Finding(
                f"latency p{percent}",
                f"at most {limit:g} ms",
                f"{value:.3g} ms (95 %: {low:.3g} to {high:.3g}) of "
                f"{len(times):,} requests",
                value <= limit,
                fix=fix,
            )
        if self.slower_than_champion_at_most is not None:
            before = self._times(case.facts_of_champion())
            value, low, high = _slowdown(times, before)
            yield Finding(
                "latency p50",
                _slower(self.slower_than_champion_at_most),
                f"{float(np.median(times)):.3g} ms, champion "
                f"{float(np.median(before)):.3g} ms; {value:+.0%} "
                f"({low:+.0%} to {high:+.0%})",
                low <= self.slower_than_champion_at_most,
                fix=fix,
            )

    def _quantiles(self) -> list[tuple[int, float]]:
        asked = ((50, self.p50_at_most_ms), (99, self.p99_at_most_ms))
        return [(percent, limit) for percent, limit in asked if limit is not None]

    def _times(self, model: ModelFacts) -> np.ndarray:  # type: ignore[type-arg]
        if len(model.request_ms) < self.least_requests:
            raise Uncomputable(
                f"only {len(model.request_ms)} requests were timed",
                f"time at least {self.least_requests}, or lower least_requests",
            )
        return np.asarray(model.request_ms, np.float64)


def _quantile(
    times: np.ndarray,  # type: ignore[type-arg]
    share: float,
) -> tuple[float, float, float]:
    """A quantile with the order statistics around it (Conover, 1999, chapter 3)."""
    ordered = np.sort(times)
    count = len(ordered)
    reach = _Z * (count * share * (1 - share)) ** 0.5
    low, high = (
        int(np.clip(place, 0, count - 1))
        for place in (count * share - reach - 1, np.ceil(count * share + reach))
    )
    value = float(np.quantile(ordered, share))
    return value, min(float(ordered[low]), value), max(float(ordered[high]), value)


def _slowdown(
    now: np.ndarray,  # type: ignore[type-arg]
    before: np.ndarray,  # type: ignore[type-arg]
) -> tuple[float, float, float]:
    """How much slower the median is, with a bootstrap interval (percentiles)."""
    random = np.random.default_rng(_SEED)
    medians = [
        np.median(one[random.integers(0, len(one), (_RESAMPLES, len(one)))], axis=1)
        for one in (now, before)
    ]
    ratios = medians[0] / np.maximum(medians[1], 1e-9) - 1
    value = float(np.median(now) / max(float(np.median(before)), 1e-9) - 1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return value, min(float(low), value), max(float(high), value)


def _slower(limit: float) -> str:
    return f"no more than {growth_told(limit)} slower than the champion"
