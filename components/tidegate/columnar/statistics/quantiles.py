"""Quantiles of more distinct numbers than a table holds.

Levels of values, one at level h standing for 2^h. A level that is full is
sorted and every other value of it goes one level up (Manku, Rajagopalan,
Lindsay, SIGMOD 1998, with the levels of KLL, FOCS 2016). Nothing is random. The
ranks are off by 2^h at most for each such step, and the steps are counted: so
the error is a bound, not an expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tidegate.columnar.statistics.tables import NumberTable, Numeric

LEVEL = 2048


@dataclass(frozen=True, eq=False)
class QuantileSketch:
    """Values that stand for others near them in order.

    Attributes:
        levels: Values of each level, in no order.
        error: Bound of how far a rank may be off, in values.
        turns: One bit a level: which of two neighbours goes up next.
    """

    levels: tuple[Numeric, ...] = ()
    error: int = 0
    turns: int = 0

    @classmethod
    def of(cls, table: NumberTable) -> QuantileSketch:
        """The sketch of the values in a table."""
        highest = int(table.counts.max(initial=0)).bit_length()
        bits = (table.counts >> np.int64(level) & 1 for level in range(highest))
        levels = [table.values[bit.astype(bool)] for bit in bits]
        return cls(*_compacted(levels, 0, 0))

    def merge(self, other: QuantileSketch) -> QuantileSketch:
        """The sketch of the values of both."""
        levels = list(self.levels)
        for height, values in enumerate(other.levels):
            if height < len(levels):
                levels[height] = np.concatenate([levels[height], values])
            else:
                levels.append(values)
        error, turns = self.error + other.error, self.turns ^ other.turns
        return QuantileSketch(*_compacted(levels, error, turns))

    def points(self) -> tuple[Numeric, npt.NDArray[np.int64]]:
        """Values ascending, and of each the number of values up to it."""
        values = np.concatenate(self.levels)
        weights = np.concatenate(
            [np.full(len(held), 1 << h, np.int64) for h, held in enumerate(self.levels)]
        )
        order = np.argsort(values, kind="stable")
        return values[order], np.cumsum(weights[order])


def _compacted(
    levels: list[Numeric], error: int, turns: int
) -> tuple[tuple[Numeric, ...], int, int]:
    height = 0
    while height < len(levels):
        values = levels[height]
        if len(values) > LEVEL:
            if height + 1 == len(levels):
                levels.append(values[:0])
            ordered = np.sort(values)
            # An odd one out stays, so that the weights still sum up.
            even = len(ordered) // 2 * 2
            above = ordered[:even][turns >> height & 1 :: 2]
            levels[height] = ordered[even:]
            levels[height + 1] = np.concatenate([levels[height + 1], above])
            error += 1 << height
            turns ^= 1 << height
        height += 1
    return tuple(levels), error, turns
