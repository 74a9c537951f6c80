"""Positions of bad rows: small, mergeable in any order, the same at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = "npt.NDArray[np.int64]"
NO_ROWS: Rows = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Some positions from `first` on: as offsets, or as bits where they are dense."""

    first: int
    count: int
    offsets: npt.NDArray[np.uint32] | None
    bits: npt.NDArray[np.uint8] | None

    @classmethod
    def of(cls, positions: Rows) -> _Chunk:
        first, count = int(positions[0]), len(positions)
        offsets = positions - first
        reach = int(offsets[-1]) + 1
        if reach < 32 * count:
            flags = np.zeros(reach, np.bool_)
            flags[offsets] = True
            return cls(first, count, None, np.packbits(flags))
        return cls(first, count, offsets.astype(np.uint32), None)

    def positions(self) -> Rows:
        if self.bits is not None:
            found: Rows = np.flatnonzero(np.unpackbits(self.bits)) + self.first
            return found
        return self.first + np.asarray(self.offsets, np.int64)


@dataclass(frozen=True, eq=False)
class Blame:
    """The rows that break a test, by their positions in the data set.

    A row takes a bit where many are bad and four bytes where few are, so that
    even a data set of which every row is bad is told in little memory.
    """

    chunks: tuple[_Chunk, ...] = ()

    @classmethod
    def of(cls, positions: Rows) -> Blame:
        """These rows; `positions` ascend, all in one part of the data set."""
        return cls((_Chunk.of(positions),)) if len(positions) else NOBODY

    @classmethod
    def anywhere(cls, positions: Rows) -> Blame:
        """These rows, each once, in any order, of any parts."""
        every = np.unique(positions)
        if not len(every):
            return NOBODY
        cuts = np.flatnonzero(np.diff(every) >= 1 << 31) + 1
        return cls(tuple(_Chunk.of(run) for run in np.split(every, cuts)))

    def merge(self, other: Blame) -> Blame:
        """The rows of both, which have none in common."""
        return Blame(self.chunks + other.chunks)

    def __len__(self) -> int:
        return sum(chunk.count for chunk in self.chunks)

    def positions(self, most: int | None = None) -> Rows:
        """The positions, ascending; only the first of them if `most` is given."""
        held: list[Rows] = []
        seen = 0
        # Chunks are of different batches: they do not overlap.
        for chunk in sorted(self.chunks, key=lambda one: one.first):
            if most is not None and seen >= most:
                break
            held.append(chunk.positions())
            seen += chunk.count
        found: Rows = np.concatenate([NO_ROWS, *held])
        return found if most is None else found[:most]


NOBODY = Blame()


def union(blames: Iterable[Blame]) -> Blame:
    """Every row that at least one of them blames, once."""
    held = [blame.positions() for blame in blames if len(blame)]
    return Blame.anywhere(np.concatenate([NO_ROWS, *held]))
