"""Tables in memory as a data set, one part a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from tidegate.columnar.column_kinds import Unstorable, stored, stored_type
from tidegate.columnar.dataset import Batch, Dataset, Part, Task
from tidegate.columnar.examples import Examples
from tidegate.columnar.formats import shown
from tidegate.columnar.provenance import Provenance
from tidegate.errors import DataError

_ROWS = 1 << 16


class TableDataset(Dataset):
    """Arrow tables as a data set.

    Args:
        tables: A table for each split.
        provenance: Source file and line of each row, by split, where known.
    """

    span: int | None = None

    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        provenance: Mapping[str, Provenance] | None = None,
    ) -> None:
        self.parts = tuple(Part(split, split) for split in tables)
        self._tables = tuple(
            _stored_table(split, table) for split, table in tables.items()
        )
        self._provenance = dict(provenance or {})
        for split, places in self._provenance.items():
            rows = tables[split].num_rows
            if len(places) != rows:
                raise ValueError(f"{len(places)} places for {rows} rows of {split!r}")

    @classmethod
    def of(cls, examples: Examples) -> TableDataset:
        """The data set of examples that were read into memory."""
        tables: dict[str, pa.Table] = {}
        start = 0
        for split, rows in examples.splits.items():
            tables[split] = examples.table.slice(start, rows)
            start += rows
        return cls(tables, examples.provenance)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The table of each split, its columns as a data set has them."""
        names = (part.split for part in self.parts)
        return dict(zip(names, self._tables, strict=True))

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the source files, sorted; empty where they are not known."""
        known = self._provenance.values()
        return tuple(sorted({name for places in known for name in places.files}))

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`."""
        for start in range(0, self._tables[part].num_rows, _ROWS):
            yield partial(self._batch, part, start)

    def _batch(self, part: int, start: int) -> Batch:
        table = self._tables[part].slice(start, _ROWS)
        known = self._provenance.get(self.parts[part].split)
        if known is None:
            return Batch(table, part, start)
        rows = slice(start, start + table.num_rows)
        sources = pa.DictionaryArray.from_arrays(
            pa.array(np.asarray(known.file_index[rows], np.int32)),
            pa.array(known.files, pa.string()),
        )
        return Batch(
            table, part, start, np.asarray(known.lines[rows], np.int64), sources
        )


def _stored_table(split: str, table: pa.Table) -> pa.Table:
    columns: list[pa.ChunkedArray] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            chunks = [stored(chunk) for chunk in column.chunks]
        except Unstorable as reason:
            raise DataError(
                f"the column {shown(name)!r} cannot be held by a tf.Example",
                where=f"split {split!r}",
                expected="numbers, text, bytes, dates, or lists of one of these",
                got=str(reason),
                fix="cast it, or give each inner field a column of its own",
            ) from None
        kind = chunks[0].type if chunks else stored_type(column.type)
        columns.append(pa.chunked_array(chunks, kind))
    return pa.Table.from_arrays(columns, table.column_names)
