"""Mean and variance that merge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.columnar.statistics.tables import NumberTable


@dataclass(frozen=True)
class Moments:
    """Number, mean and sum of squared deviations of finite values."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, table: NumberTable) -> Moments:
        """The moments of the finite values in a table."""
        values, counts = table.values.astype(np.float64), table.counts
        if table.values.dtype.kind == "f":
            finite = np.isfinite(values)
            values, counts = values[finite], counts[finite]
        count = int(counts.sum())
        if not count:
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            # Taken from near their middle, sums of great numbers lose nothing.
            near = float(values[len(values) // 2])
            # Sums, not dot products: the threads of a BLAS cost more than they
            # give, and other threads are at work already.
            mean = near + float(((values - near) * counts).sum()) / count
            squares = float(((values - mean) ** 2 * counts).sum())
        return cls(count, mean, squares)

    def merge(self, other: Moments) -> Moments:
        """The moments of both (Chan, Golub, LeVeque 1983)."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        apart = other.mean - self.mean
        mean = self.mean + apart * other.count / count
        between = apart * apart * self.count * other.count / count
        return Moments(count, mean, self.squares + other.squares + between)
