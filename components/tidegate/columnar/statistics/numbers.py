"""What is known of the numbers of a column."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.statistics.decimals import decimals_of
from tidegate.columnar.statistics.distinct import DistinctSample
from tidegate.columnar.statistics.frequent import FrequentValues
from tidegate.columnar.statistics.moments import Moments
from tidegate.columnar.statistics.quantiles import QuantileSketch
from tidegate.columnar.statistics.tables import NumberTable, Numeric

# Up to here the distinct values are counted one by one.
EXACT_NUMBERS = 16_384


@dataclass(frozen=True, eq=False)
class NumberSketch:
    """What is kept of numbers of which too many differ.

    Attributes:
        count: Number of values.
        zeros: How many of them are zero.
        infinite: How many are -inf, and inf.
        low: The least, infinite ones included.
        high: The greatest, infinite ones included.
        finite: The least and the greatest of the finite ones.
        moments: Mean and variance of the finite ones.
    """

    count: int
    zeros: int
    infinite: tuple[int, int]
    low: float
    high: float
    finite: tuple[float, float]
    moments: Moments
    quantiles: QuantileSketch
    sample: DistinctSample
    frequent: FrequentValues[NumberTable]

    @classmethod
    def of(cls, table: NumberTable) -> NumberSketch:
        """The sketch of the values in a table."""
        numbers = Numbers(table)
        return cls(
            numbers.count,
            numbers.zeros,
            numbers.infinite,
            *numbers.extremes,
            numbers.finite_extremes,
            Moments.of(table),
            QuantileSketch.of(table),
            DistinctSample.of(table),
            FrequentValues.of(table),
        )

    def merge(self, other: NumberSketch) -> NumberSketch:
        """The sketch of the values of both."""
        finite = (self.finite, other.finite)
        mine, others = self.infinite, other.infinite
        return NumberSketch(
            self.count + other.count,
            self.zeros + other.zeros,
            (mine[0] + others[0], mine[1] + others[1]),
            min(self.low, other.low),
            max(self.high, other.high),
            (min(low for low, _ in finite), max(high for _, high in finite)),
            self.moments.merge(other.moments),
            self.quantiles.merge(other.quantiles),
            self.sample.merge(other.sample),
            self.frequent.merge(other.frequent),
        )


@dataclass(frozen=True, eq=False)
class Numbers:
    """All numbers of a column, of one type.

    Attributes:
        held: A table while few distinct values are known, then a sketch.
        nan: How many values are not a number; no other figure counts them.
    """

    held: NumberTable | NumberSketch
    nan: int = 0

    @classmethod
    def of(cls, values: pa.Array) -> Numbers:
        """What is known of an array without nulls."""
        nan = 0
        if pa.types.is_floating(values.type):
            wrong = np.isnan(np.asarray(values))
            nan = int(np.count_nonzero(wrong))
            if nan:
                values = pa.array(np.asarray(values)[~wrong])
        return cls(_bounded(NumberTable.of(values)), nan)

    @classmethod
    def counted(cls, counts: Mapping[int, int]) -> Numbers:
        """What is known of integers that occur so often."""
        values = np.array(sorted(counts), np.int64)
        often = np.array([counts[value] for value in sorted(counts)], np.int64)
        return cls(NumberTable(values, often))

    def merge(self, other: Numbers) -> Numbers:
        """What is known of the values of both."""
        nan = self.nan + other.nan
        if isinstance(self.held, NumberTable) and isinstance(other.held, NumberTable):
            return Numbers(_bounded(self.held.merge(other.held)), nan)
        return Numbers(_sketch(self.held).merge(_sketch(other.held)), nan)

    @property
    def count(self) -> int:
        """Number of values without NaN."""
        held = self.held
        return int(held.counts.sum()) if isinstance(held, NumberTable) else held.count

    @property
    def zeros(self) -> int:
        """How many values are zero."""
        held = self.held
        if not isinstance(held, NumberTable):
            return held.zeros
        place = int(np.searchsorted(held.values, 0))
        there = place < len(held) and held.values[place] == 0
        return int(held.counts[place]) if there else 0

    @property
    def infinite(self) -> tuple[int, int]:
        """How many values are -inf, and how many inf."""
        held = self.held
        if not isinstance(held, NumberTable):
            return held.infinite
        if held.values.dtype.kind != "f" or not len(held):
            return 0, 0
        below = held.counts[0] if held.values[0] == -np.inf else 0
        above = held.counts[-1] if held.values[-1] == np.inf else 0
        return int(below), int(above)

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the greatest value, as int where they are integers."""
        held = self.held
        if not isinstance(held, NumberTable):
            return held.low, held.high
        if not len(held):
            return math.inf, -math.inf
        return held.values[0].item(), held.values[-1].item()

    @property
    def finite_extremes(self) -> tuple[float, float]:
        """As `extremes`, without infinite values; (inf, -inf) where none is left."""
        held = self.held
        if not isinstance(held, NumberTable):
            return held.finite
        below, above = self.infinite
        finite = held.values[bool(below) : len(held) - bool(above)]
        if not len(finite):
            return math.inf, -math.inf
        return finite[0].item(), finite[-1].item()

    @property
    def moments(self) -> Moments:
        """Number, mean and squared deviations of the finite values."""
        held = self.held
        return Moments.of(held) if isinstance(held, NumberTable) else held.moments

    @property
    def distinct(self) -> int:
        """Number of distinct values; an estimate where `is_exact` is False."""
        held = self.held
        return len(held) if isinstance(held, NumberTable) else held.sample.estimate

    @property
    def is_exact(self) -> bool:
        """Whether each distinct value is counted."""
        return isinstance(self.held, NumberTable)

    @property
    def rank_error(self) -> float:
        """Bound of how far the rank of a quantile may be off, 0 to 1."""
        held = self.held
        if isinstance(held, NumberTable) or not held.count:
            return 0.0
        return held.quantiles.error / held.count

    def frequent(self) -> FrequentValues[NumberTable]:
        """The most frequent values."""
        held = self.held
        return FrequentValues(held) if isinstance(held, NumberTable) else held.frequent

    def points(self) -> tuple[Numeric, npt.NDArray[np.int64]]:
        """Values ascending, and of each the number of values up to it."""
        held = self.held
        if isinstance(held, NumberTable):
            return held.values, np.cumsum(held.counts)
        return held.quantiles.points()

    def quantile(self, q: float) -> float | None:
        """The least value that a share `q` of the values does not exceed."""
        low, high = self.extremes
        if not self.count or q <= 0 or q >= 1:
            return None if not self.count else (low if q <= 0 else high)
        values, ranks = self.points()
        place = int(np.searchsorted(ranks, q * int(ranks[-1])))
        found: float = values[min(place, len(values) - 1)].item()
        return found

    def decimals(self) -> Counter[int]:
        """Values by the number of decimals that they are written with.

        Counted on the values that are kept: all while the distinct ones are
        counted, an even sample of the distinct ones afterwards.
        """
        held = self.held
        if isinstance(held, NumberTable):
            return decimals_of(held.values, held.counts)
        sample = held.sample
        assert sample.values is not None
        return decimals_of(sample.values, sample.counts)

    def as_floats(self) -> Numbers:
        """The same with float64 values, to be merged with floats."""
        held = self.held
        if isinstance(held, NumberTable):
            table = NumberTable(held.values.astype(np.float64), held.counts)
            empty = NumberTable(table.values[:0], table.counts[:0])
            # Great integers may meet in one float.
            return Numbers(table.merge(empty), self.nan)
        sample = held.sample
        assert sample.values is not None
        return Numbers(
            replace(
                held,
                sample=replace(sample, values=sample.values.astype(np.float64)),
            ),
            self.nan,
        )


def _bounded(table: NumberTable) -> NumberTable | NumberSketch:
    return table if len(table) <= EXACT_NUMBERS else NumberSketch.of(table)


def _sketch(held: NumberTable | NumberSketch) -> NumberSketch:
    return NumberSketch.of(held) if isinstance(held, NumberTable) else held
