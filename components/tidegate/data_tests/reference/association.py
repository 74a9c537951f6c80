"""How columns of a sample go together, two by two.

All measures are about ranks or about equality, so that no unit, no scale and
no outlier matters, and none is biased by many distinct values: of two columns
that have nothing to do with each other each measure is about 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

# As modules: tests import this one, and it imports their cells.
from tidegate.data_tests.reference import sampled

Pair: TypeAlias = "tuple[str, str]"

_FEWEST_ROWS = 100
# Up to so many columns one product of matrices is faster than pair by pair.
_AT_ONCE = 400


class SampledColumns:
    """The columns of a sample, each made ready when it is asked for.

    Attributes:
        rows: Number of rows.
        names: Names of the columns.
    """

    def __init__(self, sample: pa.Table) -> None:
        self._sample = sample
        self._ready: dict[str, sampled.SampledColumn] = {}
        self.rows: int = sample.num_rows
        self.names: tuple[str, ...] = tuple(sample.column_names)

    def __getitem__(self, name: str) -> sampled.SampledColumn:
        if name not in self._ready:
            self._ready[name] = sampled.SampledColumn.of(self._sample[name])
        return self._ready[name]

    def order(self, pairs: Sequence[Pair]) -> list[float | None]:
        """Spearman's rank correlation of each pair, on rows that have both.

        None where a column is not ordered or does not vary. Ranks are taken
        once over all rows of a column, also for pairs with gaps.
        """
        able = {
            name
            for name in {name for pair in pairs for name in pair}
            if name in self.names and self[name].ordered and self[name].varies
        }
        if len(able) <= _AT_ONCE:
            names = sorted(able)
            place = {name: n for n, name in enumerate(names)}
            matrix = self.order_matrix(names)
            return [
                float(matrix[place[one], place[other]])
                if one in able and other in able
                else None
                for one, other in pairs
            ]
        return [
            self._order(one, other) if one in able and other in able else None
            for one, other in pairs
        ]

    def order_matrix(self, names: Sequence[str]) -> sampled.Floats:
        """Spearman's rank correlations of columns that are ordered and vary."""
        if not names:
            return np.zeros((0, 0), np.float32)
        ranks = np.stack([self[name].ranks for name in names])
        there = np.stack([self[name].present for name in names]).astype(np.float32)
        own = (ranks * ranks) @ there.T
        with np.errstate(invalid="ignore", divide="ignore"):
            found: sampled.Floats = (ranks @ ranks.T) / np.sqrt(own * own.T)
        return np.clip(np.nan_to_num(found, posinf=0, neginf=0), -1, 1)

    def missing(self, pairs: Sequence[Pair]) -> list[float | None]:
        """How missing values of each pair come together (phi, -1 to 1).

        None where a column has no gap, or nothing else.
        """
        return [self._missing(*pair) for pair in pairs]

    def missing_matrix(self, names: Sequence[str]) -> sampled.Floats:
        """The same of all pairs of columns that have gaps and values."""
        if not names:
            return np.zeros((0, 0), np.float32)
        gaps = np.stack([~self[name].present for name in names]).astype(np.float32)
        gaps -= gaps.mean(axis=1, keepdims=True)
        gaps /= np.linalg.norm(gaps, axis=1, keepdims=True)
        matrix: sampled.Floats = np.clip(gaps @ gaps.T, -1, 1)
        return matrix

    def has_gaps(self, name: str) -> bool:
        """Whether a column has missing values, and others."""
        return name in self.names and 0 < self[name].values < self.rows

    def told(self, first: str, second: str) -> float | None:
        """How much better `second` is known where `first` is, about 0 to 1.

        Goodman and Kruskal's tau (JASA 1954), its sums taken over pairs of
        different rows, so that it is about 0 for columns that have nothing to
        do with each other, however many values they have. `second` counts in
        few classes.

        Returns:
            None where the first column has hardly a value twice, or one of
            them does not vary in the rows that have both.
        """
        if first not in self.names or second not in self.names:
            return None
        one, other = self[first], self[second]
        if not one.tells or not other.varies:
            return None
        both = one.present & other.present
        groups, classes = one.codes[both], other.classes[both]
        if len(groups) < _FEWEST_ROWS:
            return None
        classes = groups * sampled.CLASSES + classes
        cells = len(one.counts) * sampled.CLASSES
        table = np.bincount(classes, minlength=cells).reshape(-1, sampled.CLASSES)
        sizes = table.sum(axis=1)
        table, sizes = table[sizes > 1], sizes[sizes > 1]
        rows = int(sizes.sum())
        if rows < _FEWEST_ROWS:
            return None
        agree = float(((table * (table - 1)).sum(axis=1) / (sizes - 1)).sum()) / rows
        total = table.sum(axis=0)
        chance = float((total * (total - 1)).sum()) / (rows * (rows - 1))
        return None if chance >= 1 else (agree - chance) / (1 - chance)

    def _order(self, first: str, second: str) -> float:
        one, other = self[first], self[second]
        own = float(np.dot(one.ranks**2, other.present))
        its = float(np.dot(other.ranks**2, one.present))
        if own <= 0 or its <= 0:
            return 0.0
        found = float(np.dot(one.ranks, other.ranks)) / np.sqrt(own * its)
        return float(np.clip(found, -1, 1))

    def _missing(self, first: str, second: str) -> float | None:
        if not self.has_gaps(first) or not self.has_gaps(second):
            return None
        one, other = ~self[first].present, ~self[second].present
        share, its = one.mean(), other.mean()
        both = float((one & other).mean())
        scale = np.sqrt(share * (1 - share) * its * (1 - its))
        return float(np.clip((both - share * its) / scale, -1, 1))


def ordered_names(columns: SampledColumns) -> Iterator[str]:
    """Columns that have an order and vary."""
    for name in columns.names:
        if columns[name].ordered and columns[name].varies:
            yield name
