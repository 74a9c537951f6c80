"""Tests of the label: how often each one comes, and which ones there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    no_such_column,
)
from tidegate.data_tests.label.counts import LabelCounts, Tally
from tidegate.data_tests.label.labels import Labels, check_expression, labels_of
from tidegate.data_tests.share import Share, told
from tidegate.data_tests.sql import named_columns
from tidegate.report.model import Plot
from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    import pyarrow as pa

    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_MOST_NAMED = 3
_NO_LABEL = Evidence(
    None,
    "no label is named",
    fix="name the label in the suite, `label: late`, or in the test, "
    '`is: "arr_delay > 15"`',
)


class LabelTest(DataTest):
    """A test of the label: a column, or what an SQL expression makes of columns."""

    family: ClassVar[Family] = "label"
    model_config = DataTest.model_config | {"populate_by_name": True}

    column: str | None = Field(
        default=None, min_length=1, description="the label; by default the suite's"
    )
    expression: str | None = Field(
        default=None,
        min_length=1,
        alias="is",
        description="SQL expression that gives the label, where no column holds it",
    )

    @field_validator("expression")
    @classmethod
    def _parses(cls, expression: str | None) -> str | None:
        if expression is not None:
            check_expression(expression)
        return expression

    @model_validator(mode="after")
    def _one_of_both(self) -> LabelTest:
        if self.column is not None and self.expression is not None:
            raise ValueError("column and is both say what the label is; give one")
        return self

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        named = {"column", "is", "expression"} & set(parameters)
        label = settings.get("label")
        if named or not isinstance(label, str):
            return parameters
        return {**parameters, "column": label}

    @property
    @override
    def subject(self) -> str:
        return self.expression or self.column or "label"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return () if self.column is None else (self.column,)

    @override
    def verdict(self, seen: Any, whole: Whole) -> Evidence:
        name = self._named(whole)
        if name is None and self.expression is None:
            return _NO_LABEL
        if name is not None and name not in whole.columns:
            gone = no_such_column(name, whole.columns)
            fix = f'deliver {name}, or say what it is made of: `is: "arr_delay > 15"`'
            return Evidence(False, gone.observed, columns=gone.columns, fix=fix)
        return super().verdict(seen, whole)

    def labels(self, table: pa.Table, whole: Whole | None = None) -> Labels:
        """The label of each row.

        Raises:
            ConditionError: The expression cannot be evaluated on these columns.
        """
        name = self.column if whole is None else self._named(whole)
        return labels_of(table, name, self.expression)

    def telling(self, whole: Whole) -> tuple[str, ...]:
        """Columns whose values tell what the label is."""
        if self.expression is not None:
            return named_columns(self.expression, whole.columns)
        name = self._named(whole)
        return () if name is None else (name,)

    def _named(self, whole: Whole) -> str | None:
        return None if self.expression is not None else self.column or whole.label


class LabelShareTest(LabelTest):
    """A test of how often one label comes, in all rows and in slices."""

    value: bool | int | float | str = Field(
        default=True, description="the label that is counted; true is also 1"
    )
    by: list[str] = Field(
        default_factory=list, description="columns whose every value makes a slice"
    )
    at_least_rows: int = Field(
        default=200, ge=1, description="rows that a slice needs to be judged"
    )

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *self.by)

    @override
    def look(self, view: View) -> LabelCounts | None:
        if self.column is None and self.expression is None:
            return None
        labels = self.labels(view.table)
        by = {name: view.column(name) for name in self.by}
        return LabelCounts.of(labels.known, labels.are(self.value), by)

    def parts(self, counts: LabelCounts) -> list[tuple[str, Tally]]:
        """Name and tally of all rows, then of each slice that is large enough."""
        slices = counts.large(self.at_least_rows)
        return [
            ("all rows", counts.total),
            *((f"{column} {value}", tally) for column, value, tally in slices),
        ]

    def called(self) -> str:
        """The label in words: `arr_delay > 15`, or `late = yes`."""
        if self.value is True:
            return self.subject
        return f"{self.subject} = {self.value}"


class LabelShare(LabelShareTest):
    """Share of one label among the rows that have a label."""

    name: ClassVar[str] = "label_share"
    why: ClassVar[str] = "a label that was inverted, cut off or filtered by its value"
    default: ClassVar[str] = (
        "`low`, `high` or both are required; `value: true`, which is also 1; slices "
        "of `by` need 200 rows, and fail only if their share is outside but for one "
        "chance in a thousand, so that small ones do not cry wolf"
    )
    example: ClassVar[str] = (
        'label_share: {is: "arr_delay > 15", low: 10%, high: 40%, by: [origin]}'
    )

    low: Share = Field(default=0.0, description="smallest share")
    high: Share = Field(default=1.0, description="largest share")

    @model_validator(mode="after")
    def _has_bounds(self) -> LabelShare:
        if self.low == 0 and self.high == 1:
            raise ValueError("needs low, high or both")
        if self.low > self.high:
            raise ValueError(f"low {told(self.low)} is above high {told(self.high)}")
        return self

    @property
    @override
    def expectation(self) -> str:
        return f"{told(self.low)} to {told(self.high)}{each(self.by)}"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        counts: LabelCounts = seen or LabelCounts()
        if not counts.total.rows:
            return Evidence(False, "no row has a label", columns=self.telling(whole))
        parts = self.parts(counts)
        marked = [n for n, (_, tally) in enumerate(parts) if self._off(tally, parts)]
        return Evidence(
            not marked,
            "; ".join(observed(parts, marked, counts)),
            columns=(*self.telling(whole), *self.by),
            fix=f"find out why {self.called()} comes more or less often than before, "
            "or change `label_share` in the suite",
            plot=shares_plot(
                f"share of {self.called()}", parts, marked, (self.low, self.high)
            ),
        )

    def _off(self, tally: Tally, parts: list[tuple[str, Tally]]) -> bool:
        low, high = tally.interval(len(parts))
        return high < self.low or low > self.high


def observed(
    parts: list[tuple[str, Tally]], marked: list[int], counts: LabelCounts
) -> Iterator[str]:
    """The shares in words: of all rows, then of the worst slices."""
    yield f"{percent(parts[0][1].hits, parts[0][1].rows)} of {rows_of(parts[0][1])}"
    slices = [parts[n] for n in marked if n]
    slices.sort(key=lambda part: -part[1].rows)
    for name, tally in slices[:_MOST_NAMED]:
        share = percent(tally.hits, tally.rows)
        yield f"{share} of {rows_of(tally)} with {printable(name, 40)}"
    if len(slices) > _MOST_NAMED:
        yield f"and {counted(len(slices) - _MOST_NAMED, 'slices')} more"
    if counts.too_many:
        yield f"{', '.join(counts.too_many)}: too many values to judge each"


def rows_of(tally: Tally) -> str:
    """`9,800 rows`."""
    return counted(tally.rows, "rows")


def each(by: list[str]) -> str:
    """`, for each origin`: the slices in words."""
    return f", for each {' and each '.join(by)}" if by else ""


def shares_plot(
    title: str,
    parts: list[tuple[str, Tally]],
    marked: list[int],
    limits: tuple[float, ...] = (),
    before: dict[int, float] | None = None,
) -> Plot:
    """One bar a slice: all rows, what breaks the test, then the largest."""
    rest = sorted(
        set(range(1, len(parts))) - set(marked), key=lambda n: -parts[n][1].rows
    )
    order = [0, *(n for n in marked if n), *rest][:12]
    known = before is not None and all(n in before for n in order)
    return Plot(
        kind="values",
        title=title,
        labels=tuple(printable(parts[n][0], 24) for n in order),
        now=tuple(parts[n][1].share for n in order),
        reference=tuple((before or {})[n] for n in order) if known else None,
        marked=tuple(i for i, n in enumerate(order) if n in marked),
        limits=limits,
    )
