"""How many values the rows of a feature have."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.statistics.numbers import Numbers

Lengths = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Valency:
    """Rows of one level of lists, and the values that they have.

    Attributes:
        present: Lists that are there, those without values among them.
        total: Number of values.
        lengths: Numbers of values of the lists that are there.
        weighted_present: Sum of the weights of the lists that are there.
        weighted_total: Sum of the weights of their values.
    """

    present: int = 0
    total: int = 0
    lengths: Numbers = field(default_factory=lambda: Numbers.counted({}))
    weighted_present: float = 0.0
    weighted_total: float = 0.0

    @classmethod
    def of(cls, lengths: Lengths, weights: Weights | None = None) -> Valency:
        """The valency of lists that are there.

        Args:
            lengths: Number of values of each.
            weights: Weight of each.
        """
        total = int(lengths.sum())
        counted = Numbers.of(pa.array(lengths, pa.int64()))
        if weights is None:
            return cls(len(lengths), total, counted)
        weight, of_values = float(weights.sum()), float((lengths * weights).sum())
        return cls(len(lengths), total, counted, weight, of_values)

    @classmethod
    def single(cls, filled: int, empty: int) -> Valency:
        """The valency of rows that have one value or none."""
        counts = {length: n for length, n in ((0, empty), (1, filled)) if n}
        return cls(filled + empty, filled, Numbers.counted(counts))

    def merge(self, other: Valency) -> Valency:
        """The valency of the rows of both."""
        return Valency(
            self.present + other.present,
            self.total + other.total,
            self.lengths.merge(other.lengths),
            self.weighted_present + other.weighted_present,
            self.weighted_total + other.weighted_total,
        )

    @property
    def fewest(self) -> int:
        """Least number of values; greater than any where no list is there."""
        return int(self.lengths.extremes[0]) if self.present else sys.maxsize

    @property
    def most(self) -> int:
        """Greatest number of values."""
        return int(self.lengths.extremes[1]) if self.present else 0
