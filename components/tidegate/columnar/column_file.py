"""Arrow files of columns, written batch by batch."""

from __future__ import annotations

import os
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa

from tidegate.columnar.column_reading import read_batch
from tidegate.columnar.parquet_sink import conformed_columns
from tidegate.columnar.tf_example import NullMeans
from tidegate.columnar.whole_file import WholeFile

_t = pa.types
# Half as large as with lz4, and read and checked against a digest as fast.
_PACKED = "zstd"
_ROWS = 1 << 16
_BYTES = 32 << 20


class ColumnFile(WholeFile):
    """Writes tables below each other as batches of some ten thousand rows.

    Args:
        path: The file. Nothing is there by this name before `close`.
        null_means: What a null of a column that is not of lists stands for; see
            `tf_example.encode`. In columns of lists it is a feature that is not
            there, and a list without values is just that.

    Attributes:
        batches: Rows of each batch written.
    """

    def __init__(self, path: Path, null_means: NullMeans) -> None:
        super().__init__(path)
        self._null_means = null_means
        self.batches: list[int] = []
        self._writer: Any = None
        self._schema: pa.Schema | None = None
        self._held: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        """Adds rows; their columns are sorted by name."""
        if not table.num_rows:
            return
        self._held.append(table.select(sorted(table.column_names)))
        rows = sum(one.num_rows for one in self._held)
        if rows >= _ROWS or sum(one.nbytes for one in self._held) >= _BYTES:
            self._flush()

    def _finish(self) -> None:
        self._flush()
        if self._writer is None:
            self._open(pa.schema([]))
        self._writer.close()

    def _flush(self) -> None:
        if not self._held:
            return
        wanted = self._joined([one.schema for one in self._held])
        if self._schema is None:
            self._open(wanted)
        elif wanted != self._schema:
            self._widen(wanted)
        table = pa.concat_tables([_cast(one, wanted) for one in self._held])
        self._held.clear()
        self._writer.write_batch(_one_batch(table))
        self.batches.append(table.num_rows)

    def _joined(self, schemas: list[pa.Schema]) -> pa.Schema:
        """Names and types that hold all columns, sorted by name."""
        if self._schema is not None:
            schemas = [self._schema, *schemas]
        types = [dict(zip(one.names, one.types, strict=True)) for one in schemas]
        kinds: dict[str, pa.DataType] = {}
        for name in sorted({name for held in types for name in held}):
            found = [held.get(name, pa.null()) for held in types]
            kind = reduce(_wider, found)
            single = not (_t.is_null(kind) or _t.is_large_list(kind))
            if single and self._null_means == "empty" and pa.null() in found:
                # Features that are not there beside lists without values.
                kind = pa.large_list(kind)
            kinds[name] = kind
        return pa.schema(kinds.items())

    def _open(self, schema: pa.Schema) -> None:
        self._schema = schema
        stream = self._begin()
        options = pa.ipc.IpcWriteOptions(compression=_PACKED)
        self._writer = pa.ipc.new_file(stream, schema, options=options)

    def _widen(self, schema: pa.Schema) -> None:
        """Writes what is there anew in wider types, since a file has one schema."""
        self._writer.close()
        if self._stream is not None:
            self._stream.close()
        before = self._hidden.with_name(f"{self._hidden.name}.before")
        os.replace(self._hidden, before)
        try:
            self._open(schema)
            for place in range(len(self.batches)):
                held = pa.Table.from_batches([read_batch(before, place)])
                self._writer.write_batch(_one_batch(_cast(held, schema)))
        finally:
            before.unlink()


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if _t.is_null(one) or one == other:
        return other
    if _t.is_null(other):
        return one
    if _t.is_large_list(one) or _t.is_large_list(other):
        inner = [k.value_type if _t.is_large_list(k) else k for k in (one, other)]
        return pa.large_list(_wider(*inner))
    if {one, other} == {pa.large_string(), pa.large_binary()}:
        return pa.large_binary()
    raise pa.ArrowTypeError(f"a column is {one} here and {other} there")


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = conformed_columns(table, schema)
    return pa.Table.from_arrays(columns, schema=schema)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [whole(column) for column in table.columns], schema=table.schema
    )


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks or [pa.array([], column.type)])
