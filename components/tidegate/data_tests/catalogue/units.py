"""Test that a column of numbers is still in the unit that it was in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.against_reference import ReferenceTest
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.plots import distribution
from tidegate.data_tests.reference import LEVELS, ColumnSummary
from tidegate.data_tests.scale_jumps import Found, jump_of_all, jump_of_some
from tidegate.data_tests.share import Share, told
from tidegate.report.wording import counted, percent

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.whole import Whole

_FEWEST_NUMBERS = 30


class Unit(ReferenceTest):
    """The numbers are in the unit and on the scale of the accepted spans."""

    name: ClassVar[str] = "unit"
    why: ClassVar[str] = "kilometres for miles, cents for euros, seconds for minutes"
    default: ClassVar[str] = (
        "`at_most: 1%` of the values may have jumped; of the whole column factors of "
        "10 to 1,000,000,000, of time, length, weight and temperature are known, of a "
        "part of it only great ones, for a small one looks like honest values"
    )
    example: ClassVar[str] = "unit: {column: [distance, air_time]}"

    at_most: Share = Field(
        default=0.01, description="share of the values that may have jumped"
    )

    @property
    @override
    def expectation(self) -> str:
        return "the unit of before" + (
            f" but for {told(self.at_most)}" if self.at_most else ""
        )

    @override
    def against(
        self, spans: list[ColumnSummary], profile: ColumnProfile, whole: Whole
    ) -> Evidence:
        known = [s for s in spans if s.quantiles and np.isfinite(s.quantiles).all()]
        if not known:
            return Evidence(None, "the accepted spans have no numbers here")
        values, weights = _numbers(profile)
        if weights.sum() < _FEWEST_NUMBERS:
            few = counted(int(weights.sum()), "numbers")
            return Evidence(None, f"only {few}: too few to tell")
        found = self._found(known, values, weights)
        if found is None or found.share <= self.at_most:
            return Evidence(True, "no jump of scale", columns=self.columns)
        what = "every value" if found.share == 1 else f"about {_share(found)} of values"
        return Evidence(
            False,
            f"{what} {found.jump.told}",
            columns=self.columns,
            plot=distribution(self.column, whole),
            fix=f"convert {self.column} back in the export, or accept the new unit",
        )

    def _found(
        self,
        spans: list[ColumnSummary],
        values: np.ndarray[tuple[int], np.dtype[np.float64]],
        weights: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Found | None:
        ranks = np.cumsum(weights) / weights.sum()
        places = np.minimum(np.searchsorted(ranks, LEVELS), len(values) - 1)
        quantiles = [np.asarray(span.quantiles, np.float64) for span in spans]
        whole = jump_of_all(quantiles, values[places])
        return whole or jump_of_some(spans, values, weights)


def _numbers(
    profile: ColumnProfile,
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.float64]],
    np.ndarray[tuple[int], np.dtype[np.float64]],
]:
    """The finite numbers, ascending, and how often each occurs."""
    if profile.numbers is None:
        return np.zeros(0), np.zeros(0)
    points, ranks = profile.numbers.points()
    values = np.asarray(points, np.float64)
    weights = np.diff(np.concatenate([[0], ranks])).astype(np.float64)
    kept = np.isfinite(values)
    return values[kept], weights[kept]


def _share(found: Found) -> str:
    return percent(round(found.share, 2) or found.share, 1.0)
