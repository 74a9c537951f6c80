"""The table of every row that broke a test: where it stands, why, its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.dataset import Batch, Dataset, part_of, row_of
from tidegate.columnar.parquet_sink import conformed
from tidegate.columnar.scan import scan
from tidegate.data_tests.blame import Blame, Rows, union
from tidegate.report.model import Place, RowSample

PRIVATE = "(private)"
MISSING = "(missing)"
Broken: TypeAlias = "Sequence[tuple[str, Blame]]"
Sink: TypeAlias = Callable[[pa.Table], None]
MOST_SAMPLED = 10
_MOST_VALUES = 40
_LONGEST_VALUE = 80


@dataclass(frozen=True)
class RowsReader:
    """Reads single rows of a data set again, each with its place.

    Attributes:
        dataset: The data set.
        counts: Rows of each part.
        private: Columns whose values are masked.
        types: Type of each column over all batches; without it, each table has
            the columns and types of its own batch.
    """

    dataset: Dataset
    counts: Mapping[int, int] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    types: Mapping[str, pa.DataType] = field(default_factory=dict)

    def write(self, broken: Broken, sink: Sink) -> int:
        """Gives every row that broke a test to `sink`, once, in order.

        Args:
            broken: Name and rows of each failed test; two may have one name.
            sink: Gets tables of `file` and `line` (null where not known),
                `split`, `row`, the names of the broken `tests`, then the columns
                of the data. One of theirs that has the name of one of ours gets
                underscores at its end.

        Returns:
            Number of rows.
        """
        wanted = union(blame for _, blame in broken).positions()
        names = [name for name, _ in broken]
        held = [blame.positions() for _, blame in broken]
        written = 0
        for batch, rows in self._taken(wanted):
            places = self.places(batch, rows)
            tests = _tests(names, held, rows + batch.first)
            table = self._named({**places, "tests": tests}, batch, rows)
            written += table.num_rows
            sink(table)
        return written

    def samples(
        self, wanted: Sequence[tuple[Blame, Sequence[str]]]
    ) -> list[tuple[RowSample, ...]]:
        """The first rows of each blame, as text for people.

        Args:
            wanted: Rows, and the columns to show first.
        """
        chosen = [blame.positions(MOST_SAMPLED) for blame, _ in wanted]
        every = np.unique(np.concatenate([np.zeros(0, np.int64), *chosen]))
        found: dict[int, tuple[Place, Batch, int]] = {}
        for batch, rows in self._taken(every):
            places = self.places(batch, rows)
            for number, row in enumerate(rows):
                place = Place(
                    **{name: column[number].as_py() for name, column in places.items()}
                )
                found[int(row) + batch.first] = place, batch, int(row)
        return [
            tuple(self._sample(*found[int(p)], columns) for p in one)
            for one, (_, columns) in zip(chosen, wanted, strict=True)
        ]

    def places(self, batch: Batch, rows: Rows) -> dict[str, pa.Array]:
        """`file`, `line`, `split` and `row` of some rows of a batch.

        `row` counts from 1: in the file where that is known, else in the split.
        """
        part = self.dataset.parts[batch.part]
        count = len(rows)
        file = pa.nulls(count, pa.string())
        if batch.sources is not None:
            file = batch.sources.take(pa.array(rows)).cast(pa.string())
        elif part.path is not None and part.split == "data":
            file = pa.array([part.name] * count, pa.string())
        before = 0
        if part.split != "data":
            before = sum(
                self.counts.get(number, 0)
                for number, other in enumerate(self.dataset.parts[: batch.part])
                if other.split == part.split
            )
        line = pa.nulls(count, pa.int64())
        if batch.lines is not None:
            line = pa.array(batch.lines[rows], pa.int64())
        return {
            "file": file,
            "line": line,
            "split": pa.array([part.split] * count, pa.string()),
            "row": pa.array(rows + batch.start + 1 + before, pa.int64()),
        }

    def _taken(self, positions: Rows) -> Any:
        """Each batch that has some of the rows, and their numbers in it."""
        parts = part_of(positions)
        by_part = {int(p): row_of(positions[parts == p]) for p in np.unique(parts)}

        def choose(batch: Batch) -> tuple[Batch, Rows]:
            rows = by_part[batch.part]
            first, last = np.searchsorted(rows, [batch.start, batch.start + batch.rows])
            return batch, rows[first:last] - batch.start

        left = len(positions)
        for batch, rows in scan(self.dataset, choose, sorted(by_part)):
            if len(rows):
                yield batch, rows
            left -= len(rows)
            if not left:
                return

    def _named(self, columns: dict[str, Any], batch: Batch, rows: Rows) -> pa.Table:
        taken = batch.table.take(pa.array(rows))
        own = dict.fromkeys([*self.types, *taken.column_names])
        for name in own:
            free = name
            while free in columns or (free != name and free in own):
                free += "_"
            if name in self.private:
                columns[free] = pa.array([PRIVATE] * len(rows))
            elif name not in taken.column_names:
                columns[free] = pa.nulls(len(rows), self.types[name])
            else:
                kind = self.types.get(name, taken[name].type)
                columns[free] = conformed(taken[name], kind)
        return pa.table(columns)

    def _sample(
        self, place: Place, batch: Batch, row: int, columns: Sequence[str]
    ) -> RowSample:
        names = dict.fromkeys([*columns, *batch.table.column_names])
        held = [name for name in names if name in batch.table.column_names]
        values = {
            name: PRIVATE
            if name in self.private
            else short(batch.table[name][row].as_py())
            for name in held[:_MOST_VALUES]
        }
        return RowSample(place=place, values=values)


def short(value: object) -> str:
    """A value as text of bounded length."""
    if value is None:
        return MISSING
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _tests(names: Sequence[str], held: Sequence[Rows], positions: Rows) -> pa.Array:
    """For each row the names of the tests that it broke, in their order."""
    flags = np.stack([_among(positions, one) for one in held])
    tests, rows = np.nonzero(flags)
    order = np.argsort(rows, kind="stable")
    ends = np.concatenate([[0], np.cumsum(flags.sum(axis=0))])
    told = pa.array(names, pa.string()).take(pa.array(tests[order]))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), told)


def _among(positions: Rows, held: Rows) -> npt.NDArray[np.bool_]:
    """Which of some positions are held; both ascend."""
    first, last = np.searchsorted(held, [positions[0], positions[-1] + 1])
    return np.isin(positions, held[first:last], assume_unique=True)
