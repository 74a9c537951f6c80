"""Types of CSV columns, by the stock rule, a column at a time.

The stock rule (TFX's CsvExampleGen): a cell is INT if Python's `int` takes it
and it fits 64 bits, STRING if it does not fit, FLOAT if Python's `float` takes
it, STRING otherwise; an empty cell says nothing. A column has the highest type
of its cells over all files, and one of empty cells only is UNKNOWN.

Arrow's casts decide whole columns at once. They are stricter than Python in
some spellings (" 1", "+1", "1_0") and laxer in others ("0x1F"), so wherever
they might differ the distinct values are judged one by one by the rule itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_INT64 = np.iinfo(np.int64)
# 19 digits may not fit 64 bits; below that every integer does.
_SURE_DIGITS = 18
_LAX = (b"x", b"X", b"(")


class ColumnType(IntEnum):
    """Type of a column; of two, the greater holds for both."""

    UNKNOWN = -1
    INT = 0
    FLOAT = 1
    STRING = 2


_ARROW = {
    ColumnType.UNKNOWN: pa.null(),
    ColumnType.INT: pa.int64(),
    ColumnType.FLOAT: pa.float32(),
    ColumnType.STRING: pa.string(),
}


class TypeInference:
    """Types of the columns in all batches added so far."""

    def __init__(self) -> None:
        self._types: dict[str, ColumnType] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes a batch of string columns into account."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            known = self._types.get(name, ColumnType.UNKNOWN)
            if known is not ColumnType.STRING:
                self._types[name] = max(known, column_type(column, at_least=known))

    @property
    def types(self) -> dict[str, ColumnType]:
        """Type of each column, in the order of the columns."""
        return dict(self._types)


def value_type(value: str) -> ColumnType:
    """Type of one cell, by the stock rule."""
    if not value:
        return ColumnType.UNKNOWN
    try:
        number = int(value.encode())
    except ValueError:
        return ColumnType.FLOAT if _is_float(value) else ColumnType.STRING
    fits = _INT64.min <= number <= _INT64.max
    return ColumnType.INT if fits else ColumnType.STRING


def column_type(
    column: pa.Array, *, at_least: ColumnType = ColumnType.UNKNOWN
) -> ColumnType:
    """Type of a column of strings: the highest type of its cells.

    Args:
        column: Strings, null where a cell is empty.
        at_least: A type known from before, below which the answer is of no use.
    """
    if column.null_count == len(column):
        return ColumnType.UNKNOWN
    if at_least <= ColumnType.INT and _casts(column, pa.int64()):
        return ColumnType.INT
    if not _maybe_odd_integer(column) and _casts(column, pa.float64()):
        # Whole numbers alone were taken above, unless FLOAT was known already.
        return ColumnType.FLOAT
    return _highest(column)


def convert(batch: pa.RecordBatch, types: Mapping[str, ColumnType]) -> pa.RecordBatch:
    """The batch with each column in the Arrow type of its column type.

    Args:
        batch: String columns.
        types: A type for each, at least as high as all cells.
    """
    names: Sequence[str] = batch.schema.names
    columns = [_as_type(c, types[n]) for n, c in zip(names, batch.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names)


def _as_type(column: pa.Array, kind: ColumnType) -> pa.Array:
    if kind is ColumnType.STRING:
        return column
    if kind is ColumnType.UNKNOWN:
        return pa.nulls(len(column))
    if kind is ColumnType.INT:
        return _cast(column, pa.int64(), int)
    doubles = _cast(column, pa.float64(), float)
    with np.errstate(over="ignore"):
        # As the stock reader: what is too great for 32 bits becomes infinite.
        values = np.asarray(doubles.fill_null(0.0)).astype(np.float32)
    missing = np.asarray(doubles.is_null()) if doubles.null_count else None
    return pa.array(values, _ARROW[kind], mask=missing)


def _cast(
    column: pa.Array, kind: pa.DataType, parse: Callable[[bytes], object]
) -> pa.Array:
    """The numbers in a column, by Arrow where it reads as Python does."""
    if _spelled_plainly(column):
        try:
            return column.cast(kind)
        except pa.ArrowInvalid:
            pass
    coded = column.dictionary_encode()
    values = [parse(value.encode()) for value in coded.dictionary.to_pylist()]
    return pa.array(values, kind).take(coded.indices)


def _casts(column: pa.Array, kind: pa.DataType) -> bool:
    try:
        column.cast(kind)
    except pa.ArrowInvalid:
        return False
    return _spelled_plainly(column)


def _spelled_plainly(column: pa.Array) -> bool:
    """False where Arrow may read as a number what Python does not: 0x1F, nan(1)."""
    buffer = column.buffers()[2]
    # The buffer may hold more cells than a slice does, which errs on the safe side.
    text = buffer.to_pybytes() if buffer else b""
    return not any(sign in text for sign in _LAX)


def _maybe_odd_integer(column: pa.Array) -> bool:
    """True where a whole number may have been taken for none by Arrow's cast.

    It may be too long for 64 bits, or start with a plus sign, which Arrow's
    integers refuse and, in newer versions, its floats take.
    """
    longest = pc.max(pc.binary_length(column)).as_py()
    if longest is not None and longest > _SURE_DIGITS:
        return True
    return bool(pc.any(pc.match_substring(column, "+")).as_py())


def _highest(column: pa.Array) -> ColumnType:
    highest = ColumnType.UNKNOWN
    for value in column.unique().to_pylist():
        highest = max(highest, value_type(value or ""))
        if highest is ColumnType.STRING:
            break
    return highest


def _is_float(value: str) -> bool:
    try:
        float(value.encode())
    except ValueError:
        return False
    return True
