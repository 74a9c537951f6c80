"""Tests of how columns go together: shuffled columns, broken joins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import DataTest, Evidence, Family, Rows
from tidegate.data_tests.catalogue.history import EntireTest, nothing_accepted
from tidegate.data_tests.catalogue.shapes import SampleTest
from tidegate.data_tests.reference import association, sampled
from tidegate.data_tests.reference import changes as changed
from tidegate.report.model import Plot
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.reference.changes import Change, Culprit, Kind
    from tidegate.data_tests.whole import Whole

_FEWEST_ROWS = 100
_NAMED, _PAIRS, _SHOWN = 3, 2, 8


class RelationTest(EntireTest, SampleTest):
    """A test of pairs of columns against the accepted spans."""

    family: ClassVar[Family] = "batch"
    kinds: ClassVar[tuple[Kind, ...]]

    among: list[str] | None = Field(
        default=None, alias="columns", description="only pairs with one of these"
    )
    ignore: list[str] = Field(
        default_factory=list, alias="except", description="columns to leave out"
    )
    at_most: float = Field(
        default=0.05,
        gt=0,
        le=2,
        description="change allowed to every pair; those that vary have more",
    )

    model_config = DataTest.model_config | {"populate_by_name": True}

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.among) if self.among else "columns"

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        nothing = nothing_accepted(whole)
        if nothing or whole.reference is None:
            return nothing or Evidence(None, "no accepted span")
        if sample.num_rows < _FEWEST_ROWS:
            told = f"{counted(sample.num_rows, 'rows')}, too few to see relations in"
            return Evidence(None, told)
        found: list[Change] = []
        columns = association.SampledColumns(sampled.bounded(sample))
        for kind in self.kinds:
            pairs = [
                pair
                for pair in changed.expected(whole.reference, kind)
                if self._asked(pair.pair)
            ]
            found += changed.changes(columns, pairs, self.at_most, self._rows(columns))
        return self._evidence(found)

    def _asked(self, pair: tuple[str, str]) -> bool:
        if not set(pair).isdisjoint(self.ignore):
            return False
        return self.among is None or not set(pair).isdisjoint(self.among)

    def _rows(self, columns: association.SampledColumns) -> Any:
        return lambda pair: columns.rows

    def _evidence(self, found: Sequence[Change]) -> Evidence:
        if not found:
            return Evidence(
                None,
                "no pair of columns that the accepted spans and this one know; "
                "the spans may have been accepted without a sample of rows",
            )
        broken = [change for change in found if change.broken]
        if not broken:
            return Evidence(True, f"{counted(len(found), 'pairs')} go together as ever")
        culprits = changed.culprits(found)
        names = [culprit.column for culprit in culprits]
        listed = ", ".join(names[:_NAMED])
        return Evidence(
            False,
            self._told(culprits),
            fix=f"look for a join, a sort or a default that treated {listed} apart "
            "from the other columns; if this is how it shall be, accept the span",
            plot=_plot(broken),
        )

    def _told(self, culprits: Sequence[Culprit]) -> str:
        parts = [_of(culprit) for culprit in culprits[:_NAMED]]
        more = len(culprits) - _NAMED
        return "; ".join(parts) + (
            f"; and {counted(more, 'columns')} more" if more > 0 else ""
        )


class Relations(RelationTest):
    """Columns go together as in the accepted spans: ranks, and which value goes
    with which."""

    name: ClassVar[str] = "relations"
    why: ClassVar[str] = "a shuffled column, a broken join: each column looks right"
    default: ClassVar[str] = (
        "all pairs of columns; `at_most: 0.05`, and five deviations for those that "
        "vary between accepted spans: no false alarm on the months of flights, and "
        "a column shuffled in a fifth of its rows is seen"
    )
    example: ClassVar[str] = "relations: {at_most: 0.05}"
    kinds: ClassVar[tuple[Kind, ...]] = ("order", "groups")

    @property
    @override
    def expectation(self) -> str:
        return f"go together as before, within {self.at_most:g}"


class MissingTogether(RelationTest):
    """Columns are missing together as in the accepted spans."""

    name: ClassVar[str] = "missing_together"
    why: ClassVar[str] = "gaps in one column that its companions do not share"
    default: ClassVar[str] = (
        "all pairs of columns with gaps; `at_most: 0.05` of their correlation, and "
        "five deviations for those that vary between accepted spans or have few gaps"
    )
    example: ClassVar[str] = "missing_together: {columns: [dep_time, dep_delay]}"
    kinds: ClassVar[tuple[Kind, ...]] = ("missing",)

    at_most: float = Field(
        default=0.05,
        gt=0,
        le=2,
        description="change allowed to every pair; those that vary have more",
    )

    @property
    @override
    def expectation(self) -> str:
        return f"missing together as before, within {self.at_most:g}"

    @override
    def _rows(self, columns: association.SampledColumns) -> Any:
        # Few gaps tell little, however many rows there are.
        return lambda pair: min(columns.rows - columns[name].values for name in pair)


class Correlated(SampleTest):
    """Columns that rise and fall together, by Spearman's rank correlation."""

    name: ClassVar[str] = "correlated"
    why: ClassVar[str] = "a column that lost its rows' order: a shuffle, a broken join"
    default: ClassVar[str] = (
        "`columns` and one bound are required; ranks, so that no outlier matters"
    )
    example: ClassVar[str] = (
        "correlated: {columns: [air_time, distance], at_least: 0.9}"
    )
    family: ClassVar[Family] = "batch"

    among: list[str] = Field(
        alias="columns", min_length=2, max_length=50, description="columns of numbers"
    )
    at_least: float | None = Field(
        default=None, ge=-1, le=1, description="lowest correlation of a pair"
    )
    at_most: float | None = Field(
        default=None, ge=-1, le=1, description="highest correlation of a pair"
    )

    model_config = DataTest.model_config | {"populate_by_name": True}

    @model_validator(mode="after")
    def _has_bounds(self) -> Correlated:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs at_least, at_most or both")
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError("at_least is above at_most")
        return self

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.among)

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.among)

    @property
    @override
    def expectation(self) -> str:
        low = None if self.at_least is None else f"at least {self.at_least:g}"
        high = None if self.at_most is None else f"at most {self.at_most:g}"
        return "correlated " + ", ".join(part for part in (low, high) if part)

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        if sample.num_rows < _FEWEST_ROWS:
            told = f"{counted(sample.num_rows, 'rows')}, too few to see a correlation"
            return Evidence(None, told)
        columns = association.SampledColumns(sample.select(list(self.columns)))
        pairs = list(combinations(self.columns, 2))
        parts = []
        holds = True
        for (one, other), value in zip(pairs, columns.order(pairs), strict=True):
            inside = value is not None and self._inside(value)
            if not inside or len(pairs) == 1:
                number = "none" if value is None else _two(value)
                parts.append(f"{one} and {other} {number}")
            holds = holds and inside
        more = len(parts) - _NAMED
        shown = ", ".join(parts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        return Evidence(holds, shown or f"{counted(len(pairs), 'pairs')} are")

    def _inside(self, value: float) -> bool:
        low = -1.0 if self.at_least is None else self.at_least
        high = 1.0 if self.at_most is None else self.at_most
        return low <= value <= high


def _of(culprit: Culprit) -> str:
    """`carrier lost 96 % …`: one column, how much of it, and its worst pairs."""
    pairs = ", ".join(
        f"{change.name} {_two(change.now)} (was {_two(change.was)})"
        for change in culprit.changes[:_PAIRS]
    )
    more = len(culprit.changes) - _PAIRS
    others = f" and {counted(more, 'pairs')} more" if more > 0 else ""
    lost = 100 * culprit.lost
    return f"{culprit.column} changed by {lost:.0f} %: {pairs}{others}"


def _two(value: float) -> str:
    """Two digits, and nothing is not less than nothing."""
    return f"{round(value, 2) + 0.0:.2f}"


def _plot(broken: Sequence[Change]) -> Plot:
    worst = sorted(broken, key=lambda one: (-one.size, one.name))[:_SHOWN]
    return Plot(
        kind="values",
        title="how pairs of columns go together",
        labels=tuple(change.name for change in worst),
        now=tuple(change.now for change in worst),
        reference=tuple(change.was for change in worst),
        marked=tuple(range(len(worst))),
        unit="strength",
    )
