"""A uniform sample of rows that merges in any order to the same sample.

Every row has a number drawn by its position, and the rows with the smallest
numbers are the sample (bottom-k sampling: Cohen and Kaplan, PODC 2007). What
looks at many columns at once looks at it, in memory that does not grow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.example_decoding import as_table
from tidegate.columnar.statistics.hashing import mixed
from tidegate.data_tests.blame import Rows

_MOST_ROWS = 20_000
_MOST_CELLS = 20_000_000
_FEWEST_ROWS = 1_000
_SLACK = 3


@dataclass(frozen=True, eq=False)
class RandomSample:
    """Rows drawn at random, each with its position.

    Attributes:
        size: Most rows that it may have.
        pieces: The rows drawn so far, a little more than `size` at times.
    """

    size: int
    pieces: tuple[tuple[pa.Table, Rows], ...] = ()

    @classmethod
    def of(cls, table: pa.Table, positions: Rows) -> RandomSample:
        """A sample of the rows of one batch."""
        size = max(_FEWEST_ROWS, _MOST_CELLS // max(table.num_columns, 1))
        return cls(min(size, _MOST_ROWS), ((table, positions),))._drawn()

    def merge(self, other: RandomSample) -> RandomSample:
        """A sample of the rows of both."""
        size = min(self.size, other.size)
        joined = RandomSample(size, self.pieces + other.pieces)
        return joined._drawn() if joined._held > _SLACK * size else joined

    def rows(self) -> tuple[pa.Table, Rows]:
        """The sample, in the order of positions, each column in one type."""
        pieces = sorted(
            (piece for piece in self._drawn().pieces if len(piece[1])),
            key=lambda piece: int(piece[1][0]),
        )
        table = as_table([(t.num_rows, _columns(t)) for t, _ in pieces], _names(pieces))
        return table, np.concatenate([np.zeros(0, np.int64), *(p for _, p in pieces)])

    @property
    def _held(self) -> int:
        return sum(len(positions) for _, positions in self.pieces)

    def _drawn(self) -> RandomSample:
        """The same without the rows that are one too many."""
        if self._held <= self.size:
            return self
        numbers = [drawn(positions) for _, positions in self.pieces]
        last = np.partition(np.concatenate(numbers), self.size - 1)[self.size - 1]
        kept = []
        for (table, positions), number in zip(self.pieces, numbers, strict=True):
            chosen = np.flatnonzero(number <= last)
            if len(chosen) == len(positions):
                kept.append((table, positions))
            elif len(chosen):
                kept.append((table.take(pa.array(chosen)), positions[chosen]))
        return RandomSample(self.size, tuple(kept))


def drawn(positions: Rows) -> npt.NDArray[np.uint64]:
    """A number for each position, as good as random and always the same."""
    return mixed(positions.astype(np.uint64))


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: _whole(table[name]) for name in table.column_names}


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    if not isinstance(joined, pa.ChunkedArray):
        return joined
    return joined.chunk(0) if joined.num_chunks else pa.array([], column.type)


def _names(pieces: list[tuple[pa.Table, Rows]]) -> list[str]:
    return list(dict.fromkeys(n for table, _ in pieces for n in table.column_names))
