"""Tests of the border between train and eval: no row on both sides, none ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests import times
from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    Notes,
    of_rows,
)
from tidegate.data_tests.catalogue.cells import canonical
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.row_hashes import row_hashes
from tidegate.data_tests.sql import Hashes, check_syntax
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

TRAIN = "train"
_MOST_SPLITS = 20
_ONE_SPLIT = (
    "only one split: give the folder of an Examples artifact, or say what parts the "
    "rows with `by: split` or with `train:` and `eval:`"
)


class SplitsTest(DataTest):
    """A test of two or more splits: those of the data, or what parts its rows."""

    family: ClassVar[Family] = "label"
    blames: ClassVar[bool] = True

    by: str | None = Field(
        default=None,
        min_length=1,
        description="column that names each row's split, where files do not",
    )
    train: str | None = Field(
        default=None, description="SQL condition of the rows to train on"
    )
    eval: str | None = Field(
        default=None, description="SQL condition of the rows to evaluate on"
    )

    @field_validator("train", "eval")
    @classmethod
    def _parses(cls, condition: str | None) -> str | None:
        if condition is None:
            return None
        check_syntax(condition)
        return condition.strip()

    @model_validator(mode="after")
    def _one_way(self) -> SplitsTest:
        if (self.train is None) != (self.eval is None):
            raise ValueError("train and eval go together")
        if self.by is not None and self.train is not None:
            raise ValueError("by and train say both what parts the rows; give one")
        return self

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return () if self.by is None else (self.by,)

    @property
    @override
    def conditions(self) -> tuple[str, ...]:
        if self.train is None or self.eval is None:
            return ()
        return (self.train, self.eval)

    def parts(self, view: View) -> Iterator[tuple[str, Rows]]:
        """Name of each split, and its rows by their number in the view."""
        if self.train is not None and self.eval is not None:
            yield TRAIN, np.flatnonzero(view.true_of(self.train)).astype(np.int64)
            yield "eval", np.flatnonzero(view.true_of(self.eval)).astype(np.int64)
        elif self.by is None:
            yield view.split, np.arange(view.rows)
        else:
            found = view.cells(self.by)
            held, codes = found.distinct()
            single = pa.types.is_float32(found.values.type)
            for place, value in enumerate(held):
                yield canonical(value, single), np.unique(found.rows[codes == place])


def in_order(names: Sequence[str]) -> list[str]:
    """The splits, train first, then by name."""
    return sorted(set(names), key=lambda name: (name != TRAIN, name))


@dataclass(frozen=True, eq=False)
class HashesBySplit:
    """Hashes of rows, each with its position, by split."""

    pieces: tuple[tuple[str, Hashes, Rows], ...] = ()

    def merge(self, other: HashesBySplit) -> HashesBySplit:
        """The rows of both."""
        return HashesBySplit(self.pieces + other.pieces)

    @property
    def names(self) -> list[str]:
        """The splits that have rows, in their order."""
        return in_order([name for name, _, rows in self.pieces if len(rows)])

    def of(self, split: str) -> tuple[Hashes, Rows]:
        """Hashes and positions of one split."""
        held = [piece for piece in self.pieces if piece[0] == split]
        return (
            np.concatenate([np.zeros(0, np.uint64), *(h for _, h, _ in held)]),
            np.concatenate([np.zeros(0, np.int64), *(r for _, _, r in held)]),
        )

    def again(self) -> Mapping[str, Rows]:
        """By split, the rows that are also in a split before it."""
        names, found = self.names, {}
        before = np.zeros(0, np.uint64)
        for name in names:
            hashes, positions = self.of(name)
            # A row without any value is like every other one.
            twice = np.isin(hashes, before) & (hashes != 0)
            found[name] = positions[twice]
            before = np.concatenate([before, np.unique(hashes)])
        return found


class SplitsApart(SplitsTest):
    """No row of one split is in another one too."""

    name: ClassVar[str] = "splits_apart"
    why: ClassVar[str] = (
        "rows that a model was trained on and is then praised for knowing"
    )
    default: ClassVar[str] = (
        "the suite's `key`, else all columns; the splits of the data; `at_most: 0`. "
        "Blames the rows of eval. Rows without any value in these columns are left out"
    )
    example: ClassVar[str] = (
        'splits_apart: {columns: [tailnum, time_hour], train: "month < 10", '
        'eval: "month >= 10"}'
    )

    key: list[str] | None = Field(
        default=None,
        min_length=1,
        alias="columns",
        description="columns that make two rows the same",
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows of later splits that may be in an earlier one"
    )

    model_config = DataTest.model_config | {"populate_by_name": True}

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        key = settings.get("key")
        if not key or {"key", "columns"} & set(parameters):
            return parameters
        return {**parameters, "columns": key}

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.key) if self.key else "rows"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        return f"{most} in two splits"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *(self.key or ()))

    @override
    def look(self, view: View) -> HashesBySplit:
        columns = self.key or [n for n in view.table.column_names if n != self.by]
        hashes = row_hashes(view.table, columns)
        return HashesBySplit(
            tuple((n, hashes[at], view.positions[at]) for n, at in self.parts(view))
        )

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: HashesBySplit = seen or HashesBySplit()
        names = found.names
        if len(names) < 2:
            return Evidence(None, _ONE_SPLIT)
        if len(names) > _MOST_SPLITS:
            return Evidence(False, f"{self.by} names {counted(len(names), 'splits')}")
        again = found.again()
        rows = Blame.anywhere(np.concatenate(list(again.values())))
        total = sum(len(found.of(name)[1]) for name in names[1:])
        told = [
            f"{of_rows(len(again[name]), len(found.of(name)[1]))} of "
            f"{printable(name, 30)} also in {_before(names, name)}"
            for name in names
            if len(again[name])
        ]
        return Evidence(
            len(rows) <= self.at_most.of(total),
            "; ".join(told) or f"no row of {_listed(names)} in two of them",
            rows,
            self.columns,
            fix="split by key instead of by row, or remove the copies before the split",
            total=total,
        )


@dataclass(frozen=True)
class Reaches:
    """The first and the last time of each split, in microseconds since 1970."""

    of: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def merge(self, other: Reaches) -> Reaches:
        """The times of both."""
        both = dict(self.of)
        for name, (first, last) in other.of.items():
            held = both.get(name, (first, last))
            both[name] = (min(held[0], first), max(held[1], last))
        return Reaches(both)

    @property
    def start(self) -> int | None:
        """When the first row of a split other than train is; None without two."""
        others = [reach[0] for name, reach in self.of.items() if name != self.train]
        return min(others, default=None)

    @property
    def train(self) -> str:
        """Name of the split to train on: the first one."""
        return in_order(list(self.of))[0]


class SplitsInTime(SplitsTest):
    """Nothing to train on is later than the first row to evaluate on."""

    name: ClassVar[str] = "splits_in_time"
    why: ClassVar[str] = (
        "a model that knows the future of what it is judged by: splits at random, or "
        "rows that came late"
    )
    default: ClassVar[str] = (
        "the suite's `time`; the splits of the data; `at_most: 0`. Blames the rows of "
        "train; one at the very time of the first row of eval is allowed"
    )
    example: ClassVar[str] = (
        'splits_in_time: {column: time_hour, train: "month < 10", eval: "month >= 10"}'
    )

    column: str | None = Field(
        default=None, min_length=1, description="column that tells when a row happened"
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows of train that may be later than eval's first"
    )

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        time = settings.get("time")
        if "column" in parameters or not isinstance(time, str):
            return parameters
        return {**parameters, "column": time}

    @property
    @override
    def subject(self) -> str:
        return self.column or "time"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        return f"{most} of train later than the first of eval"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *(() if self.column is None else (self.column,)))

    @override
    def look(self, view: View) -> Reaches | None:
        if self.column is None:
            return None
        found = times.times_of(view.cells(self.column))
        reaches: dict[str, tuple[int, int]] = {}
        for name, rows in self.parts(view):
            inside = found.micros[np.isin(found.rows, rows)]
            if len(inside):
                reaches[name] = (int(inside.min()), int(inside.max()))
        return Reaches(reaches)

    @override
    def again(self, seen: Any, whole: Whole) -> RowTest | None:
        start = None if seen is None else seen.start
        if start is None or seen.of[seen.train][1] <= start:
            return None
        return _LaterRows(
            by=self.by,
            train=self.train,
            eval=self.eval,
            column=self.subject,
            split=seen.train,
            start=start,
            at_most=self.at_most,
        )

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        if self.column is None:
            return Evidence(
                None,
                "no column of times is named",
                fix="name it in the suite, `time: time_hour`, or here, `column:`",
            )
        found: Reaches = seen or Reaches()
        start = found.start
        if start is None:
            return Evidence(None, _ONE_SPLIT)
        last = times.told(found.of[found.train][1])
        told = f"{printable(found.train, 30)} ends {last}"
        return Evidence(
            True, f"{told}, the others begin {times.told(start)}", columns=self.columns
        )


class _LaterRows(SplitsTest, RowTest):
    """Rows of train later than a time. Its total are the rows of train."""

    column: str
    split: str
    start: int

    @property
    @override
    def subject(self) -> str:
        return self.column

    @property
    @override
    def expectation(self) -> str:
        return f"not after {times.told(self.start)}"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, self.column)

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        mine = np.concatenate(
            [np.zeros(0, np.int64)]
            + [rows for name, rows in self.parts(view) if name == self.split]
        )
        found = times.times_of(view.cells(self.column))
        inside = found.micros[np.isin(found.rows, mine)]
        late = np.isin(found.rows, mine) & (found.micros > self.start)
        last = float(inside.max()) if late.any() else None
        return found.blame(late), Notes({"rows": len(mine)}, high=last)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        total = seen.notes.words.get("rows", 0)
        last = times.told(int(seen.notes.high or self.start))
        count = len(seen.blame)
        return Evidence(
            count <= self.at_most.of(total),
            f"{of_rows(count, total)} of {printable(self.split, 30)}, up to {last}; "
            f"the others begin {times.told(self.start)}",
            seen.blame,
            self.columns,
            fix=f"split by {self.column}: all of train before all of eval",
            total=total,
        )


def _before(names: Sequence[str], name: str) -> str:
    return _listed(names[: names.index(name)])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(printable(name, 30) for name in names[:4])
