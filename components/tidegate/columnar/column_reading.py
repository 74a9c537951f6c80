"""Batches of an Arrow file of columns, read in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.example_decoding import Mask, with_absent
from tidegate.columnar.formats import shown
from tidegate.columnar.tf_example import NullMeans
from tidegate.errors import DataError

if int(pa.__version__.split(".")[0]) < 14:
    # Before 14.0.1 a crafted file could run code when read; this turns it off.
    import pyarrow_hotfix  # noqa: F401

_t = pa.types
_SCALARS = (pa.int64(), pa.float32(), pa.large_string(), pa.large_binary(), pa.null())


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
        batch = read_batch(path, place, columns)
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
        yield pa.Table.from_batches([read_batch(path, place)])


def read_batch(
    path: Path, place: int, columns: Sequence[str] | None = None
) -> pa.RecordBatch:
    """One batch of a file of columns as it was written."""
    with pa.OSFile(str(path)) as source:
        reader = pa.ipc.open_file(source)
        if columns is None:
            return reader.get_batch(place)
        wanted = set(columns)
        names = reader.schema.names
        fields = [number for number, name in enumerate(names) if name in wanted]
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


def _changed(path: Path, rows: int, got: str) -> DataError:
    return DataError(
        "the columns of the examples changed while they were read",
        where=shown(path),
        expected=f"a batch of {rows:,} rows as it was written",
        got=shown(got),
        fix="run again when nothing writes to the artifact any more",
    )
