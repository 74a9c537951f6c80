"""Tests of how many different values a column has, and how often the same one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.shapes import ProfileTest
from tidegate.data_tests.plots import distribution
from tidegate.data_tests.tolerance import Tolerance
from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.whole import Whole

# Of fewer values even honest ones may all be the same.
_FEWEST = 10
# Standard errors by which an estimate must miss a bound: three in a thousand
# estimates of a right number lie further off.
_ERRORS = 3.0


class Varies(ProfileTest):
    """The column has more than one value, and none of them is nearly all."""

    name: ClassVar[str] = "varies"
    why: ClassVar[str] = "a column that a broken join or default filled with one value"
    default: ClassVar[str] = (
        "`at_most: 99%` of the values may be the same: what differs in fewer than "
        "one of a hundred tells little; raise it for a rare flag"
    )
    example: ClassVar[str] = "varies: {column: [dep_delay, distance]}"

    at_most: Tolerance = Field(
        default=Tolerance(share=0.99),
        description="values that may be the most frequent one, such as 99%",
    )

    @property
    @override
    def expectation(self) -> str:
        return f"the same value in at most {self.at_most}"

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        values, top = profile.values, profile.frequent(1)
        if not profile.rows:
            return Evidence(None, "no row to look at")
        if not top:
            seen = "nothing but NaN" if values else "no value at all"
            return self._broken(seen)
        value, count = top[0]
        if values < _FEWEST:
            told = f"only {counted(values, 'values')}: too few to tell"
            return Evidence(None, told, fix=f"look at {_FEWEST} values or more")
        shown = printable(str(value), 24)
        if count == values:
            return self._broken(f"every value is {shown}")
        told = f"{shown} in {percent(count, values)} of {counted(values, 'values')}"
        if count <= self.at_most.of(values):
            return Evidence(True, told, columns=self.columns)
        plot = distribution(self.column, whole, self.where, bad_values={value})
        return self._broken(told, plot)

    def _broken(self, observed: str, plot: object = None) -> Evidence:
        return Evidence(
            False,
            observed,
            columns=self.columns,
            plot=plot,  # type: ignore[arg-type]
            fix=f"look for a default, a broken join or a filter that writes one value "
            f"into {self.column}",
        )


class Distinct(ProfileTest):
    """The number of different values, NaN aside, is within bounds."""

    name: ClassVar[str] = "distinct"
    why: ClassVar[str] = "categories that were merged, lost, or replaced by ids"
    default: ClassVar[str] = (
        "one bound is required; where values are too many to be counted one by one "
        "(over 16,384) only a number that is surely outside fails"
    )
    example: ClassVar[str] = "distinct: {column: dest, at_least: 80, at_most: 120}"

    at_least: int | None = Field(default=None, ge=0, description="fewest values")
    at_most: int | None = Field(default=None, ge=0, description="most values")

    @model_validator(mode="after")
    def _has_bounds(self) -> Distinct:
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            raise ValueError("needs at_least, at_most or both")
        if low is not None and high is not None and low > high:
            raise ValueError("at_least is above at_most")
        return self

    @property
    @override
    def expectation(self) -> str:
        low = None if self.at_least is None else f"at least {self.at_least:,}"
        high = None if self.at_most is None else f"at most {self.at_most:,}"
        return ", ".join(part for part in (low, high) if part) + " different"

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        if not profile.rows:
            return Evidence(None, "no row to look at")
        found, off = profile.distinct, _ERRORS * profile.distinct_error
        few = self.at_least is not None and found * (1 + off) < self.at_least
        many = self.at_most is not None and found * (1 - off) > self.at_most
        told = counted(found, "values")
        if off:
            told = f"about {_rounded(found):,} values (± {100 * off:.0f} %)"
        if not (few or many):
            return Evidence(True, told)
        return Evidence(
            False,
            told,
            plot=distribution(self.column, whole, self.where, as_values=True),
            fix=f"look for categories of {self.column} that were "
            + ("lost or merged" if few else "misspelt, split or replaced by ids"),
        )


def _rounded(number: int) -> int:
    """Two digits of an estimate: the rest would be a pretence."""
    step = 10 ** max(math.floor(math.log10(max(number, 1))) - 1, 0)
    return int(round(number / step) * step)
