"""Columns of a sample made ready to be compared, and how two go together.

All measures are about ranks or about equality, so that no unit, no scale and
no outlier matters, and none is biased by many distinct values: of two columns
that have nothing to do with each other each measure is about 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.catalogue.cells import Cells, cells
from tidegate.data_tests.times import looks_like_times, parse_times

Codes: TypeAlias = "npt.NDArray[np.int64]"
Floats: TypeAlias = "npt.NDArray[np.float32]"
Mask: TypeAlias = "npt.NDArray[np.bool_]"
Pair: TypeAlias = "tuple[str, str]"

# Classes into which a column falls that is to be told by another.
_CLASSES = 16
# So many pairs of rows with the same value make a column tell something.
_FEWEST_TWINS = 2_000
_FEWEST_ROWS = 100
# Up to so many columns one product of matrices is faster than pair by pair.
_AT_ONCE = 400


@dataclass(eq=False)
class SampledColumn:
    """One column of a sample.

    Attributes:
        present: Which rows have a value; of a list the first one counts.
        ordered: Whether values have an order: numbers, and text that is times.
        codes: For each row its value's number, in their order; -1 if missing.
        counts: How often each value occurs.
    """

    present: Mask
    ordered: bool
    codes: Codes
    counts: Codes

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> SampledColumn:
        """A column of numbers, text, bytes, or lists of these."""
        found = _first_of_each_row(cells(column))
        values, ordered = _values(found)
        if values is None:
            _, inner = found.distinct()
        else:
            known = ~np.isnan(values) if values.dtype.kind == "f" else None
            if known is not None and not known.all():
                found = Cells(found.values, found.rows[known])
                values = values[known]
            _, inner = np.unique(values, return_inverse=True)
        codes = np.full(len(column), -1, np.int64)
        codes[found.rows] = inner
        counts = np.bincount(inner) if len(inner) else np.zeros(0, np.int64)
        return cls(codes >= 0, ordered, codes, counts.astype(np.int64))

    @property
    def values(self) -> int:
        """Number of rows with a value."""
        return int(self.counts.sum())

    @property
    def varies(self) -> bool:
        """Whether there are two different values at least."""
        return len(self.counts) > 1

    @property
    def twins(self) -> int:
        """Number of pairs of rows that have the same value."""
        return int((self.counts * (self.counts - 1) // 2).sum())

    @property
    def tells(self) -> bool:
        """Whether rows share values often enough to see what these tell."""
        return self.varies and self.twins >= _FEWEST_TWINS

    @cached_property
    def ranks(self) -> Floats:
        """Ranks of the values around 0, of length 1 as a vector; missing is 0."""
        middle = np.cumsum(self.counts) - (self.counts + 1) / 2
        centred = middle - (self.values - 1) / 2
        length = float(np.sqrt(np.dot(centred**2, self.counts)))
        scaled = (centred / length if length else centred * 0).astype(np.float32)
        ranks: Floats = np.append(scaled, np.float32(0))[self.codes]
        return ranks

    @cached_property
    def classes(self) -> Codes:
        """The values in few classes: equal shares of the order, or the frequent.

        -1 where missing.
        """
        if len(self.counts) <= _CLASSES:
            return self.codes
        if self.ordered:
            middle = np.cumsum(self.counts) - self.counts / 2
            place = (middle * _CLASSES / self.values).astype(np.int64)
        else:
            ranked = np.argsort(-self.counts, kind="stable")
            place = np.full(len(self.counts), _CLASSES - 1, np.int64)
            place[ranked[: _CLASSES - 1]] = np.arange(_CLASSES - 1)
        classes: Codes = np.append(place, -1)[self.codes]
        return classes


class SampledColumns:
    """The columns of a sample, each made ready when it is asked for.

    Attributes:
        rows: Number of rows.
        names: Names of the columns.
    """

    def __init__(self, sample: pa.Table) -> None:
        self._sample = sample
        self._ready: dict[str, SampledColumn] = {}
        self.rows: int = sample.num_rows
        self.names: tuple[str, ...] = tuple(sample.column_names)

    def __getitem__(self, name: str) -> SampledColumn:
        if name not in self._ready:
            self._ready[name] = SampledColumn.of(self._sample[name])
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

    def order_matrix(self, names: Sequence[str]) -> Floats:
        """Spearman's rank correlations of columns that are ordered and vary."""
        if not names:
            return np.zeros((0, 0), np.float32)
        ranks = np.stack([self[name].ranks for name in names])
        there = np.stack([self[name].present for name in names]).astype(np.float32)
        own = (ranks * ranks) @ there.T
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (ranks @ ranks.T) / np.sqrt(own * own.T)
        return np.clip(np.nan_to_num(found, posinf=0, neginf=0), -1, 1)

    def missing(self, pairs: Sequence[Pair]) -> list[float | None]:
        """How missing values of each pair come together (phi, -1 to 1).

        None where a column has no gap, or nothing else.
        """
        return [self._missing(*pair) for pair in pairs]

    def missing_matrix(self, names: Sequence[str]) -> Floats:
        """The same of all pairs of columns that have gaps and values."""
        if not names:
            return np.zeros((0, 0), np.float32)
        gaps = np.stack([~self[name].present for name in names]).astype(np.float32)
        gaps -= gaps.mean(axis=1, keepdims=True)
        gaps /= np.linalg.norm(gaps, axis=1, keepdims=True)
        return np.clip(gaps @ gaps.T, -1, 1)

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
        table = np.bincount(
            groups * _CLASSES + classes, minlength=len(one.counts) * _CLASSES
        ).reshape(-1, _CLASSES)
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


def _first_of_each_row(found: Cells) -> Cells:
    if not len(found.rows) or (np.diff(found.rows) > 0).all():
        return found
    _, first = np.unique(found.rows, return_index=True)
    return Cells(found.values.take(pa.array(first)), found.rows[first])


def _values(found: Cells) -> tuple[npt.NDArray[np.generic] | None, bool]:
    """The values as numbers where they have an order."""
    if found.is_number:
        return np.asarray(found.values), True
    if pa.types.is_null(found.values.type):
        return np.zeros(0, np.int64), False
    if looks_like_times(found.values):
        micros, known = parse_times(found.values)
        return np.where(known, micros.astype(np.float64), np.nan), True
    return None, False
