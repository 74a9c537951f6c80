"""Tests of how many rows there are: against accepted spans, and on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.base import Evidence, Family
from tidegate.data_tests.catalogue.history import EntireTest, nothing_accepted
from tidegate.data_tests.reference.spans import Reference, Spread
from tidegate.data_tests.share import Share, told
from tidegate.report.model import Plot
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

# From so many accepted spans on their own range is known to be normal.
_ENOUGH = 5
_SHOWN = 30


class RowsChange(EntireTest):
    """About as many rows as in the accepted spans."""

    name: ClassVar[str] = "rows_change"
    why: ClassVar[str] = "half an export, one delivered twice, a source that is missing"
    default: ClassVar[str] = (
        "`at_most: 30%` from the median of the accepted spans, which months and "
        "holidays rarely exceed; from five spans on never narrower than their range"
    )
    example: ClassVar[str] = "rows_change: {at_most: 30%}"
    family: ClassVar[Family] = "batch"

    at_most: Share = Field(default=0.3, description="change, as a share such as 30%")

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        return f"within {told(self.at_most)} of accepted spans"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        nothing = nothing_accepted(whole)
        if nothing or whole.reference is None:
            return nothing or Evidence(None, "no accepted span")
        known = whole.reference.over(lambda span: span.rows)
        spread = Spread.of(known)
        assert spread is not None
        low, high = self._band(spread)
        holds = low <= whole.rows <= high
        few = whole.rows < low
        return Evidence(
            holds,
            f"{counted(whole.rows, 'rows')}, {_change(whole.rows, spread.middle)}",
            fix="deliver the rows that are missing"
            if few
            else "find out which rows are there twice, or which are new",
            plot=_plot(whole.rows, whole.reference, (low, high)),
        )

    def _band(self, spread: Spread) -> tuple[float, float]:
        change = self.at_most * spread.middle
        low, high = spread.middle - change, spread.middle + change
        if spread.count >= _ENOUGH:
            low, high = min(low, spread.low), max(high, spread.high)
        return low, high


class Conserved(EntireTest):
    """As many rows as in everything that was made from the same data."""

    name: ClassVar[str] = "conserved"
    why: ClassVar[str] = "rows that got lost, or twice, between two components"
    default: ClassVar[str] = (
        "compared with all counts that the run knows; `against` names those that it "
        "must know"
    )
    example: ClassVar[str] = "conserved: {against: [statistics]}"
    family: ClassVar[Family] = "batch"

    against: list[str] = Field(
        default_factory=list,
        description="counts to compare with, such as source lines or statistics",
    )

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        named = ", ".join(self.against)
        return f"as many as in {named}" if named else "as many as everywhere else"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        counts = dict(_totals(whole.counterparts))
        absent = [name for name in self.against if name not in counts]
        if absent or not counts:
            known = ", ".join(sorted(counts)) or "none"
            what = ", ".join(absent) or "any other place"
            return Evidence(
                # Who names a count has it in mind that it is compared.
                False if absent else None,
                f"the rows in {what} are not known here; known: {known}",
                fix="run the test where those counts are known, as in the pipeline",
            )
        asked = self.against or sorted(counts)
        wrong = [name for name in asked if counts[name] != whole.rows]
        listed = ", ".join(
            f"{counts[name]:,} in {name} ({counts[name] - whole.rows:+,})"
            for name in wrong
        )
        return Evidence(
            not wrong,
            f"{whole.rows:,} here, {listed}"
            if wrong
            else f"{whole.rows:,} here and in {', '.join(asked)}",
            fix=f"find out where rows are lost or doubled between here and "
            f"{', '.join(wrong)}, then run it again",
        )


def _totals(counts: Any) -> Iterator[tuple[str, int]]:
    """The counts by name; what passed and what left are one count together."""
    parts = ("passed", "quarantined")
    for name, rows in counts.items():
        if name not in parts:
            yield name, rows
    if all(part in counts for part in parts):
        yield "passed and quarantined", sum(counts[part] for part in parts)


def _change(rows: int, middle: float) -> str:
    usual = f"usually {middle:,.0f}"
    if not middle or rows == middle:
        return usual
    sign = "+" if rows > middle else "−"
    return f"{usual} ({sign}{100 * abs(rows - middle) / middle:,.1f} %)"


def _plot(rows: int, reference: Reference, limits: tuple[float, float]) -> Plot:
    spans = reference.spans[-_SHOWN:]
    return Plot(
        kind="series",
        title="rows by span",
        labels=(*(span.name for span in spans), "now"),
        now=(*(float(span.rows) for span in spans), float(rows)),
        marked=(len(spans),),
        limits=limits,
        unit="rows",
    )
