"""Tests of one column: its missing values, its range, its values."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    is_number,
    of_rows,
    where,
)
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted, printable

_MOST_NAMED = 3


class _ColumnTest(DataTest):
    """A test of one column."""

    column: str = Field(min_length=1, description="name of the column")

    @property
    @override
    def subject(self) -> str:
        return self.column

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


class Missing(_ColumnTest):
    """Missing values: null, an empty cell, or a list without a value."""

    name: ClassVar[str] = "missing"
    why: ClassVar[str] = "an export that lost a column's values, wholly or in part"

    at_most: Tolerance = Field(description="a number of rows, or a share such as 5%")

    @property
    @override
    def expectation(self) -> str:
        return f"missing at most {self.at_most}"

    @override
    def look(self, examples: Examples) -> Evidence:
        column = examples.table[self.column]
        empty = pc.is_null(column)
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            empty = pc.or_(
                empty, pc.equal(pc.fill_null(pc.list_value_length(column), 0), 0)
            )
        rows = where(empty)
        total = examples.table.num_rows
        return Evidence(
            len(rows) <= self.at_most.of(total),
            of_rows(rows, total),
            rows,
            (self.column,),
        )


class Between(_ColumnTest):
    """Numbers within bounds, which are allowed themselves. Missing is allowed."""

    name: ClassVar[str] = "between"
    why: ClassVar[str] = "a changed unit, a sentinel such as -999, a shifted column"

    low: float | None = Field(default=None, description="smallest allowed value")
    high: float | None = Field(default=None, description="largest allowed value")
    at_most: Tolerance = Field(default=NONE, description="rows that may be outside")

    @model_validator(mode="after")
    def _has_bounds(self) -> Between:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    @property
    @override
    def expectation(self) -> str:
        if self.low is None:
            return f"at most {self.high:,g}"
        if self.high is None:
            return f"at least {self.low:,g}"
        return f"{self.low:,g} to {self.high:,g}"

    @override
    def look(self, examples: Examples) -> Evidence:
        column = examples.table[self.column]
        total = examples.table.num_rows
        if pa.types.is_null(column.type):
            return Evidence(True, "no value at all", where(pc.is_valid(column)))
        if not is_number(column):
            return self._not_numbers(column, total)
        values = pc.cast(column, pa.float64(), safe=False)
        # NaN compares false with everything, and is outside every range.
        outside = pc.is_nan(values)
        if self.low is not None:
            outside = pc.or_(outside, pc.less(values, self.low))
        if self.high is not None:
            outside = pc.or_(outside, pc.greater(values, self.high))
        rows = where(outside)
        seen = of_rows(rows, total)
        if len(rows):
            broken = pc.min_max(pc.filter(values, pc.fill_null(outside, False)))
            seen += f", {broken['min'].as_py():,g} to {broken['max'].as_py():,g}"
        return Evidence(len(rows) <= self.at_most.of(total), seen, rows, (self.column,))

    def _not_numbers(self, column: pa.ChunkedArray, total: int) -> Evidence:
        rows = where(text_among_numbers(column))
        return Evidence(
            False,
            f"not a number in {counted(len(rows), 'rows')}",
            rows,
            (self.column,),
            fix="restore the numbers in the export",
        )


class OneOf(_ColumnTest):
    """Values out of a list. Missing is allowed: `missing` is there for that."""

    name: ClassVar[str] = "one_of"
    why: ClassVar[str] = "a misspelt, translated or new category"

    values: list[str | int | float] = Field(min_length=1, description="allowed values")
    at_most: Tolerance = Field(default=NONE, description="rows that may have others")

    @property
    @override
    def expectation(self) -> str:
        shown = ", ".join(str(value) for value in self.values[:6])
        more = len(self.values) - 6
        return f"one of {shown}" + (f" and {more} more" if more > 0 else "")

    @override
    def look(self, examples: Examples) -> Evidence:
        column = examples.table[self.column]
        total = examples.table.num_rows
        text = as_text(column)
        allowed = pa.array([str(value) for value in self.values], pa.large_string())
        others = pc.and_(
            pc.is_valid(text), pc.invert(pc.is_in(text, value_set=allowed))
        )
        rows = where(others)
        return Evidence(
            len(rows) <= self.at_most.of(total),
            self._named(pc.filter(text, others), len(rows)),
            rows,
            (self.column,),
        )

    @staticmethod
    def _named(values: pa.ChunkedArray, count: int) -> str:
        if not count:
            return "no other value"
        found = sorted(
            pc.value_counts(values).to_pylist(), key=lambda pair: -pair["counts"]
        )
        named = ", ".join(
            f'"{printable(p["values"], 24)}"' for p in found[:_MOST_NAMED]
        )
        more = len(found) - _MOST_NAMED
        others = f" and {more:,} others" if more > 0 else ""
        return f"{named}{others} on {counted(count, 'rows')}"


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Any column of single values as text; bytes that are not UTF-8 as hex."""
    if pa.types.is_large_binary(column.type) or pa.types.is_binary(column.type):
        shown = [
            None if value is None else value.decode("utf-8", "backslashreplace")
            for value in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(shown, pa.large_string())])
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        shown = [None if not value else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(shown, pa.large_string())])
    return pc.cast(column, pa.large_string())


def text_among_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mask of the values of a text column that are no number."""
    if is_number(column):
        return pc.and_(pc.is_valid(column), False)
    text = pc.utf8_trim_whitespace(as_text(column))
    number = pc.match_substring_regex(
        text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^(?i:[+-]?(nan|inf|infinity))$"
    )
    return pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(number, True)))
