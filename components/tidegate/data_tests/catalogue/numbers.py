"""Tests of the numbers of a column: that they are finite, and how great they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import BadRows, Evidence, Notes, Rows
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.shapes import ColumnTest, ProfileTest, RowTest
from tidegate.data_tests.catalogue.words import Words
from tidegate.data_tests.plots import distribution
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_WORDS = r"(?i)\A\s*[-+]?(nan|inf|infinity)\s*\z"


class Finite(ColumnTest, RowTest):
    """No value is NaN or infinite, as a number or as the text of one."""

    name: ClassVar[str] = "finite"
    why: ClassVar[str] = "a division by zero upstream, which turns a loss into NaN"
    default: ClassVar[str] = "`at_most: 0`: one NaN spoils the gradient of its batch"
    example: ClassVar[str] = "finite: {column: [dep_delay, air_time]}"

    at_most: Tolerance = Field(default=NONE, description="rows that may not be finite")

    @property
    @override
    def expectation(self) -> str:
        return "no NaN, nothing infinite"

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        cells = view.cells(self.column)
        if not cells.is_number:
            words = Words.of(cells)
            return words.blame(words.matching(_WORDS))
        values = np.asarray(cells.values)
        if values.dtype.kind != "f":
            return cells.blame(np.zeros(len(values), np.bool_)), Notes()
        kinds = {
            "NaN": np.isnan(values),
            "inf": np.isposinf(values),
            "-inf": np.isneginf(values),
        }
        notes = {word: int(np.count_nonzero(held)) for word, held in kinds.items()}
        told = Notes({word: count for word, count in notes.items() if count})
        return cells.blame(~np.isfinite(values)), told

    @override
    def observed(self, found: BadRows) -> str:
        if not len(found.blame):
            return "all finite"
        rows = counted(len(found.blame), "rows")
        return f"{named(found.notes.words)} on {rows}"


class Typical(ProfileTest):
    """The median, or the mean, of the numbers lies within bounds."""

    name: ClassVar[str] = "typical"
    why: ClassVar[str] = "another unit or scale, though every value is possible"
    default: ClassVar[str] = (
        "`of: median`, which a few outliers cannot move; one bound is required"
    )
    example: ClassVar[str] = "typical: {column: distance, low: 400, high: 1600}"

    of_what: Literal["median", "mean"] = Field(
        default="median", alias="of", description="median or mean"
    )
    low: float | None = Field(
        default=None, allow_inf_nan=False, description="smallest allowed"
    )
    high: float | None = Field(
        default=None, allow_inf_nan=False, description="largest allowed"
    )

    model_config = ProfileTest.model_config | {"populate_by_name": True}

    @model_validator(mode="after")
    def _has_bounds(self) -> Typical:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    @property
    @override
    def expectation(self) -> str:
        if self.low is None:
            return f"{self.of_what} at most {self.high:,g}"
        if self.high is None:
            return f"{self.of_what} at least {self.low:,g}"
        return f"{self.of_what} {self.low:,g} to {self.high:,g}"

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        found = profile.quantile(0.5) if self.of_what == "median" else profile.mean
        if found is None:
            if profile.words is not None and profile.values:
                return Evidence(
                    False,
                    "no number",
                    columns=self.columns,
                    fix=f"write {self.column} as numbers in the export",
                )
            return Evidence(
                None,
                "no number that could tell",
                fix=f"use `missing` to refuse an empty {self.column}",
            )
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        told = f"{self.of_what} {found:,.6g}"
        if low <= found <= high:
            return Evidence(True, told, columns=self.columns)
        return Evidence(
            False,
            told,
            columns=self.columns,
            plot=distribution(self.column, whole, self.where),
            fix=f"look for another unit or scale of {self.column} in the export",
        )
