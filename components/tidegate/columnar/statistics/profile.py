"""The profile of one column: all that tests and reports ask of it.

Profiles of parts of a column merge into that of the whole, in any order: the
counts, extremes and distinct values exactly, moments to rounding, and what is
sketched (see `numbers` and `words`) within the errors that it states. A profile
takes some 100 KB at the most, 1 MB where texts are long, however many the rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from tidegate.columnar.statistics.arrow import flatten
from tidegate.columnar.statistics.distinct import DISTINCT_ERROR
from tidegate.columnar.statistics.moments import Moments
from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.words import Words

Number: TypeAlias = "int | float"


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """What is known of one column.

    Attributes:
        rows: Number of rows.
        null_rows: Rows that are null.
        empty_rows: Rows that hold a list without values.
        values_by_kind: Number of values of each kind that a part of the column
            was of: "int", "float", "text", "bytes". A kind without values is
            in it if a part had that type.
        is_list: Whether a part of the column was of lists.
        fewest: Least number of values in a row that is not null; 0 if there
            are no such rows.
        most: Greatest number of values in a row.
        row_lengths: Numbers of values of the rows that are not null; None
            while no part was of lists: then each such row has one.
        ints: The integers, None if no part had any.
        floats: The floats, None if no part had any.
        words: Texts and byte strings, None if no part had any.
    """

    rows: int = 0
    null_rows: int = 0
    empty_rows: int = 0
    values_by_kind: Mapping[str, int] | None = None
    is_list: bool = False
    row_lengths: Numbers | None = None
    ints: Numbers | None = None
    floats: Numbers | None = None
    words: Words | None = None

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> ColumnProfile:
        """The profile of a column.

        Args:
            column: Numbers, text, bytes, null, or lists of these.

        Raises:
            ComponentError: It is of another type.
        """
        flat = flatten(column)
        values, kind = flat.values, flat.kind
        of_numbers = Numbers.of(values) if kind in ("int", "float") else None
        return cls(
            rows=flat.rows,
            null_rows=flat.null_rows,
            empty_rows=flat.empty_rows,
            values_by_kind={kind: len(values)} if kind != "none" else {},
            is_list=flat.lengths is not None,
            row_lengths=None if flat.lengths is None else Numbers.of(flat.lengths),
            ints=of_numbers if kind == "int" else None,
            floats=of_numbers if kind == "float" else None,
            words=Words.of(values) if kind in ("text", "bytes") else None,
        )

    def merge(self, other: ColumnProfile) -> ColumnProfile:
        """The profile of the rows of both."""
        return ColumnProfile(
            rows=self.rows + other.rows,
            null_rows=self.null_rows + other.null_rows,
            empty_rows=self.empty_rows + other.empty_rows,
            values_by_kind=_summed(self._by_kind, other._by_kind),
            is_list=self.is_list or other.is_list,
            row_lengths=_merged_lengths(self, other),
            ints=_merged(self.ints, other.ints),
            floats=_merged(self.floats, other.floats),
            words=_merged(self.words, other.words),
        )

    @property
    def _by_kind(self) -> Mapping[str, int]:
        return self.values_by_kind or {}

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of value that parts of the column were of; empty if unknown."""
        return frozenset(self._by_kind)

    @property
    def kind(self) -> str:
        """The one kind, "none" if unknown; of several the one that holds all.

        Floats hold integers, text holds numbers, bytes hold text.
        """
        for kind in ("bytes", "text", "float", "int"):
            if kind in self._by_kind:
                return kind
        return "none"

    @property
    def missing(self) -> int:
        """Rows without a value: null, or a list without values."""
        return self.null_rows + self.empty_rows

    @property
    def present(self) -> int:
        """Rows with at least one value."""
        return self.rows - self.missing

    @property
    def values(self) -> int:
        """Number of values, NaN among them."""
        return sum(self._by_kind.values())

    @property
    def fewest(self) -> int:
        """Least number of values in a row that is not null; 0 without such rows."""
        return self._lengths[0]

    @property
    def most(self) -> int:
        """Greatest number of values in a row."""
        return self._lengths[1]

    @property
    def _lengths(self) -> tuple[int, int]:
        if self.rows == self.null_rows:
            return 0, 0
        if self.row_lengths is None:
            return 1, 1
        fewest, most = self.row_lengths.extremes
        return int(fewest), int(most)

    @property
    def numbers(self) -> Numbers | None:
        """The integers and floats together; None for a column without any."""
        if self.ints is None or self.floats is None:
            return self.ints or self.floats
        return self.ints.as_floats().merge(self.floats.as_floats())

    @property
    def nan(self) -> int:
        """Values that are not a number."""
        return self.floats.nan if self.floats else 0

    @property
    def infinite(self) -> int:
        """Values that are infinite, of either sign."""
        return self.negative_infinite + self.positive_infinite

    @property
    def negative_infinite(self) -> int:
        """Values that are -inf."""
        return self.floats.infinite[0] if self.floats else 0

    @property
    def positive_infinite(self) -> int:
        """Values that are inf."""
        return self.floats.infinite[1] if self.floats else 0

    @property
    def zeros(self) -> int:
        """Numbers that are zero."""
        return sum(part.zeros for part in (self.ints, self.floats) if part)

    @property
    def low(self) -> Number | None:
        """The least number, infinite ones included; None without numbers."""
        return min((low for low, _ in self._extremes), default=None)

    @property
    def high(self) -> Number | None:
        """The greatest number, infinite ones included; None without numbers."""
        return max((high for _, high in self._extremes), default=None)

    @property
    def _extremes(self) -> list[tuple[Number, Number]]:
        parts = (self.ints, self.floats)
        return [part.extremes for part in parts if part and part.count]

    @property
    def moments(self) -> Moments:
        """Number, mean and squared deviations of the finite numbers."""
        found = Moments()
        for part in (self.ints, self.floats):
            found = found.merge(part.moments) if part else found
        return found

    @property
    def mean(self) -> float | None:
        """Mean of the finite numbers; None without any."""
        moments = self.moments
        return moments.mean if moments.count else None

    @property
    def variance(self) -> float | None:
        """Population variance of the finite numbers; None without any."""
        moments = self.moments
        return moments.squares / moments.count if moments.count else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of the finite numbers; None without any."""
        variance = self.variance
        return None if variance is None else math.sqrt(variance)

    def quantile(self, q: float) -> Number | None:
        """The least number that a share `q` of the numbers does not exceed.

        Exact while `distinct_is_exact`; after that its rank is within
        `rank_error`. NaN does not count; infinite numbers do.

        Args:
            q: 0 (the least) to 1 (the greatest).

        Returns:
            The number; None without numbers.
        """
        numbers = self.numbers
        return numbers.quantile(q) if numbers else None

    @property
    def rank_error(self) -> float:
        """Bound of how far the rank of a quantile may be off, 0 to 0.01."""
        numbers = self.numbers
        return numbers.rank_error if numbers else 0.0

    @property
    def decimals(self) -> Counter[int]:
        """Numbers by how many decimals they are written with, 10 being more.

        Of a column with too many distinct numbers to count, on a sample.
        """
        found: Counter[int] = Counter()
        for part in (self.ints, self.floats):
            found += part.decimals() if part else Counter()
        return found

    @property
    def shortest(self) -> int | None:
        """Characters of the shortest text; None without texts."""
        words = self.words
        return words.characters.shortest if words and words.count else None

    @property
    def longest(self) -> int | None:
        """Characters of the longest text; None without texts."""
        words = self.words
        return words.characters.longest if words and words.count else None

    @property
    def mean_length(self) -> float | None:
        """Mean number of characters of the texts; None without texts."""
        words = self.words
        return words.characters.total / words.count if words and words.count else None

    @property
    def invalid_utf8(self) -> int:
        """Texts or byte strings that are not UTF-8."""
        return self.words.invalid if self.words else 0

    @property
    def distinct(self) -> int:
        """Number of distinct values without NaN.

        An estimate where `distinct_is_exact` is False, with a standard error
        of `distinct_error`.
        """
        return sum(part.distinct for part in self._parts)

    @property
    def distinct_is_exact(self) -> bool:
        """Whether each distinct value is counted: up to some 16,000 of them."""
        return all(part.is_exact for part in self._parts)

    @property
    def distinct_error(self) -> float:
        """Standard error of `distinct`, as a share of it; 0 where it is exact."""
        return 0.0 if self.distinct_is_exact else DISTINCT_ERROR

    def frequent(self, n: int) -> list[tuple[Any, int]]:
        """The most frequent values and how often each occurs.

        Of equally frequent ones the smaller comes first. Texts that are UTF-8
        are text, other byte strings bytes; those over 1,024 bytes are cut and
        end in a hash. A count may be too low by `frequent_error`, never too
        high.

        Args:
            n: How many values at most.
        """
        found: list[tuple[Any, int]] = []
        for part in self._parts:
            table = part.frequent().table
            places = table.ranked()[:n]
            values = [_spelled(value) for value in table.first(places)]
            found += zip(values, table.counts[places].tolist(), strict=True)
        # Stable, so that within a kind the ties stay in their order.
        return sorted(found, key=lambda pair: -pair[1])[:n]

    @property
    def frequent_error(self) -> int:
        """By how much the counts of `frequent` may be too low."""
        return max((part.frequent().error for part in self._parts), default=0)

    @property
    def top_share(self) -> float:
        """Share of the most frequent value among all values, 0 to 1."""
        top = self.frequent(1)
        return top[0][1] / self.values if top and self.values else 0.0

    @property
    def _parts(self) -> list[Numbers | Words]:
        words: list[Numbers | Words] = [self.words] if self.words else []
        numbers = self.numbers
        return [numbers, *words] if numbers else words


def _spelled(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    both = sorted({**one, **other})
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in both}


def _merged(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return one.merge(other)


def _merged_lengths(one: ColumnProfile, other: ColumnProfile) -> Numbers | None:
    if one.row_lengths is None and other.row_lengths is None:
        return None
    return _lengths_of(one).merge(_lengths_of(other))


def _lengths_of(profile: ColumnProfile) -> Numbers:
    """Numbers of values in the rows, also where no row is a list."""
    if profile.row_lengths is not None:
        return profile.row_lengths
    ones = profile.rows - profile.null_rows
    return Numbers.counted({1: ones} if ones else {})
