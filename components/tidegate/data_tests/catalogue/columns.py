"""Tests of one column: its missing values, its range, its values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    of_rows,
    where,
)
from tidegate.data_tests.catalogue.cells import canonical, cells
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
        total = examples.table.num_rows
        found = cells(examples.table[self.column])
        values = found.numbers()
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        # Not-a-number compares false with everything: outside every range.
        outside = ~((values >= low) & (values <= high))
        rows = found.blame(outside)
        return Evidence(
            len(rows) <= self.at_most.of(total),
            ", ".join([of_rows(rows, total), *_reach(values[outside])]),
            rows,
            (self.column,),
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
        total = examples.table.num_rows
        found = cells(examples.table[self.column])
        single = pa.types.is_floating(found.values.type)
        allowed = {canonical(value, single) for value in self.values}
        held, codes = found.distinct()
        words = [canonical(value, single) for value in held]
        strange = np.array([word not in allowed for word in words], np.bool_)[codes]
        rows = found.blame(strange)
        counts = np.bincount(codes[strange], minlength=len(words))
        others = Counter({words[i]: int(counts[i]) for i in np.flatnonzero(counts)})
        return Evidence(
            len(rows) <= self.at_most.of(total),
            self._named(others, len(rows)),
            rows,
            (self.column,),
        )

    @staticmethod
    def _named(others: Counter[str], count: int) -> str:
        if not count:
            return "no other value"
        frequent = others.most_common(_MOST_NAMED)
        named = ", ".join(f'"{printable(word, 24)}"' for word, _ in frequent)
        more = len(others) - _MOST_NAMED
        rest = f" and {more:,} others" if more > 0 else ""
        return f"{named}{rest} on {counted(count, 'rows')}"


def _reach(outside: npt.NDArray[Any]) -> Iterator[str]:
    """How far values outside reach, and how many of them are no number."""
    real = outside[~np.isnan(outside)]
    if len(real):
        yield f"{real.min():,g} to {real.max():,g}"
    if odd := len(outside) - len(real):
        yield f"not a number in {odd:,}"
