"""Examples as the record batches that TFT's graphs take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from tidegate.columnar.dataset import Batch
from tidegate.columnar.discovery import artifact_files
from tidegate.columnar.example_decoding import as_list
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.scan import scan
from tidegate.columnar.tf_record import read_record_batches
from tidegate.errors import DataError
from tidegate.transform.request import Split

_T = TypeVar("_T")
_S = TypeVar("_S")
# A graph sets its tables up anew in every call, so small batches cost more.
_ROWS = 32_768


def read(
    split: Split,
    schema: pa.Schema,
    look: Callable[[pa.RecordBatch], _T],
    also: Callable[[pa.Table], _S] | None = None,
) -> Iterator[tuple[list[_T], _S | None]]:
    """What is made of some ten thousand rows at a time, in order, on threads.

    A split may be empty, as it may for the stock Transform.

    Args:
        split: The split.
        schema: Types of the columns, as TFX's own reader would give them.
        look: Called with batches of these columns.
        also: Called with the same rows as they were read.

    Raises:
        DataError: The examples cannot be read, or not as the schema says.
    """
    if is_empty(split):
        return iter(())
    dataset = open_artifact(
        split.artifact, [split.name], columns=schema.names, with_lines=False
    )

    def looked(batch: Batch) -> tuple[list[_T], _S | None]:
        table = batch.table
        made = [look(piece) for piece in _pieces(table, schema)]
        return made, None if also is None else also(table)

    return scan(dataset, looked)


def is_empty(split: Split) -> bool:
    """Whether the files of a split are whole, but none of them has a record."""
    paths = [
        path for name, path in artifact_files(split.artifact) if name == split.name
    ]
    return bool(paths) and all(_has_no_record(path) for path in paths)


def _has_no_record(path: Path) -> bool:
    # A file without a byte was cut: an empty one has at least gzip's own header.
    return path.stat().st_size > 0 and next(read_record_batches(path), None) is None


def _pieces(table: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for start in range(0, table.num_rows, _ROWS):
        yield as_batch(table.slice(start, _ROWS), schema)


def as_batch(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    """The table in one batch with the columns of `schema`, lists all of them.

    Raises:
        DataError: A column holds another kind of value than the schema says.
    """
    arrays = [_column(table, wanted) for wanted in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(table: pa.Table, wanted: pa.Field) -> pa.Array:
    place = table.schema.get_field_index(wanted.name)
    if place < 0:
        return pa.nulls(table.num_rows, wanted.type)
    column = table.column(place)
    whole = column.chunk(0) if column.num_chunks == 1 else _joined(column)
    if pa.types.is_null(whole.type):
        return pa.nulls(len(whole), wanted.type)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    is_list = pa.types.is_list(whole.type) or pa.types.is_large_list(whole.type)
    value = whole.type.value_type if is_list else whole.type
    if _kind(value) != _kind(wanted.type.value_type):
        raise _other_kind(wanted, value)
    target = wanted.type if is_list else wanted.type.value_type
    return as_list(whole if whole.type == target else whole.cast(target))


def _joined(column: pa.ChunkedArray) -> pa.Array:
    if not column.num_chunks:
        return pa.array([], column.type)
    return pa.concat_arrays(column.chunks)


def _kind(kind: Any) -> str:
    if pa.types.is_integer(kind):
        return "integers"
    return "floats" if pa.types.is_floating(kind) else "bytes"


def _other_kind(wanted: pa.Field, found: Any) -> DataError:
    return DataError(
        f"the feature {wanted.name!r} is not of the type that the schema says",
        where=f"feature {wanted.name!r}",
        expected=_kind(wanted.type.value_type),
        got=_kind(found),
        fix="write the examples again in the schema's type, or correct the schema",
    )


def unsupported_columns(schema: pa.Schema) -> Sequence[str]:
    """Columns of types that this module cannot give."""
    return [one.name for one in schema if not _is_plain(one.type)]


def _is_plain(kind: Any) -> bool:
    if not pa.types.is_large_list(kind):
        return False
    value = kind.value_type
    return bool(value in (pa.int64(), pa.float32()) or pa.types.is_large_binary(value))
