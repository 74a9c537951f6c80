"""Tables of the distinct values of a column with their counts.

A table is exact. While the distinct values are few everything about a column
can be told from its table; sketches take over where it would grow too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.hashing import Hashes, hash_numbers, hash_words

Counts: TypeAlias = "npt.NDArray[np.int64]"
Numeric: TypeAlias = "npt.NDArray[Any]"


@dataclass(frozen=True, eq=False)
class NumberTable:
    """Distinct numbers with their counts.

    Attributes:
        values: int64, float32 or float64, ascending; no NaN.
        counts: How often each occurs, at least 1.
    """

    values: Numeric
    counts: Counts

    @classmethod
    def of(cls, values: pa.Array) -> NumberTable:
        """The table of an array without nulls and NaN."""
        if not len(values):
            return cls(np.asarray(values), np.zeros(0, np.int64))
        counted = values.value_counts()
        distinct, counts = np.asarray(counted.field(0)), np.asarray(counted.field(1))
        if distinct.dtype.kind == "f":
            distinct = distinct + distinct.dtype.type(0)
        return cls(*_added(distinct, counts))

    def merge(self, other: NumberTable) -> NumberTable:
        """The table of the values of both."""
        mine, others = self.values, other.values
        if mine.dtype == others.dtype and np.array_equal(mine, others):
            return NumberTable(mine, self.counts + other.counts)
        both = np.concatenate([mine, others])
        return NumberTable(*_added(both, np.concatenate([self.counts, other.counts])))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(self.values.nbytes + self.counts.nbytes)

    def hashes(self) -> Hashes:
        """A hash of each value."""
        return hash_numbers(self.values)

    def take(self, places: Counts, counts: Counts) -> NumberTable:
        """Some of the values, with other counts."""
        return NumberTable(self.values[places], counts)

    def ranked(self) -> Counts:
        """Places of the values, the most frequent first, then the smallest."""
        return np.argsort(-self.counts, kind="stable")

    def first(self, places: Counts) -> list[Any]:
        """The values in these places, as Python numbers."""
        found: list[Any] = self.values[places].tolist()
        return found


@dataclass(frozen=True, eq=False)
class WordTable:
    """Distinct texts or byte strings with their counts.

    Attributes:
        values: Large binary without nulls, in no particular order.
        counts: How often each occurs, at least 1.
    """

    values: pa.Array
    counts: Counts

    @classmethod
    def of(cls, values: pa.Array) -> WordTable:
        """The table of a large binary array without nulls."""
        coded = values.dictionary_encode()
        codes = np.asarray(coded.indices)
        distinct = coded.dictionary
        return cls(distinct, np.bincount(codes, minlength=len(distinct)))

    def merge(self, other: WordTable) -> WordTable:
        """The table of the values of both."""
        if self.values.equals(other.values):
            return WordTable(self.values, self.counts + other.counts)
        coded = pa.concat_arrays([self.values, other.values]).dictionary_encode()
        counts = np.zeros(len(coded.dictionary), np.int64)
        np.add.at(
            counts,
            np.asarray(coded.indices),
            np.concatenate([self.counts, other.counts]),
        )
        return WordTable(coded.dictionary, counts)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(self.lengths().sum()) + 16 * len(self.values)

    def lengths(self) -> Counts:
        """Bytes of each value."""
        return np.asarray(pc.binary_length(self.values), np.int64)

    def hashes(self) -> Hashes:
        """A hash of each value."""
        return hash_words(self.values)

    def take(self, places: Counts, counts: Counts) -> WordTable:
        """Some of the values, with other counts."""
        return WordTable(self.values.take(pa.array(places)), counts)

    def ranked(self) -> Counts:
        """Places of the values, the most frequent first, then in byte order."""
        order: Counts = np.asarray(pc.sort_indices(self.values), np.int64)
        return order[np.argsort(-self.counts[order], kind="stable")]

    def first(self, places: Counts) -> list[Any]:
        """The values in these places, as bytes."""
        found: list[Any] = self.values.take(pa.array(places)).to_pylist()
        return found


Table: TypeAlias = NumberTable | WordTable


def _added(values: Numeric, counts: Counts) -> tuple[Numeric, Counts]:
    """The values ascending, each once, with the sum of its counts."""
    order = np.argsort(values, kind="stable")
    values, counts = values[order], counts[order]
    starts = np.flatnonzero(values[1:] != values[:-1]) + 1
    if len(starts) + 1 >= len(values):
        return values, counts
    starts = np.concatenate([[0], starts])
    return values[starts], np.add.reduceat(counts, starts)
