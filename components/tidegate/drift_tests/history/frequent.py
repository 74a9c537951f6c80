"""The frequent values of many columns, which become Python texts when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa

from tidegate.drift_tests.summary import FloatArray, Frequent, IntArray


class FrequentColumns(Sequence[Frequent]):
    """The frequent values of each column, one after the other in flat arrays.

    A history of 90 spans and 2,000 columns has millions of them, of which a
    report shows a few.

    Attributes:
        offsets: Where each column's values start; one more than columns.
        texts: The values of all columns, an Arrow array.
        shares: Their shares.
    """

    def __init__(self, offsets: IntArray, texts: Any, shares: FloatArray) -> None:
        self.offsets, self.texts, self.shares = offsets, texts, shares

    @classmethod
    def of(cls, frequent: Sequence[Frequent]) -> FrequentColumns:
        """The same in flat arrays; what is flat already stays as it is."""
        if isinstance(frequent, FrequentColumns):
            return frequent
        offsets = np.cumsum([0, *(len(top.texts) for top in frequent)])
        texts = as_texts([text for top in frequent for text in top.texts])
        shares = np.concatenate([*(top.shares for top in frequent), np.empty(0)])
        return cls(offsets, texts, shares)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, place: int) -> Frequent: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Frequent, ...]: ...

    def __getitem__(self, place: int | slice) -> Frequent | tuple[Frequent, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        first, last = int(self.offsets[place]), int(self.offsets[place + 1])
        texts = self.texts.slice(first, last - first).to_pylist()
        return Frequent(tuple(texts), self.shares[first:last])


def as_texts(texts: Sequence[str]) -> pa.Array:
    """The texts; what UTF-8 does not have is written with a backslash."""
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        sure = [t.encode("utf-8", "backslashreplace").decode() for t in texts]
        return pa.array(sure, pa.string())
