"""The frequent values of many columns, which become Python texts when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from tidegate.drift_tests.summary import FloatArray, Frequent, IntArray


class FrequentColumns(Sequence[Frequent]):
    """The frequent values of each column, one after the other in flat arrays.

    A history of 90 spans and 2,000 columns has millions of them, of which a
    report shows a few.

    Args:
        offsets: Where each column's values start; one more than columns.
        texts: The values of all columns, an Arrow array.
        shares: Their shares.
    """

    def __init__(self, offsets: IntArray, texts: Any, shares: FloatArray) -> None:
        self._offsets, self._texts, self._shares = offsets, texts, shares

    def __len__(self) -> int:
        return len(self._offsets) - 1

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
        first, last = int(self._offsets[place]), int(self._offsets[place + 1])
        texts = self._texts.slice(first, last - first).to_pylist()
        return Frequent(tuple(texts), self._shares[first:last])
