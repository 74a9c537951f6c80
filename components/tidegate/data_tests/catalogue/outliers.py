"""A test of numbers that lie far from all the others."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.base import (
    BadRows,
    DataTest,
    Evidence,
    Family,
    Notes,
    Rows,
)
from tidegate.data_tests.catalogue.shapes import ColumnTest, RowTest
from tidegate.data_tests.tolerance import Tolerance

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_GRID = 1_000


@dataclass(frozen=True)
class Spread:
    """Where the numbers of a column lie, by measures that few of them cannot move.

    Attributes:
        median: The middle one.
        scale: Their median distance from it (MAD); where that is zero the range of
            their middle half; where that is zero too, the median distance of those
            that differ. Positive.
    """

    median: float
    scale: float

    @classmethod
    def of(cls, profile: ColumnProfile) -> Spread | None:
        """The spread of a column; None where nearly all numbers are the same."""
        # Of a thousand quantiles, not of the rows: a profile does not keep these.
        found = [profile.quantile((n + 0.5) / _GRID) for n in range(_GRID)]
        grid = np.array([q for q in found if q is not None], np.float64)
        grid = grid[np.isfinite(grid)]
        if not len(grid):
            return None
        median = float(np.median(grid))
        away = np.abs(grid - median)
        differing = away[away > 0]
        low, high = np.quantile(grid, [0.25, 0.75])
        if not len(differing):
            return None
        scales = (np.median(away), high - low, np.median(differing))
        return cls(median, next(float(scale) for scale in scales if scale > 0))

    def limits(self, beyond: float) -> tuple[float, float]:
        """Lowest and highest number that is no outlier."""
        reach = beyond * self.scale
        return self.median - reach, self.median + reach


class Outliers(ColumnTest):
    """Numbers that are many times further from the median than the others are.

    The distance is in median absolute deviations, which outliers cannot stretch:
    Hampel's identifier (Davies and Gather, 1993).
    """

    name: ClassVar[str] = "outliers"
    why: ClassVar[str] = "a few numbers in another unit, a slipped decimal point"
    default: ClassVar[str] = (
        "`at_most` is required, for tails differ; `beyond: 10` median deviations, "
        "which one normal number of 60 billion exceeds"
    )
    example: ClassVar[str] = "outliers: {column: distance, at_most: 0.5%}"
    family: ClassVar[Family] = "rows"
    blames: ClassVar[bool] = True

    at_most: Tolerance = Field(description="a number of rows, or a share such as 1%")
    beyond: float = Field(
        default=10, ge=1, description="median deviations from the median"
    )

    @property
    @override
    def expectation(self) -> str:
        return f"at most {self.at_most} beyond {self.beyond:g} deviations"

    @property
    @override
    def profiled(self) -> tuple[str, ...]:
        return self.columns

    @override
    def again(self, seen: Any, whole: Whole) -> DataTest | None:
        spread = Spread.of(whole.profile(self.column, self.where))
        if spread is None:
            return None
        low, high = spread.limits(self.beyond)
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        return Beyond(column=self.column, at_most=self.at_most, low=low, high=high)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        profile = whole.profile(self.column, self.where)
        if not profile.numbers or not profile.numbers.count:
            return Evidence(None, "there are no numbers", columns=self.columns)
        return Evidence(
            None,
            "nearly all numbers are the same, so that none is far from the others",
            columns=self.columns,
        )


class Beyond(ColumnTest, RowTest):
    """Numbers outside limits that were found in a first pass."""

    low: float
    high: float

    @property
    @override
    def expectation(self) -> str:
        return f"{self.low:,.6g} to {self.high:,.6g}"

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        found = view.cells(self.column)
        if not found.is_number:
            return np.zeros(0, np.int64), Notes()
        values = found.numbers()
        outside = (values < self.low) | (values > self.high)
        odd = values[outside]
        if not len(odd):
            return np.zeros(0, np.int64), Notes()
        return found.blame(outside), Notes(low=float(odd.min()), high=float(odd.max()))

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        fix = (
            "look at the rows: another unit, a sentinel or a slip; if they are "
            "right, allow more with `at_most` or `beyond`"
        )
        return replace(super().judge(seen, whole), fix=fix)

    @override
    def observed(self, found: BadRows) -> str:
        notes, told = found.notes, super().observed(found)
        if notes.low is not None and notes.high is not None:
            told += f", {notes.low:,g} to {notes.high:,g}"
        return f"{told} outside {self.expectation}"
