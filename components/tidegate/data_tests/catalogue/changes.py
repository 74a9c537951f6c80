"""Tests of what changed in a column: its missing values, its decimals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.columnar.statistics.decimals import MOST_DECIMALS
from tidegate.data_tests.catalogue.against_reference import ReferenceTest
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.history import nothing_accepted
from tidegate.data_tests.catalogue.shapes import ProfileTest
from tidegate.data_tests.reference import ColumnSummary, Spread
from tidegate.data_tests.share import Share, told
from tidegate.report.model import Plot
from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.whole import Whole

# Standard errors that a share of few rows may be off by chance.
_ERRORS = 4.0
# The share of numbers that makes a number of decimals the usual one.
_SOME, _FEW = 0.1, 0.01
_FEWEST_NUMBERS = 20


class MissingChange(ReferenceTest):
    """The share of missing values is what it was, give or take some points."""

    name: ClassVar[str] = "missing_change"
    why: ClassVar[str] = "a source that stopped, or gaps filled with a made-up value"
    default: ClassVar[str] = (
        "`at_most: 5%`: points above the most, or below the least, that an accepted "
        "span had; few rows are allowed their chance"
    )
    example: ClassVar[str] = "missing_change: {column: [dep_delay, air_time]}"

    at_most: Share = Field(default=0.05, description="allowed change, in points")

    @property
    @override
    def expectation(self) -> str:
        return f"missing as before, within {told(self.at_most)}"

    @override
    def against(
        self, spans: list[ColumnSummary], profile: ColumnProfile, whole: Whole
    ) -> Evidence:
        shares = [span.missing for span in spans]
        before = Spread.of(shares)
        assert before is not None
        now = profile.missing / profile.rows
        bound = min(max(now, before.low), before.high)
        chance = _ERRORS * math.sqrt(bound * (1 - bound) / profile.rows)
        usual = _between(before.low, before.high)
        seen = f"{percent(profile.missing, profile.rows)}, before {usual}"
        if abs(now - bound) <= self.at_most + chance:
            return Evidence(True, seen)
        more = now > bound
        return Evidence(
            False,
            seen,
            plot=_series(f"{self.column}, share missing", shares, now),
            fix=f"restore the values of {self.column} in the export"
            if more
            else f"look for what fills the gaps of {self.column}",
        )


class Precision(ProfileTest):
    """Numbers have as many decimals as they should: none lost, none gained."""

    name: ClassVar[str] = "precision"
    why: ClassVar[str] = "values that were rounded, or went through another type"
    default: ClassVar[str] = (
        "without `low` and `high` the decimals of the accepted spans, within "
        "`change: 10%` of the values; `low` asks a tenth of the values to need so "
        "many decimals, for 2.50 needs only one; `high` lets one of a hundred exceed it"
    )
    example: ClassVar[str] = "precision: {column: distance, low: 0, high: 1}"

    low: int | None = Field(
        default=None, ge=0, le=MOST_DECIMALS, description="fewest decimals"
    )
    high: int | None = Field(
        default=None, ge=0, le=MOST_DECIMALS, description="most decimals"
    )
    change: Share = Field(
        default=0.1, description="share of the values that may have changed decimals"
    )

    @model_validator(mode="after")
    def _fits(self) -> Precision:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if self._by_reference and self.where is not None:
            raise ValueError("where needs low or high: accepted spans know no slices")
        return self

    @property
    def _by_reference(self) -> bool:
        return self.low is None and self.high is None

    @property
    @override
    def expectation(self) -> str:
        if self._by_reference:
            return f"decimals as before, within {told(self.change)}"
        if self.low == self.high:
            return counted(self.low or 0, "decimals")
        if self.low is None:
            return f"at most {counted(self.high or 0, 'decimals')}"
        if self.high is None:
            return f"at least {counted(self.low, 'decimals')}"
        return f"{self.low} to {counted(self.high, 'decimals')}"

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        counts = profile.decimals
        total = sum(counts.values())
        if total < _FEWEST_NUMBERS:
            return Evidence(None, f"only {counted(total, 'numbers')}: too few to tell")
        now = {decimals: count / total for decimals, count in counts.items()}
        if self._by_reference:
            return self._as_before(now, whole)
        seen = f"{_share(_over(now, 0))} with decimals"
        if self.low is not None and self.low and _over(now, self.low - 1) < _SOME:
            share = _share(_over(now, self.low - 1))
            return self._broken(
                f"{share} with {counted(self.low, 'decimals')} or more", now
            )
        if self.high is not None and _over(now, self.high) > _FEW:
            share = _share(_over(now, self.high))
            return self._broken(
                f"{share} with more than {counted(self.high, 'decimals')}", now
            )
        return Evidence(True, seen)

    def _as_before(self, now: Mapping[int, float], whole: Whole) -> Evidence:
        nothing, reference = nothing_accepted(whole), whole.reference
        if nothing is not None or reference is None:
            return nothing or Evidence(None, "no accepted span")
        spans = reference.column(self.column)
        known = [span.decimals for span in spans if span.decimals]
        if not known:
            return Evidence(None, "the accepted spans have no numbers here")
        worst, most = 0, 0.0
        for decimals in range(MOST_DECIMALS + 1):
            before = [_over(span, decimals) for span in known]
            share = _over(now, decimals)
            off = max(min(before) - share, share - max(before))
            if off > most:
                worst, most = decimals, off
        before = [_over(span, worst) for span in known]
        seen = (
            f"{_share(_over(now, worst))} with more than "
            f"{counted(worst, 'decimals')}, before {_between(min(before), max(before))}"
        )
        if most <= self.change:
            return Evidence(True, seen)
        return self._broken(seen, now, known[-1])

    def _broken(
        self,
        seen: str,
        now: Mapping[int, float],
        before: Mapping[int, float] | None = None,
    ) -> Evidence:
        return Evidence(
            False,
            seen,
            plot=_decimals(self.column, now, before),
            fix=f"look for rounding, or a change of type, of {self.column} upstream",
        )


def _over(shares: Mapping[int, float], decimals: int) -> float:
    """Share of the numbers that need more decimals than so many."""
    return sum(share for count, share in shares.items() if count > decimals)


def _share(value: float) -> str:
    return percent(value, 1.0)


def _between(low: float, high: float) -> str:
    if _share(low) == _share(high):
        return _share(low)
    return f"{_share(low)} to {_share(high)}"


def _series(title: str, before: list[float], now: float) -> Plot:
    """The spans' shares and the present one as a line, the last one marked."""
    heights = (*before, now)
    names = (*(f"-{len(before) - i}" for i in range(len(before))), "now")
    return Plot(
        kind="series",
        title=printable(title, 60),
        labels=names,
        now=heights,
        marked=(len(before),),
        unit="share",
    )


def _decimals(
    column: str, now: Mapping[int, float], before: Mapping[int, float] | None
) -> Plot:
    """Shares of the numbers by their decimals, as bars."""
    counts = sorted({*now, *(before or {})})
    return Plot(
        kind="values",
        title=f"{printable(column, 40)}, share of values by decimals",
        labels=tuple(
            "more" if count > MOST_DECIMALS else str(count) for count in counts
        ),
        now=tuple(now.get(count, 0.0) for count in counts),
        reference=None
        if before is None
        else tuple(before.get(count, 0.0) for count in counts),
        unit="share",
    )
