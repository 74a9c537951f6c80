"""The most frequent values where the distinct ones are too many to count.

Misra-Gries counters, merged as in Agarwal et al., "Mergeable Summaries" (PODS
2012): no count is too high, and none too low by more than the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from tidegate.columnar.statistics.tables import NumberTable, WordTable

COUNTERS = 4096
COUNTED_BYTES = 1 << 18
T = TypeVar("T", NumberTable, WordTable)


@dataclass(frozen=True, eq=False)
class FrequentValues(Generic[T]):
    """Values that may be frequent.

    Attributes:
        table: Values with counts that are at most `error` too low.
        error: A value that is not in the table occurs at most this often.
    """

    table: T
    error: int = 0

    @classmethod
    def of(cls, table: T, error: int = 0) -> FrequentValues[T]:
        """The most frequent values of a table; the rest go into the error."""
        keep = _fitting(table)
        if keep >= len(table):
            return cls(table, error)
        places = table.ranked()
        less = int(table.counts[places[keep]])
        counts = table.counts[places[:keep]] - less
        kept = places[:keep][counts > 0]
        kept.sort()
        return cls(table.take(kept, table.counts[kept] - less), error + less)

    def merge(self, other: FrequentValues[T]) -> FrequentValues[T]:
        """The frequent values of both."""
        merged = self.table.merge(other.table)
        return FrequentValues.of(merged, self.error + other.error)


def _fitting(table: NumberTable | WordTable) -> int:
    """How many of the most frequent values may stay."""
    if isinstance(table, NumberTable):
        return COUNTERS
    if len(table) <= COUNTERS and table.size <= COUNTED_BYTES:
        return len(table)
    places = table.ranked()[:COUNTERS]
    sizes = np.cumsum(table.lengths()[places] + 16)
    return int(np.searchsorted(sizes, COUNTED_BYTES, side="right"))
