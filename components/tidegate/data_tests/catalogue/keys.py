"""Tests of rows that are there twice: the same key, or the same in all columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    Rows,
    of_rows,
)
from tidegate.data_tests.row_hashes import row_hashes
from tidegate.data_tests.sql import Hashes
from tidegate.data_tests.tolerance import NONE, Tolerance

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole


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


class NoDuplicates(DataTest):
    """No two rows are the same in all columns, or in all but some."""

    name: ClassVar[str] = "no_duplicates"
    why: ClassVar[str] = "a part of the data exported or loaded twice"
    default: ClassVar[str] = (
        "all columns; `at_most: 0`; `except` leaves out what is new in every copy, "
        "such as a row number or the time of loading"
    )
    example: ClassVar[str] = "no_duplicates: {at_most: 0}"
    family: ClassVar[Family] = "rows"

    ignored: list[str] = Field(
        default_factory=list,
        alias="except",
        description="columns in which two rows may differ and still be the same",
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows that may be like an earlier one"
    )

    model_config = DataTest.model_config | {"populate_by_name": True}

    @property
    @override
    def subject(self) -> str:
        return "rows"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        left_out = f", {', '.join(self.ignored)} aside" if self.ignored else ""
        return f"{most} like an earlier one{left_out}"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.ignored)

    @override
    def look(self, view: View) -> KeysSeen:
        compared = [n for n in view.table.column_names if n not in self.ignored]
        return KeysSeen(((row_hashes(view.table, compared), view.positions),))

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: KeysSeen = seen or KeysSeen()
        if set(whole.columns) <= set(self.ignored):
            return Evidence(False, "no column is left to compare rows by")
        rows, total = found.repeated(), found.total
        told = f"{of_rows(len(rows), total)} seen before" if len(rows) else "no repeat"
        return Evidence(
            len(rows) <= self.at_most.of(total),
            told,
            rows,
            fix="load each part once, or remove the copies in the export",
            total=total,
        )
