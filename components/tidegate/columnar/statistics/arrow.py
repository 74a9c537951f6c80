"""Columns of any shape as their values, without nulls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tidegate.errors import ComponentError

_FLOATS = (pa.float32(), pa.float64())


@dataclass(frozen=True, eq=False)
class FlatColumn:
    """The values of a column and the shape of its rows.

    Attributes:
        values: int64, float32, float64 or large binary, without nulls.
        kind: "int", "float", "text", "bytes", or "none" if no type is known.
        rows: Number of rows.
        null_rows: Rows that are null.
        empty_rows: Rows that are a list without values.
        lengths: Values of each row that is not null; None if no row is a list.
    """

    values: pa.Array
    kind: str
    rows: int
    null_rows: int
    empty_rows: int = 0
    lengths: pa.Array | None = None


def flatten(column: pa.Array | pa.ChunkedArray) -> FlatColumn:
    """The values of a column.

    Raises:
        ComponentError: The column is of a type that examples cannot hold.
    """
    array = _in_one_piece(column)
    rows, null_rows = len(array), array.null_count
    if not _is_list(array.type):
        values, kind = plain(array)
        return FlatColumn(values, kind, rows, null_rows)
    if null_rows:
        array = array.drop_null()
    offsets = np.asarray(array.offsets, np.int64)
    values, kind = plain(array.values.slice(offsets[0], offsets[-1] - offsets[0]))
    lengths = np.diff(offsets)
    empty = len(lengths) - int(np.count_nonzero(lengths))
    return FlatColumn(values, kind, rows, null_rows, empty, pa.array(lengths))


def _in_one_piece(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if not column.num_chunks:
        return pa.array([], column.type)
    return pa.concat_arrays(column.chunks)


def plain(array: pa.Array) -> tuple[pa.Array, str]:
    """Values in one of four types, and their kind."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_null(kind):
        return pa.array([], pa.int64()), "none"
    if array.null_count:
        array = array.drop_null()
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return array if kind == pa.int64() else array.cast(pa.int64()), "int"
    if pa.types.is_floating(kind):
        return array if kind in _FLOATS else array.cast(pa.float32()), "float"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return array.cast(pa.large_binary()), "text"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return array.cast(pa.large_binary()), "bytes"
    raise ComponentError(
        "a column of this type cannot be profiled",
        expected="integers, floats, text, bytes, or lists of these",
        got=str(kind),
        fix="convert the column when it is read",
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
