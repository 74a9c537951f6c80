"""What is known of the texts or byte strings of a column."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.distinct import DistinctSample
from tidegate.columnar.statistics.frequent import FrequentValues
from tidegate.columnar.statistics.tables import Counts, WordTable

# Up to here the distinct values are counted one by one.
EXACT_WORDS = 16_384
EXACT_BYTES = 1 << 20
# Longer values are kept as their first bytes and a hash of all.
LONGEST = 1024


@dataclass(frozen=True)
class Lengths:
    """Lengths of values, in one unit.

    Attributes:
        shortest: The least; greater than any length where there are no values.
        longest: The greatest.
        total: The sum.
    """

    shortest: int = sys.maxsize
    longest: int = 0
    total: int = 0

    @classmethod
    def of(cls, lengths: Counts, counts: Counts) -> Lengths:
        """The lengths of values that occur `counts` times."""
        if not len(lengths):
            return cls()
        total = int(np.dot(lengths, counts))
        return cls(int(lengths.min()), int(lengths.max()), total)

    def merge(self, other: Lengths) -> Lengths:
        """The lengths of both."""
        return Lengths(
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
            self.total + other.total,
        )


@dataclass(frozen=True, eq=False)
class WordSketch:
    """What is kept of values of which too many differ."""

    sample: DistinctSample
    frequent: FrequentValues[WordTable]

    @classmethod
    def of(cls, table: WordTable) -> WordSketch:
        """The sketch of the values in a table."""
        return cls(DistinctSample.of(table), FrequentValues.of(table))

    def merge(self, other: WordSketch) -> WordSketch:
        """The sketch of the values of both."""
        return WordSketch(
            self.sample.merge(other.sample), self.frequent.merge(other.frequent)
        )


@dataclass(frozen=True, eq=False)
class WordRanking:
    """What a second look at the same values tells; it does not merge.

    Attributes:
        distinct: Number of distinct values.
        first: The most frequent values with their counts.
    """

    distinct: int
    first: WordTable


@dataclass(frozen=True, eq=False)
class Words:
    """All texts and byte strings of a column.

    Attributes:
        held: A table while few distinct values are known, then a sketch.
        count: Number of values.
        invalid: How many of them are not UTF-8.
        characters: Lengths in characters; of what is not UTF-8 in bytes.
        octets: Lengths in bytes.
        ranking: What a second look told in place of the sketch.
    """

    held: WordTable | WordSketch
    count: int
    invalid: int
    characters: Lengths
    octets: Lengths
    ranking: WordRanking | None = None

    @classmethod
    def of(cls, values: pa.Array) -> Words:
        """What is known of a large binary array without nulls."""
        table = WordTable.of(values)
        lengths, counts = table.lengths(), table.counts
        octets = Lengths.of(lengths, counts)
        characters, invalid = _characters(table)
        held = _bounded(shortened(table))
        return cls(held, len(values), invalid, characters, octets)

    def merge(self, other: Words) -> Words:
        """What is known of the values of both."""
        return Words(
            _merged(self.held, other.held),
            self.count + other.count,
            self.invalid + other.invalid,
            self.characters.merge(other.characters),
            self.octets.merge(other.octets),
        )

    @property
    def distinct(self) -> int:
        """Number of distinct values; an estimate where `is_exact` is False."""
        held = self.held
        if self.ranking is not None:
            return self.ranking.distinct
        return len(held) if isinstance(held, WordTable) else held.sample.estimate

    @property
    def is_exact(self) -> bool:
        """Whether each distinct value is counted."""
        return self.ranking is not None or isinstance(self.held, WordTable)

    def frequent(self) -> FrequentValues[WordTable]:
        """The most frequent values."""
        held = self.held
        if self.ranking is not None:
            return FrequentValues(self.ranking.first)
        return FrequentValues(held) if isinstance(held, WordTable) else held.frequent


def _merged(
    one: WordTable | WordSketch, other: WordTable | WordSketch
) -> WordTable | WordSketch:
    if isinstance(one, WordTable) and isinstance(other, WordTable):
        return _bounded(one.merge(other))
    return _sketch(one).merge(_sketch(other))


def _bounded(table: WordTable) -> WordTable | WordSketch:
    fits = len(table) <= EXACT_WORDS and table.size <= EXACT_BYTES
    return table if fits else WordSketch.of(table)


def _sketch(held: WordTable | WordSketch) -> WordSketch:
    return WordSketch.of(held) if isinstance(held, WordTable) else held


def _characters(table: WordTable) -> tuple[Lengths, int]:
    """Lengths in characters, and how many values are not UTF-8."""
    counts = table.counts
    try:
        texts = table.values.cast(pa.large_string())
    except pa.ArrowInvalid:
        lengths = _lengths_one_by_one(table.values)
        wrong = lengths < 0
        invalid = int(counts[wrong].sum())
        return Lengths.of(np.where(wrong, table.lengths(), lengths), counts), invalid
    return Lengths.of(np.asarray(pc.utf8_length(texts), np.int64), counts), 0


def _lengths_one_by_one(values: pa.Array) -> npt.NDArray[np.int64]:
    return np.array([_length(value) for value in values.to_pylist()], np.int64)


def _length(value: bytes) -> int:
    try:
        return len(value.decode())
    except UnicodeDecodeError:
        return -1


def shortened(table: WordTable) -> WordTable:
    """The table with values over `LONGEST` bytes cut, and still distinct."""
    if not len(table) or table.lengths().max() <= LONGEST:
        return table
    values = [
        value if len(value) <= LONGEST else _short(value)
        for value in table.values.to_pylist()
    ]
    return WordTable(pa.array(values, pa.large_binary()), table.counts)


def _short(value: bytes) -> bytes:
    digest = hashlib.blake2b(value, digest_size=8).hexdigest()
    cut = LONGEST
    # Not within a character: what was UTF-8 must stay so.
    while cut > LONGEST - 4 and value[cut] & 0xC0 == 0x80:
        cut -= 1
    return value[:cut] + f"… ({digest})".encode()
