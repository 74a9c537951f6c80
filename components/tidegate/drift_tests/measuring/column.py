"""One column made ready to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.column_kinds import stored, stored_type
from tidegate.data_tests.catalogue.cells import cells, in_one_piece
from tidegate.data_tests.times import looks_like_times, parse_times
from tidegate.drift_tests.summary import FloatArray, IntArray

Mask = npt.NDArray[np.bool_]
_MICROS_AN_HOUR = 3.6e9
# Beyond this the square of a number, or a sum of some, is no float any more.
_GREATEST = 1e150


@dataclass(eq=False)
class Column:
    """The values of one column, one a row.

    Attributes:
        kind: "int", "float", "text", "bytes" or "none".
        codes: For each row the number of its value, -1 where it is missing;
            numbers are numbered in their order.
        counts: How often each value occurs.
        distinct: The values themselves: numbers, or an Arrow array of texts.
        numeric: Whether the values have an order: numbers, and times in text.
        is_time: Whether texts are times; then `distinct` are hours after the
            middle one, for when a span was says nothing about its data.
        nan: Number of values that are not a number.
        infinite: Number of infinite ones.
    """

    kind: str
    codes: IntArray
    counts: IntArray
    distinct: object
    numeric: bool
    is_time: bool = False
    nan: int = 0
    infinite: int = 0

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.codes)

    @cached_property
    def present(self) -> Mask:
        """Which rows have a value (NaN and infinite ones are none)."""
        found: Mask = self.codes >= 0
        return found

    @cached_property
    def values(self) -> int:
        """Number of rows with a value."""
        return int(self.counts.sum())

    @cached_property
    def sorted_numbers(self) -> FloatArray:
        """The numbers, ascending."""
        return np.repeat(np.asarray(self.distinct, np.float64), self.counts)

    @cached_property
    def numbers(self) -> FloatArray:
        """The number of each row, NaN where there is none."""
        known = np.asarray(self.distinct, np.float64)
        filled: FloatArray = np.append(known, np.nan)[self.codes]
        return filled

    @cached_property
    def ranks(self) -> FloatArray:
        """Rank of each row's value, ties in their middle; NaN where missing."""
        middle = np.cumsum(self.counts) - (self.counts + 1) / 2
        filled: FloatArray = np.append(middle, np.nan)[self.codes]
        return filled

    @cached_property
    def clip_scale(self) -> tuple[float, float]:
        """Middle and spread of the numbers between their 2 % and 98 % quantiles."""
        values = self._between(self.sorted_numbers)
        return float(values.mean()), float(values.std()) or 1.0

    @cached_property
    def clipped(self) -> FloatArray:
        """Each row's number, clipped to the 2 % and 98 % quantiles, around 0."""
        middle, spread = self.clip_scale
        return np.asarray((self._between(self.numbers) - middle) / spread)

    def _between(self, values: FloatArray) -> FloatArray:
        ordered = self.sorted_numbers
        last = len(ordered) - 1
        low, high = ordered[[int(0.02 * last), int(0.98 * last + 0.5)]]
        clipped: FloatArray = np.clip(values, low, high)
        return clipped

    @cached_property
    def texts(self) -> pa.Array:
        """The distinct texts."""
        assert isinstance(self.distinct, pa.Array)
        return self.distinct


def column_of(column: pa.ChunkedArray | pa.Array) -> Column:
    """A column of numbers, text, bytes, times, or lists of these (their first).

    Raises:
        Unstorable: It is of something else.
    """
    found = cells(_taken(column))
    rows, values = _first_of_each(found.rows, found.values)
    length = len(column)
    if found.is_number:
        return _of_numbers(values, rows, length)
    if pa.types.is_null(values.type) or not len(values):
        return Column(
            "none",
            _codes(length),
            np.zeros(0, np.int64),
            pa.array([], pa.string()),
            False,
        )
    if looks_like_times(values):
        micros, known = parse_times(values)
        hours = micros[known] / _MICROS_AN_HOUR
        hours = hours - np.median(hours) if len(hours) else hours
        return _numbered("text", hours, rows[known], length, is_time=True)
    return _of_texts(values, rows, length)


def _taken(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    """The column as it is if its type is measured, else as readers would have it."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if any(is_one(kind) for is_one in _MEASURED):
        return column
    stored_type(column.type)  # Refuses what cannot be taken at all.
    return pa.chunked_array([stored(in_one_piece(column))])


_MEASURED = (
    pa.types.is_null,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
)


def _of_numbers(values: pa.Array, rows: IntArray, length: int) -> Column:
    kind = "int" if pa.types.is_integer(values.type) else "float"
    numbers = np.asarray(values, np.float64)
    fine = np.isfinite(numbers)
    nan = int(np.isnan(numbers).sum())
    infinite = len(numbers) - nan - int(fine.sum())
    known = np.clip(numbers[fine], -_GREATEST, _GREATEST)
    return _numbered(kind, known, rows[fine], length, nan=nan, infinite=infinite)


def _numbered(
    kind: str,
    numbers: FloatArray,
    rows: IntArray,
    length: int,
    *,
    is_time: bool = False,
    nan: int = 0,
    infinite: int = 0,
) -> Column:
    distinct, inner, counts = np.unique(
        numbers, return_inverse=True, return_counts=True
    )
    codes = _codes(length)
    codes[rows] = inner
    return Column(
        kind, codes, counts.astype(np.int64), distinct, True, is_time, nan, infinite
    )


def _of_texts(values: pa.Array, rows: IntArray, length: int) -> Column:
    held = values.type
    is_bytes = pa.types.is_binary(held) or pa.types.is_large_binary(held)
    kind = "bytes" if is_bytes else "text"
    encoded = values.dictionary_encode()
    inner = np.asarray(encoded.indices).astype(np.int64)
    codes = _codes(length)
    codes[rows] = inner
    counts = np.bincount(inner, minlength=len(encoded.dictionary))
    return Column(kind, codes, counts.astype(np.int64), encoded.dictionary, False)


def _first_of_each(rows: IntArray, values: pa.Array) -> tuple[IntArray, pa.Array]:
    if not len(rows) or bool((np.diff(rows) > 0).all()):
        return rows, values
    _, first = np.unique(rows, return_index=True)
    return rows[first], values.take(pa.array(first))


def _codes(length: int) -> IntArray:
    return np.full(length, -1, np.int64)
