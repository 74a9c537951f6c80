"""Arrow files of columns, written batch by batch and read in any order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.example_decoding import Mask, with_absent
from tidegate.columnar.formats import shown
from tidegate.columnar.parquet_sink import conformed
from tidegate.columnar.tf_example import NullMeans
from tidegate.errors import DataError

if int(pa.__version__.split(".")[0]) < 14:
    # Before 14.0.1 a crafted file could run code when read; this turns it off.
    import pyarrow_hotfix  # noqa: F401

_t = pa.types
# Half as large as with lz4, and read and checked against a digest as fast.
_PACKED = "zstd"
_ROWS = 1 << 16
_BYTES = 32 << 20
_SCALARS = (pa.int64(), pa.float32(), pa.large_string(), pa.large_binary(), pa.null())


class ColumnFile:
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
        self.path = path
        self._null_means = null_means
        self.batches: list[int] = []
        self._hidden = path.with_name(f".{path.name}.{os.getpid()}")
        self._stream: Any = None
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

    def close(self) -> Path:
        """Syncs the file and gives it its name."""
        self._flush()
        if self._writer is None:
            self._open(pa.schema([]))
        self._writer.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        os.replace(self._hidden, self.path)
        return self.path

    def discard(self) -> None:
        """Removes what was written."""
        if self._stream is not None:
            self._stream.close()
        self._hidden.unlink(missing_ok=True)

    def __enter__(self) -> ColumnFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

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
        kinds: dict[str, pa.DataType] = {}
        for name in sorted({name for schema in schemas for name in schema.names}):
            found = [_type_of(schema, name) for schema in schemas]
            kind = reduce(_wider, found)
            single = not (_t.is_null(kind) or _t.is_large_list(kind))
            if single and self._null_means == "empty" and pa.null() in found:
                # Features that are not there beside lists without values.
                kind = pa.large_list(kind)
            kinds[name] = kind
        return pa.schema(kinds.items())

    def _open(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._stream = open(self._hidden, "wb")  # noqa: SIM115
        options = pa.ipc.IpcWriteOptions(compression=_PACKED)
        self._writer = pa.ipc.new_file(self._stream, schema, options=options)

    def _widen(self, schema: pa.Schema) -> None:
        """Writes what is there anew in wider types, since a file has one schema."""
        self._writer.close()
        self._stream.close()
        before = self._hidden.with_name(f"{self._hidden.name}.before")
        os.replace(self._hidden, before)
        try:
            self._open(schema)
            for place in range(len(self.batches)):
                held = pa.Table.from_batches([_read(before, place, None)])
                self._writer.write_batch(_one_batch(_cast(held, schema)))
        finally:
            before.unlink()


def read_columns(
    path: Path,
    place: int,
    rows: int,
    null_means: NullMeans,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """One batch of a file of columns, as decoding its records would give it.

    But for one thing: a column of which all values are missing here keeps its
    type, which tells lists without values from features that are not there.

    Args:
        path: The file.
        place: Number of the batch, counted from 0.
        rows: Its number of rows.
        null_means: What the file was written with.
        columns: Columns to read; None reads all.

    Raises:
        DataError: The file is not as it was when it was written.
    """
    try:
        batch = _read(path, place, columns)
        batch.validate()
    except (OSError, ValueError, LookupError, pa.ArrowException) as error:
        raise _changed(path, rows, str(error).splitlines()[0]) from error
    if batch.num_rows != rows or not all(map(_is_held, batch.schema.types)):
        raise _changed(path, rows, f"{batch.num_rows:,} rows of {batch.schema.types}")
    names = batch.schema.names
    made = [_natural(column) for column in batch.columns]
    absent: dict[str, Mask] = {}
    for name, column, now in zip(names, batch.columns, made, strict=True):
        told = null_means == "absent" or _t.is_large_list(column.type)
        single = not (_t.is_large_list(now.type) or _t.is_null(now.type))
        if told and single and column.null_count:
            absent[name] = np.asarray(column.is_null())
    return with_absent(pa.Table.from_arrays(made, names), absent)


def raw_batches(path: Path, count: int) -> Iterator[pa.Table]:
    """The batches of a file of columns as they were written."""
    for place in range(count):
        yield pa.Table.from_batches([_read(path, place, None)])


def _read(path: Path, place: int, columns: Sequence[str] | None) -> pa.RecordBatch:
    with pa.OSFile(str(path)) as source:
        reader = pa.ipc.open_file(source)
        if columns is None:
            return reader.get_batch(place)
        names = reader.schema.names
        fields = [number for number, name in enumerate(names) if name in columns]
        if not fields:
            raise KeyError(f"none of the columns {', '.join(columns)}")
        options = pa.ipc.IpcReadOptions(included_fields=fields)
        return pa.ipc.open_file(source, options=options).get_batch(place)


def _is_held(kind: pa.DataType) -> bool:
    return (kind.value_type if _t.is_large_list(kind) else kind) in _SCALARS


def _natural(column: pa.Array) -> pa.Array:
    """The column in the type that decoding records gives."""
    if _t.is_large_list(column.type):
        return _as_scalars(column)
    return _as_text(column) if _t.is_large_binary(column.type) else column


def _as_scalars(column: pa.Array) -> pa.Array:
    """Lists as single values where none of them has several."""
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0))
    if counts.max(initial=0) > 1:
        return column
    places = np.cumsum(counts) - 1
    values = column.flatten().take(pa.array(places, mask=counts == 0))
    return _as_text(values) if _t.is_large_binary(values.type) else values


def _as_text(column: pa.Array) -> pa.Array:
    """Bytes as text where all of them are UTF-8."""
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid:
        return column


def _type_of(schema: pa.Schema, name: str) -> pa.DataType:
    return schema.field(name).type if name in schema.names else pa.null()


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
    columns = [
        conformed(table[field.name], field.type)
        if field.name in table.column_names
        else pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        for field in schema
    ]
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


def _changed(path: Path, rows: int, got: str) -> DataError:
    return DataError(
        "the columns of the examples changed while they were read",
        where=shown(path),
        expected=f"a batch of {rows:,} rows as it was written",
        got=shown(got),
        fix="run again when nothing writes to the artifact any more",
    )
