"""The shares of frequent values over the accepted spans, aligned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.history.frequent import FrequentColumns
from tidegate.drift_tests.summary import FloatArray, Frequent, IntArray


@dataclass(frozen=True, eq=False)
class ValueShares:
    """Shares of values in each span.

    Attributes:
        column: Place of each value's column in the history's columns.
        texts: The values.
        values: (spans, values): their shares; 0 where a span has the column but
            not the value, NaN where it does not have the column.
    """

    column: IntArray
    texts: tuple[str, ...]
    values: FloatArray

    def __len__(self) -> int:
        return self.column.size


def value_shares(history: History, columns: IntArray | None = None) -> ValueShares:
    """The shares of all frequent values of some columns.

    Args:
        history: The accepted spans.
        columns: Places of the columns in the history's; None takes all.
    """
    wanted = np.zeros(len(history.columns), np.bool_)
    wanted[slice(None) if columns is None else columns] = True
    cells = [
        _cells(place, span.frequent, places, wanted)
        for place, (span, places) in enumerate(
            zip(history.spans, history.places, strict=True)
        )
    ]
    if not cells:
        nothing = np.empty(0, dtype=np.int64)
        return ValueShares(nothing, (), np.empty((0, 0)))
    spans, column, shares = (
        np.concatenate([cell[n] for cell in cells]) for n in range(3)
    )
    coded = pa.chunked_array([cell[3] for cell in cells]).combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.concat_arrays(coded.chunks)
    coded = coded.dictionary_encode()
    codes = np.asarray(coded.indices, dtype=np.int64)
    width = max(len(coded.dictionary), 1)
    known, at = np.unique(column * width + codes, return_inverse=True)
    place, code = np.divmod(known, width)
    values = np.where(history.present[:, place], 0.0, np.nan)
    values[spans, at.reshape(-1)] = shares
    texts = coded.dictionary.take(pa.array(code)).to_pylist()
    return ValueShares(place, tuple(texts), values)


def _cells(
    span: int,
    frequent: Sequence[Frequent],
    places: IntArray,
    wanted: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> tuple[IntArray, IntArray, FloatArray, pa.Array]:
    """Span, column and share of each value of the columns wanted, and its text."""
    held = FrequentColumns.of(frequent)
    column = np.repeat(places, np.diff(held.offsets))
    kept = np.flatnonzero(wanted[column])
    texts = held.texts.take(pa.array(kept)) if len(kept) < len(column) else held.texts
    return np.full(len(kept), span), column[kept], held.shares[kept], texts
