"""The most frequent words, found among all of them once their counts are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.hashing import Hashes

Sums = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Front:
    """Which hashes are of words that may be among the first.

    Attributes:
        above: Hashes of words that are for sure, ascending.
        sums: Count or weight of each.
        level: That of the words of which only some are.
        tied: Hashes of these, ascending; None for all that are not above.
        room: How many of them are, those of the greatest words.
    """

    above: Hashes
    sums: Sums
    level: float
    tied: Hashes | None
    room: int

    @classmethod
    def of(cls, hashes: Hashes, sums: Sums, most: int) -> Front:
        """The front for the `most` words of the greatest sums.

        Args:
            hashes: Of all words, ascending.
            sums: Count or weight of each word.
            most: How many words, 1 at least.
        """
        if len(hashes) <= most:
            return cls(hashes, sums, 0, hashes[:0], 0)
        last = len(sums) - most
        level = np.partition(sums, last)[last]
        above, tied = sums > level, sums == level
        rest = int(np.count_nonzero(tied))
        room = most - int(np.count_nonzero(above))
        all_tied = rest + most - room == len(hashes)
        return cls(
            hashes[above],
            sums[above],
            level.item(),
            None if all_tied else hashes[tied],
            room,
        )


@dataclass(frozen=True, eq=False)
class Leaders:
    """The first words of those seen so far.

    Attributes:
        values: Large binary, each once.
        sums: Count or weight of each in all of the data.
        tied: Which have the front's level, and give way to greater words.
        room: See `Front`.
    """

    values: pa.Array
    sums: Sums
    tied: npt.NDArray[np.bool_]
    room: int

    @classmethod
    def of(cls, values: pa.Array, hashes: Hashes, front: Front) -> Leaders:
        """The leaders among distinct words.

        Args:
            values: The words, large binary.
            hashes: Of each.
            front: Which of them count.
        """
        above, place = _found(hashes, front.above)
        tied = ~above if front.tied is None else _found(hashes, front.tied)[0]
        kept = np.flatnonzero(above | tied)
        sums = np.full(len(kept), front.level, front.sums.dtype)
        sure = above[kept]
        sums[sure] = front.sums[place[kept][sure]]
        return _bounded(cls(values.take(pa.array(kept)), sums, ~sure, front.room))

    def merge(self, other: Leaders) -> Leaders:
        """The leaders of both, which have the same front."""
        values = pa.concat_arrays([self.values, other.values])
        codes = np.asarray(values.dictionary_encode().indices)
        _, first = np.unique(codes, return_index=True)
        return _bounded(
            Leaders(
                values.take(pa.array(first)),
                np.concatenate([self.sums, other.sums])[first],
                np.concatenate([self.tied, other.tied])[first],
                self.room,
            )
        )


def _found(
    hashes: Hashes, among: Hashes
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which hashes are among others, and where there."""
    if not len(among):
        return np.zeros(len(hashes), bool), np.zeros(len(hashes), np.int64)
    place = np.minimum(np.searchsorted(among, hashes), len(among) - 1)
    return among[place] == hashes, place


def _bounded(leaders: Leaders) -> Leaders:
    """Without the least of the tied words, as far as there is no room."""
    tied = np.flatnonzero(leaders.tied)
    over = len(tied) - leaders.room
    if over <= 0:
        return leaders
    words = leaders.values.take(pa.array(tied))
    kept = np.ones(len(leaders.tied), bool)
    kept[tied[np.asarray(pc.sort_indices(words), np.int64)[:over]]] = False
    return Leaders(
        leaders.values.filter(pa.array(kept)),
        leaders.sums[kept],
        leaders.tied[kept],
        leaders.room,
    )
