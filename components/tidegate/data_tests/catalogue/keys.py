"""Tests of rows that are there twice: the same key, or the same in all columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import NO_ROWS, Blame
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

_ROWS_A_PART = 1 << 20
_MOST_PARTS = 64


@dataclass(frozen=True, eq=False)
class KeysSeen:
    """Hashes of the keys of some batches, each with the position of its row.

    A row takes 8 bytes, for the positions of a batch follow each other; in a
    slice, where they do not, it takes 16.
    """

    pieces: tuple[tuple[Hashes, range | Rows], ...] = ()

    @classmethod
    def of(cls, hashes: Hashes, positions: Rows) -> KeysSeen:
        """The keys of one batch."""
        if not len(positions):
            return cls()
        first, last = int(positions[0]), int(positions[-1])
        if last - first + 1 == len(positions):
            return cls(((hashes, range(first, last + 1)),))
        return cls(((hashes, positions),))

    def merge(self, other: KeysSeen) -> KeysSeen:
        """The keys of both."""
        return KeysSeen(self.pieces + other.pieces)

    @property
    def total(self) -> int:
        """Number of rows."""
        return sum(len(positions) for _, positions in self.pieces)

    def repeated(self) -> Blame:
        """The rows whose key a row before them has."""
        # A part of all hashes at a time: sorting them at once takes four times
        # the memory of the hashes themselves.
        parts = np.uint64(min(_MOST_PARTS, self.total // _ROWS_A_PART + 1))
        found = [self._repeated(number, parts) for number in range(int(parts))]
        return Blame.anywhere(np.concatenate([NO_ROWS, *found]))

    def _repeated(self, part: int, parts: np.uint64) -> Rows:
        hashes, positions = [], []
        for held, places in self.pieces:
            chosen = np.flatnonzero(held % parts == part)
            hashes.append(held[chosen])
            if isinstance(places, range):
                positions.append(chosen + places.start)
            else:
                positions.append(places[chosen])
        keys = np.concatenate([np.zeros(0, np.uint64), *hashes])
        rows = np.concatenate([NO_ROWS, *positions])
        order = np.lexsort((rows, keys))
        ranked = keys[order]
        again: Rows = rows[order[np.flatnonzero(ranked[1:] == ranked[:-1]) + 1]]
        return again


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
        return KeysSeen.of(view.keys(self.columns), view.positions)

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
        return KeysSeen.of(row_hashes(view.table, compared), view.positions)

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
