"""Tests of rows: how many, how often the same key, which conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.blame import Blame
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    Notes,
    Rows,
    of_rows,
)
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.sql import Hashes, check_syntax, named_columns
from tidegate.data_tests.tolerance import NONE, Tolerance
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


@dataclass(frozen=True, eq=False)
class KeysSeen:
    """Hashes of the keys of some batches, each with the position of its row."""

    pieces: tuple[tuple[Hashes, Rows], ...] = ()

    def merge(self, other: KeysSeen) -> KeysSeen:
        """The keys of both."""
        return KeysSeen(self.pieces + other.pieces)

    @property
    def total(self) -> int:
        """Number of rows."""
        return sum(len(positions) for _, positions in self.pieces)

    def repeated(self) -> Blame:
        """The rows whose key a row before them has."""
        if not self.pieces:
            return Blame()
        hashes = np.concatenate([held for held, _ in self.pieces])
        positions = np.concatenate([held for _, held in self.pieces])
        order = np.lexsort((positions, hashes))
        again = np.flatnonzero(hashes[order][1:] == hashes[order][:-1]) + 1
        return Blame.anywhere(positions[order[again]])


class Unique(DataTest):
    """No two rows have the same values in the key columns, missing ones included."""

    name: ClassVar[str] = "unique"
    blames: ClassVar[bool] = True
    why: ClassVar[str] = "a file loaded twice, a join that multiplied rows"
    default: ClassVar[str] = (
        "the suite's `key`; `at_most: 0`, for one duplicate may be in train and eval"
    )
    example: ClassVar[str] = "unique: {columns: [carrier, flight, time_hour]}"
    family: ClassVar[Family] = "rows"

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

    @property
    @override
    def keys(self) -> tuple[tuple[str, ...], ...]:
        return (self.columns,)

    @override
    def look(self, view: View) -> KeysSeen:
        return KeysSeen(((view.keys(self.columns), view.positions),))

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: KeysSeen = seen or KeysSeen()
        rows, total = found.repeated(), found.total
        told = f"{of_rows(len(rows), total)} seen before" if len(rows) else "no repeat"
        return Evidence(
            len(rows) <= self.at_most.of(total), told, rows, self.columns, total=total
        )


class RowsWhere(RowTest):
    """A condition, in SQL as DuckDB speaks it, that describes bad rows."""

    name: ClassVar[str] = "rows_where"
    why: ClassVar[str] = "columns that contradict each other"
    default: ClassVar[str] = "`at_most: 0`: a contradiction is one however rare"
    example: ClassVar[str] = 'rows_where: {sql: "dep_time is null and air_time > 0"}'
    family: ClassVar[Family] = "rows"

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

    @property
    @override
    def conditions(self) -> tuple[str, ...]:
        return (self.sql,)

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        return np.flatnonzero(view.true_of(self.sql)), Notes()

    @override
    def telling(self, whole: Whole) -> tuple[str, ...]:
        return named_columns(self.sql, whole.columns)
