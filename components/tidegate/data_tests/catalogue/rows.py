"""Tests of rows: how many, and which of them contradict themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import (
    ConditionError,
    DataTest,
    Evidence,
    Family,
    Notes,
    Rows,
)
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.sql import check_syntax, named_columns
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.data_tests.user_code import (
    NAMED,
    bad_rows,
    columns_named,
    read_source,
)
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole


@dataclass(frozen=True)
class Count:
    """A number of rows."""

    rows: int

    def merge(self, other: Count) -> Count:
        """The rows of both."""
        return Count(self.rows + other.rows)


class RowCount(DataTest):
    """Number of rows in the batch, all splits together."""

    name: ClassVar[str] = "rows"
    why: ClassVar[str] = "half an export, an empty one, or one delivered twice"
    default: ClassVar[str] = (
        "one of the two is required; there is no count that is right for all data"
    )
    example: ClassVar[str] = "rows: {at_least: 20000}"
    family: ClassVar[Family] = "batch"

    at_least: int | None = Field(default=None, ge=0, description="fewest rows")
    at_most: int | None = Field(default=None, ge=0, description="most rows")

    @model_validator(mode="after")
    def _has_bounds(self) -> RowCount:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs at_least, at_most or both")
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError("at_least is above at_most")
        return self

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        low = None if self.at_least is None else f"at least {self.at_least:,}"
        high = None if self.at_most is None else f"at most {self.at_most:,}"
        return ", ".join(part for part in (low, high) if part)

    @override
    def look(self, view: View) -> Count:
        return Count(view.rows)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        rows = 0 if seen is None else seen.rows
        enough = self.at_least is None or rows >= self.at_least
        few_enough = self.at_most is None or rows <= self.at_most
        return Evidence(enough and few_enough, counted(rows, "rows"))


class RowsWhere(RowTest):
    """A condition, in SQL as DuckDB speaks it or in Python, that describes bad rows.

    A rule in Python gets a `pyarrow.Table` of any number of rows and returns one
    truth value a row, true for a bad one; null is false. It is called with batches
    from several threads, so it must not depend on other rows nor keep anything.
    Its module travels as text: it may import what is installed, not its neighbours.
    """

    name: ClassVar[str] = "rows_where"
    why: ClassVar[str] = "columns that contradict each other"
    default: ClassVar[str] = (
        "one of `sql` and `python` is required; `at_most: 0`: a contradiction is one "
        "however rare"
    )
    example: ClassVar[str] = 'rows_where: {sql: "dep_time is null and air_time > 0"}'
    family: ClassVar[Family] = "rows"

    sql: str | None = Field(
        default=None, min_length=1, description="condition that is true of a bad row"
    )
    python: str | None = Field(
        default=None,
        description="rule that finds bad rows, as `rules.py:function`; the path starts "
        "from the suite",
    )
    says: str | None = Field(
        default=None,
        min_length=1,
        description="what a bad row is, in words that reports use instead",
    )
    source: str | None = Field(
        default=None,
        description="text of the module of `python`; filled in when a suite is read",
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may satisfy it")

    @field_validator("sql")
    @classmethod
    def _parses(cls, sql: str | None) -> str | None:
        if sql is None:
            return None
        check_syntax(sql)
        return sql.strip()

    @field_validator("python")
    @classmethod
    def _is_named(cls, python: str | None) -> str | None:
        if python is not None and not NAMED.fullmatch(python):
            raise ValueError("must name a file and a function, as rules.py:function")
        return python

    @model_validator(mode="after")
    def _is_one(self) -> RowsWhere:
        if (self.sql is None) == (self.python is None):
            raise ValueError("needs sql or python, and not both")
        if self.source is not None and self.python is None:
            raise ValueError(
                "source is the text of a rule in python, and there is none"
            )
        return self

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        return f"{most} where {self.says or self.sql or self.python}"

    @property
    @override
    def purpose(self) -> str:
        if self.says is None:
            return self.why
        return f"{self.why}; in this test: {self.sql or self.python}"

    @property
    @override
    def conditions(self) -> tuple[str, ...]:
        return () if self.sql is None else (self.sql,)

    @override
    def located(self, folder: Path) -> RowsWhere:
        if self.python is None or self.source is not None:
            return self
        source = read_source(self.python, folder)
        return self.model_copy(update={"source": source})

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        if self.sql is not None:
            return np.flatnonzero(view.true_of(self.sql)), Notes()
        if self.python is None or self.source is None:
            raise ConditionError(f"the rule {self.python} was not read from its file")
        return bad_rows(self.python, self.source, view.table), Notes()

    @override
    def telling(self, whole: Whole) -> tuple[str, ...]:
        if self.sql is not None:
            return named_columns(self.sql, whole.columns)
        return columns_named(self.source or "", whole.columns)
