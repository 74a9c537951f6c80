"""A test of the order of rows: what goes up from row to row never goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field
from typing_extensions import override

from tidegate.columnar.dataset import part_of
from tidegate.columnar.statistics.hashing import hash_numbers, hash_words
from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.catalogue.base import (
    Evidence,
    Family,
    Seen,
    Unanswered,
    of_rows,
)
from tidegate.data_tests.catalogue.cells import Cells
from tidegate.data_tests.catalogue.shapes import ColumnTest
from tidegate.data_tests.row_hashes import row_hashes
from tidegate.data_tests.times import parse_times
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

Ordered = npt.NDArray[np.int64]
_MOST_GROUPS = 2_000_000
_FIELDS = ("group", "first", "first_at", "last", "last_at")


@dataclass(frozen=True, eq=False)
class Runs:
    """What is known of the order in some batches: each group's ends in each.

    Attributes:
        total: Rows looked at.
        back: Rows that go back, as far as their batch tells.
        strange: Rows with a value that has no order.
        pieces: Of each batch, arrays by the names in `_FIELDS`: a hash of every
            group, its first and last value, and the rows of these.
    """

    total: int = 0
    back: Blame = field(default_factory=Blame)
    strange: Blame = field(default_factory=Blame)
    pieces: tuple[dict[str, npt.NDArray[Any]], ...] = ()

    def merge(self, other: Runs | Unanswered) -> Runs | Unanswered:
        """What is known of both."""
        if isinstance(other, Unanswered):
            return other
        pieces = self.pieces + other.pieces
        if sum(len(piece["group"]) for piece in pieces) > _MOST_GROUPS:
            return Unanswered(
                "`by` makes too many groups to keep in mind",
                fix=f"name columns in `by` of fewer than {_MOST_GROUPS:,} groups",
            )
        return Runs(
            self.total + other.total,
            self.back.merge(other.back),
            self.strange.merge(other.strange),
            pieces,
        )

    def bad(self, sign: int, strictly: bool) -> Blame:
        """All rows that go back, over the bounds of batches too."""
        if not self.pieces:
            return self.back
        every = {n: np.concatenate([p[n] for p in self.pieces]) for n in _FIELDS}
        order = np.lexsort((every["first_at"], every["group"]))
        group, first, at, last = (every[n][order] for n in _FIELDS[:4])
        same = group[1:] == group[:-1]
        wrong = same & _goes_back(last[:-1], first[1:], sign, strictly)
        return union((self.back, Blame.anywhere(at[1:][wrong])))


class InOrder(ColumnTest):
    """Numbers or times that do not go back from row to row, in the files' order.

    Each value is compared with the one before it that is there. Files follow each
    other in the order of their names; splits are never compared with each other.
    """

    name: ClassVar[str] = "in_order"
    why: ClassVar[str] = "a log that lost its order, parts joined in a wrong one"
    default: ClassVar[str] = (
        "`direction: up`, equal values allowed, over the bounds of files; "
        "`at_most: 0`, for one row out of place shows that no order is kept"
    )
    example: ClassVar[str] = "in_order: {column: month, within: file}"
    family: ClassVar[Family] = "rows"
    blames: ClassVar[bool] = True

    by: list[str] = Field(
        default_factory=list, description="columns of whose values each has its order"
    )
    direction: Literal["up", "down"] = Field(
        default="up", description="up or down: where the values go"
    )
    strictly: bool = Field(
        default=False, description="whether equal values are out of order too"
    )
    within: Literal["data", "file"] = Field(
        default="data", description="file: each file has an order of its own"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may go back")

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.by)

    @property
    @override
    def expectation(self) -> str:
        goes = {"up": "increases", "down": "decreases"}[self.direction]
        back = "back" if self.direction == "up" else "up again"
        each = f" for each {', '.join(self.by)}" if self.by else ""
        file = " within each file" if self.within == "file" else ""
        how = f"always {goes}" if self.strictly else f"never goes {back}"
        return f"{how}{each}{file}"

    @override
    def look(self, view: View) -> Seen:
        cells = view.cells(self.column)
        values, series, known = ordered(cells)
        values, rows = values[known], cells.rows[known]
        group = self._groups(view)[rows] + series[known]
        at = view.positions[rows]
        order = np.argsort(group, kind="stable")
        group, values, at = group[order], values[order], at[order]
        same = group[1:] == group[:-1]
        wrong = same & _goes_back(values[:-1], values[1:], self._sign, self.strictly)
        starts, ends = np.append(True, ~same), np.append(~same, True)
        starts, ends = starts[: len(group)], ends[: len(group)]
        piece = (group[starts], values[starts], at[starts], values[ends], at[ends])
        return Runs(
            view.rows,
            Blame.of(np.unique(at[1:][wrong])),
            Blame.of(view.positions[np.unique(cells.rows[~known])]),
            (dict(zip(_FIELDS, piece, strict=True)),),
        )

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: Runs = seen or Runs()
        back = found.bad(self._sign, self.strictly)
        rows = union((back, found.strange))
        told = [of_rows(len(back), found.total) + (" out of order" if back else "")]
        if len(found.strange):
            told.append(f"no number or time in {counted(len(found.strange), 'rows')}")
        return Evidence(
            len(rows) <= self.at_most.of(found.total),
            ", ".join(told),
            rows,
            self.columns,
            fix=f"sort the export by {', '.join([*self.by, self.column])}, "
            "or find out which part of it was put in the wrong place",
            total=found.total,
        )

    @property
    def _sign(self) -> int:
        return 1 if self.direction == "up" else -1

    def _groups(self, view: View) -> npt.NDArray[np.uint64]:
        groups = row_hashes(view.table, self.by)
        groups = groups + hash_words(_binary(view.split))
        if self.within == "file" and len(view.positions):
            groups = groups + hash_numbers(part_of(view.positions) + 1)
        return groups


def ordered(cells: Cells) -> tuple[Ordered, npt.NDArray[np.uint64], Any]:
    """Values as integers in the same order, what each is, and which have an order.

    Numbers and times are different series: one is never before the other.
    """
    none = np.zeros(len(cells.values), np.uint64)
    numbers = cells.numbers()
    if numbers.dtype.kind in "iu":
        return numbers.astype(np.int64), none, np.ones(len(numbers), np.bool_)
    known = ~np.isnan(numbers)
    found = _as_ordered(numbers)
    if cells.is_number or known.all():
        return found, none, known
    micros, is_time = parse_times(cells.values)
    is_time &= ~known
    return np.where(known, found, micros), none + is_time, known | is_time


def _as_ordered(numbers: npt.NDArray[Any]) -> Ordered:
    """IEEE 754 numbers as integers that compare as they do."""
    bits = (
        np.nan_to_num(numbers.astype(np.float64), posinf=np.inf, neginf=-np.inf) + 0.0
    ).view(np.int64)
    return np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits)


def _goes_back(before: Ordered, after: Ordered, sign: int, strictly: bool) -> Any:
    low, high = (before, after) if sign > 0 else (after, before)
    return high <= low if strictly else high < low


def _binary(text: str) -> pa.Array:
    return pa.array([text.encode()], pa.large_binary())
