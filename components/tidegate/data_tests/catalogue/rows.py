"""Tests of rows: how many, how often the same key, which conditions."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.base import DataTest, Evidence, of_rows
from tidegate.data_tests.catalogue.sql import (
    ConditionError,
    check_syntax,
    named_columns,
    repeated_rows,
    rows_that_satisfy,
)
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted


class RowCount(DataTest):
    """Number of rows in the batch, all splits together."""

    name: ClassVar[str] = "rows"
    why: ClassVar[str] = "half an export, an empty one, or one delivered twice"

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
    def look(self, examples: Examples) -> Evidence:
        rows = examples.table.num_rows
        enough = self.at_least is None or rows >= self.at_least
        few_enough = self.at_most is None or rows <= self.at_most
        return Evidence(enough and few_enough, counted(rows, "rows"))


class Unique(DataTest):
    """No two rows have the same values in the key columns, missing ones included."""

    name: ClassVar[str] = "unique"
    why: ClassVar[str] = "a file loaded twice, a join that multiplied rows"

    key: list[str] = Field(
        min_length=1, alias="columns", description="columns of the key"
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows that may share a key with an earlier one"
    )

    model_config = DataTest.model_config | {"populate_by_name": True}

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.key)

    @property
    @override
    def expectation(self) -> str:
        return "unique"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.key)

    @override
    def look(self, examples: Examples) -> Evidence:
        table = examples.table.select(self.key)
        rows = repeated_rows(table)
        return Evidence(
            len(rows) <= self.at_most.of(table.num_rows),
            f"{of_rows(rows, table.num_rows)} seen before"
            if len(rows)
            else "no repeat",
            rows,
            self.columns,
        )


class RowsWhere(DataTest):
    """A condition, in SQL as DuckDB speaks it, that describes bad rows."""

    name: ClassVar[str] = "rows_where"
    why: ClassVar[str] = "columns that contradict each other"

    sql: str = Field(min_length=1, description="condition that is true of a bad row")
    at_most: Tolerance = Field(default=NONE, description="rows that may satisfy it")

    @field_validator("sql")
    @classmethod
    def _parses(cls, sql: str) -> str:
        check_syntax(sql)
        return sql.strip()

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        return f"{most} where {self.sql}"

    @override
    def look(self, examples: Examples) -> Evidence:
        total = examples.table.num_rows
        columns = named_columns(self.sql, examples.table.column_names)
        try:
            rows = rows_that_satisfy(self.sql, examples.table)
        except ConditionError as error:
            # Named here too: the database quotes the value that it choked on.
            return Evidence(
                False,
                str(error),
                columns=columns,
                fix="restore the column in the export, or change the condition",
            )
        return Evidence(
            len(rows) <= self.at_most.of(total), of_rows(rows, total), rows, columns
        )
