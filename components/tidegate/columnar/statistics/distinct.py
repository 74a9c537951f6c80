"""How many distinct values there are, and an even sample of them.

The K smallest hashes of the distinct values (Beyer et al., SIGMOD 2007). The
state of a union is that of its parts whatever their order, and a value that is
kept was kept in every part, so its count is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.columnar.statistics.hashing import Hashes
from tidegate.columnar.statistics.tables import Counts, NumberTable, Numeric, Table

SAMPLE = 2048
# Standard error of the estimate (K - 1) / U, as a share of the true number.
DISTINCT_ERROR = 1 / (SAMPLE - 2) ** 0.5


@dataclass(frozen=True, eq=False)
class DistinctSample:
    """The values with the smallest hashes.

    Attributes:
        hashes: Ascending, each once, at most `SAMPLE`.
        counts: How often each value occurs.
        values: The values if they are numbers, else None.
    """

    hashes: Hashes
    counts: Counts
    values: Numeric | None = None

    @classmethod
    def of(cls, table: Table) -> DistinctSample:
        """The sample of the values in a table."""
        hashes = table.hashes()
        kept = np.argsort(hashes)[:SAMPLE]
        values = table.values[kept] if isinstance(table, NumberTable) else None
        return cls(hashes[kept], table.counts[kept], values)

    def merge(self, other: DistinctSample) -> DistinctSample:
        """The sample of the values of both."""
        hashes = np.concatenate([self.hashes, other.hashes])
        counts = np.concatenate([self.counts, other.counts])
        unique, first, codes = np.unique(hashes, return_index=True, return_inverse=True)
        summed = np.zeros(len(unique), np.int64)
        np.add.at(summed, codes.reshape(-1), counts)
        values = None
        if self.values is not None and other.values is not None:
            values = np.concatenate([self.values, other.values])[first][:SAMPLE]
        return DistinctSample(unique[:SAMPLE], summed[:SAMPLE], values)

    @property
    def estimate(self) -> int:
        """Number of distinct values; exact below `SAMPLE`."""
        if len(self.hashes) < SAMPLE:
            return len(self.hashes)
        return round((SAMPLE - 1) / (float(self.hashes[-1]) / 2.0**64))
