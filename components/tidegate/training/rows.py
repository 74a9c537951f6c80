"""Rows as arrays: one dense or ragged array a feature, cut and joined by rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import DataError
from tidegate.training.features import Feature

Indices: TypeAlias = "npt.NDArray[np.int64]"
Array: TypeAlias = "npt.NDArray[Any]"
DTYPES = {"int64": np.int64, "float": np.float32, "bytes": np.object_}
_ARROW = {"int64": pa.int64(), "float": pa.float32(), "bytes": pa.large_binary()}
# What CPython adds to the content of one bytes object in an array of them.
_OBJECT_BYTES = 41


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one feature.

    Attributes:
        flat: Dense: rows × shape. Sparse: the values of all rows in a line.
        lengths: Sparse: the number of values of each row; None where dense.
    """

    flat: Array
    lengths: Indices | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.flat if self.lengths is None else self.lengths)

    @property
    def nbytes(self) -> int:
        """Bytes held, those of the bytes objects included."""
        held = self.flat.nbytes
        if self.flat.dtype == np.object_:
            held += sum(map(len, self.flat.flat)) + _OBJECT_BYTES * self.flat.size
        return held + (0 if self.lengths is None else self.lengths.nbytes)

    @cached_property
    def _starts(self) -> Indices:
        """Where each row's values begin."""
        assert self.lengths is not None
        starts: Indices = np.cumsum(self.lengths) - self.lengths
        return starts

    def take(self, rows: Indices) -> Values:
        """These rows, in this order."""
        if self.lengths is None:
            return Values(self.flat[rows])
        lengths = self.lengths[rows]
        starts = self._starts[rows]
        within = np.arange(lengths.sum()) - np.repeat(
            np.cumsum(lengths) - lengths, lengths
        )
        return Values(self.flat[np.repeat(starts, lengths) + within], lengths)


Rows: TypeAlias = dict[str, Values]


def to_rows(table: pa.Table, features: Sequence[Feature]) -> Rows:
    """The table's rows as arrays, by the name of the feature.

    Raises:
        DataError: A value is missing that must be there, or is of another kind.
    """
    return {one.name: _values(table, one) for one in features}


def count(rows: Rows) -> int:
    """Number of rows."""
    return next(iter(rows.values())).rows


def size(rows: Rows) -> int:
    """Bytes that the rows hold."""
    return sum(values.nbytes for values in rows.values())


def take(rows: Rows, indices: Indices) -> Rows:
    """These rows, in this order."""
    return {name: values.take(indices) for name, values in rows.items()}


def join(parts: Sequence[Rows]) -> Rows:
    """The parts below each other; they are emptied, so that none is held twice."""
    if len(parts) == 1:
        return parts[0]
    return {name: _joined([part.pop(name) for part in parts]) for name in [*parts[0]]}


def _joined(parts: Sequence[Values]) -> Values:
    flat = np.concatenate([part.flat for part in parts])
    lengths = [part.lengths for part in parts if part.lengths is not None]
    return Values(flat, np.concatenate(lengths) if lengths else None)


def _values(table: pa.Table, feature: Feature) -> Values:
    flat, lengths = _flat(table, feature)
    if feature.shape is None:
        return Values(flat, lengths)
    wanted = int(np.prod(feature.shape, dtype=np.int64))
    missing = lengths == 0
    wrong = ~missing & (lengths != wanted)
    if wrong.any():
        raise _other_length(feature, wanted, int(lengths[wrong][0]), int(wrong.sum()))
    if not missing.any():
        return Values(flat.reshape(-1, *feature.shape))
    if feature.default is None:
        raise _missing(feature, int(missing.sum()))
    held = np.full((len(lengths), wanted), feature.default, DTYPES[feature.kind])
    held[~missing] = flat.reshape(-1, wanted)
    return Values(held.reshape(-1, *feature.shape))


def _flat(table: pa.Table, feature: Feature) -> tuple[Array, Indices]:
    """All values of the column in a line, and how many each row has."""
    dtype = DTYPES[feature.kind]
    if feature.column not in table.column_names:
        return np.empty(0, dtype), np.zeros(table.num_rows, np.int64)
    column = table.column(feature.column).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    kind = column.type
    if pa.types.is_null(kind):
        return np.empty(0, dtype), np.zeros(len(column), np.int64)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
        column = column.flatten()
    else:
        lengths = np.asarray(column.is_valid()).astype(np.int64)
        column = column.drop_null()
    return _as_numpy(column, feature), lengths


def _as_numpy(column: pa.Array, feature: Feature) -> Array:
    if pa.types.is_null(column.type):
        return np.empty(0, DTYPES[feature.kind])
    found = _kind(column.type)
    if found != feature.kind:
        raise _other_kind(feature, found)
    plain = column.cast(_ARROW[feature.kind])
    return np.asarray(plain.to_numpy(zero_copy_only=False), DTYPES[feature.kind])


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "int64"
    return "float" if pa.types.is_floating(kind) else "bytes"


def _missing(feature: Feature, rows: int) -> DataError:
    return DataError(
        f"the feature {feature.column!r} is missing in {rows:,} rows",
        expected="a value in every row, for the schema gives the feature a shape",
        got=f"{rows:,} rows without a value in one batch",
        fix="fill it in the preprocessing_fn, or take its shape out of the schema",
    )


def _other_length(feature: Feature, wanted: int, got: int, rows: int) -> DataError:
    return DataError(
        f"the feature {feature.column!r} has another number of values",
        expected=f"{wanted:,} values in every row, as the schema says",
        got=f"{got:,} values, in the first of {rows:,} such rows of a batch",
        fix="write rows of one length, or take its shape out of the schema",
    )


def _other_kind(feature: Feature, found: str) -> DataError:
    return DataError(
        f"the feature {feature.column!r} has values of another kind",
        expected=f"{feature.kind}, as the schema says",
        got=found,
        fix="run Transform again, or use the schema that it wrote",
    )
