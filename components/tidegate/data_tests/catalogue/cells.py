"""Values of a column, each with the row that it stands in.

A feature has one value a row, several, or none. Tests look at values and blame
rows, whichever shape the column has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.data_tests.blame import Rows


@dataclass(frozen=True, eq=False)
class Cells:
    """The values that are there, without the missing ones.

    Attributes:
        values: One Arrow array without nulls.
        rows: For each value its row, ascending.
    """

    values: pa.Array
    rows: Rows

    def blame(self, bad: npt.NDArray[np.bool_]) -> Rows:
        """The rows with a bad value, each once; `bad` is by value."""
        found: Rows = np.unique(self.rows[bad])
        return found

    def distinct(self) -> tuple[list[Any], npt.NDArray[np.int64]]:
        """The distinct values, and for each value its place among them."""
        codes = np.asarray(self.coded.indices, np.int64)
        return self.coded.dictionary.to_pylist(), codes

    @cached_property
    def coded(self) -> pa.DictionaryArray:
        """The values as their distinct ones and places among these, made once."""
        return self.values.dictionary_encode()

    @property
    def is_number(self) -> bool:
        """Whether the values are integers or floats."""
        kind = self.values.type
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    def numbers(self) -> npt.NDArray[Any]:
        """The values as numbers; text that is no number becomes not-a-number."""
        if self.is_number:
            return np.asarray(self.values)
        words, codes = self.distinct()
        return np.array([_number(word) for word in words], np.float64)[codes]


def cells(column: pa.ChunkedArray) -> Cells:
    """The values of a column of single values or of lists."""
    array = in_one_piece(column)
    rows = np.arange(len(array))
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        counts = np.asarray(pc.fill_null(pc.list_value_length(array), 0))
        rows, array = np.repeat(rows, counts), array.flatten()
    if array.null_count:
        valid = np.asarray(array.is_valid())
        rows, array = rows[valid], array.drop_null()
    return Cells(array, rows)


def canonical(value: object, single: bool = False) -> str:
    """Text under which equal values meet: 1, 1.0 and "1" are the same.

    Args:
        value: A value of a list in a suite, or of a column.
        single: Whether the column holds floats, which tf.Example keeps in
            single precision: 0.1 in a suite must meet 0.1 in the data.
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (int, float)) and single:
        with np.errstate(over="ignore"):  # Beyond its range it is infinite.
            value = float(np.float32(value))
        return f"{value:.0f}" if value.is_integer() else f"{value:.7g}"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array, whatever its chunks."""
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    if not isinstance(joined, pa.ChunkedArray):
        return joined
    return joined.chunk(0) if joined.num_chunks else pa.array([], column.type)


def _number(word: object) -> float:
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
    try:
        # Python alone reads 1_000 as a number.
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")
