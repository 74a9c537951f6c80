"""Tests of the border between train and eval, and that no row is on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    of_rows,
)
from tidegate.data_tests.catalogue.cells import canonical
from tidegate.data_tests.row_hashes import row_hashes
from tidegate.data_tests.sql import Hashes, check_syntax
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

TRAIN = "train"
_MOST_SPLITS = 20
ONE_SPLIT = (
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
            return Evidence(None, ONE_SPLIT)
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


def _before(names: Sequence[str], name: str) -> str:
    return _listed(names[: names.index(name)])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(printable(name, 30) for name in names[:4])
