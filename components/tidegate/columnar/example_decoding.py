"""Serialized tf.Examples to one Arrow table, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.example_layout import decode_alike
from tidegate.errors import DataError

Columns = Mapping[str, pa.Array]
Mask = npt.NDArray[np.bool_]
# In the metadata of a field: which rows lack the feature, one bit a row. The
# others without a value have a list without values; where nothing is said, all.
_ABSENT = b"tidegate.absent"


class DecodedColumns(dict[str, pa.Array]):
    """Arrays by the name of their feature.

    Attributes:
        absent: Rows without the feature, of columns of single values that have
            such rows. In columns of lists they are null.
    """

    def __init__(self, columns: Columns, absent: Mapping[str, Mask]) -> None:
        super().__init__(columns)
        self.absent = dict(absent)


def decode(records: Sequence[bytes], columns: Sequence[str] | None = None) -> pa.Table:
    """The examples as a table, features sorted by name.

    Args:
        records: Serialized tf.Examples.
        columns: Features to keep; None keeps all.

    Raises:
        DataError: A record is not a tf.Example, or a feature changes its kind.
    """
    return as_table([(len(records), decode_columns(records, columns))], columns)


def decode_columns(
    records: Sequence[bytes], columns: Sequence[str] | None = None
) -> DecodedColumns:
    """One array a feature: scalars where no row has several values, else lists."""
    alike = decode_alike(records, columns)
    found = _decode_any(records) if alike is None else DecodedColumns(*alike)
    if columns is None:
        return found
    kept = {name: found[name] for name in columns if name in found}
    absent = {name: mask for name, mask in found.absent.items() if name in kept}
    return DecodedColumns(kept, absent)


def absent_rows(table: pa.Table | pa.RecordBatch, name: str) -> Mask | None:
    """Rows that lack a feature, of those without a value; None if unknown.

    A tf.Example may lack a feature, or have it as a list without values. In a
    column of single values both are null.
    """
    packed = (table.schema.field(name).metadata or {}).get(_ABSENT)
    if packed is None:
        return None
    bits = np.frombuffer(packed, np.uint8)
    return np.unpackbits(bits, count=table.num_rows).view(bool)


def with_absent(table: pa.Table, absent: Mapping[str, Mask]) -> pa.Table:
    """The table, saying which rows lack a feature; see `absent_rows`."""
    if not absent:
        return table
    fields = [
        field.with_metadata({_ABSENT: np.packbits(absent[field.name]).tobytes()})
        if field.name in absent
        else field
        for field in table.schema
    ]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))


def as_table(
    parts: Iterable[tuple[int, Columns]], columns: Sequence[str] | None = None
) -> pa.Table:
    """Parts of a table below each other, each column in one type.

    Args:
        parts: Rows and columns of each part. A column that a part lacks is
            missing in all of its rows.
        columns: The order of the columns; None sorts them by name.

    Raises:
        DataError: A feature has two kinds.
    """
    held = list(parts)
    named = {name for _, part in held for name in part}
    names = sorted(named) if columns is None else [n for n in columns if n in named]
    made = {name: _unified(name, held) for name in names}
    return with_absent(pa.table(made), _absent(made, held))


def _absent(
    made: Mapping[str, pa.ChunkedArray], parts: Sequence[tuple[int, Columns]]
) -> dict[str, Mask]:
    """Rows without the feature, of each column of single values that has some."""
    found: dict[str, Mask] = {}
    for name, column in made.items():
        if _is_list(column.type) or pa.types.is_null(column.type):
            continue
        masks = [_absent_in(name, rows, part) for rows, part in parts]
        if any(mask is not None for mask in masks):
            found[name] = np.concatenate(
                [
                    np.zeros(rows, bool) if mask is None else mask
                    for mask, (rows, _) in zip(masks, parts, strict=True)
                ]
            )
    return found


def _absent_in(name: str, rows: int, part: Columns) -> Mask | None:
    if name not in part or pa.types.is_null(part[name].type):
        return np.ones(rows, bool)
    return part.absent.get(name) if isinstance(part, DecodedColumns) else None


def _unified(name: str, parts: Sequence[tuple[int, Columns]]) -> pa.ChunkedArray:
    chunks = [part[name] if name in part else pa.nulls(rows) for rows, part in parts]
    if any(_is_list(chunk.type) for chunk in chunks):
        chunks = [as_list(chunk) for chunk in chunks]
    kinds = {chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)}
    if len(kinds) > 1:
        raise _two_kinds(name, [str(kind) for kind in kinds])
    kind = kinds.pop() if kinds else pa.null()
    filled = [pa.nulls(len(c), kind) if pa.types.is_null(c.type) else c for c in chunks]
    return _as_text(pa.chunked_array(filled, kind))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as text if it is bytes and all of them are UTF-8."""
    if not pa.types.is_large_binary(column.type):
        return column
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid:
        return column


def _decode_any(records: Sequence[bytes]) -> DecodedColumns:
    from tfx_bsl.coders import example_coder

    try:
        batch = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(list(records))
    except (RuntimeError, ValueError) as error:
        raise DataError(
            "the records cannot be decoded",
            expected="tf.Examples whose features keep their kind",
            got=str(error).splitlines()[0],
            fix="write the examples again with one type for each feature",
        ) from error
    lists = dict(zip(batch.schema.names, batch.columns, strict=True))
    found = {name: _as_scalar(column) for name, column in lists.items()}
    absent = {
        name: np.asarray(column.is_null())
        for name, column in lists.items()
        if column.null_count and not pa.types.is_null(column.type)
        if not _is_list(found[name].type)
    }
    return DecodedColumns(found, absent)


def _as_scalar(column: pa.Array) -> pa.Array:
    """A list column as scalars if no list has several values."""
    if not _is_list(column.type):
        return column
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0))
    if counts.size and counts.max() > 1:
        return column
    places = np.cumsum(counts) - 1
    return column.flatten().take(pa.array(places, mask=counts == 0))


def as_list(column: pa.Array) -> pa.Array:
    """A column of single values as lists of one; a missing value as no list."""
    if _is_list(column.type) or pa.types.is_null(column.type):
        return column
    valid = np.asarray(column.is_valid())
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(valid)])
    # A null offset makes its list null, as a missing value is.
    mask = np.append(~valid, False)
    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64(), mask=mask), column.drop_null()
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _two_kinds(name: str, kinds: Sequence[str]) -> DataError:
    return DataError(
        f"the feature {name!r} has values of two kinds",
        expected="one kind of value for each feature",
        got=" and ".join(sorted(kinds)),
        fix="write the examples again with one type for each feature",
    )
