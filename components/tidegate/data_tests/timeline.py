"""When the rows of some batches happened, in memory that does not grow.

Rows are counted in buckets of a second, a minute, an hour, a day or a hundred
days: the finest in which a data set needs few enough of them. Each bucket knows
its first and its last time, so that gaps longer than a bucket are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tidegate.data_tests.duration import spoken
from tidegate.data_tests.times import DAY, SECOND, Micros, Times

Counts: TypeAlias = "npt.NDArray[np.int64]"

# Each is a multiple of the one before, so that buckets nest.
STEPS = (SECOND, 60 * SECOND, 3_600 * SECOND, DAY, 100 * DAY)
_MOST = 20_000


def _none() -> Counts:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Timeline:
    """Buckets of times, ascending; merges in any order to the same.

    Attributes:
        step: Place in `STEPS` of the length of a bucket.
        first: First time in each bucket.
        last: Last time in each bucket.
        counts: Times in each bucket.
        strange: Rows with a value that is no time.
    """

    step: int = 0
    first: Micros = field(default_factory=_none)
    last: Micros = field(default_factory=_none)
    counts: Counts = field(default_factory=_none)
    strange: int = 0

    @classmethod
    def of(cls, times: Times) -> Timeline:
        """The times of one batch."""
        micros = np.sort(times.micros)
        ones = np.ones(len(micros), np.int64)
        return _bucketed(0, micros, micros, ones, len(times.strange))

    def merge(self, other: Timeline) -> Timeline:
        """The times of both."""
        first = np.concatenate([self.first, other.first])
        order = np.argsort(first, kind="stable")
        return _bucketed(
            max(self.step, other.step),
            first[order],
            np.concatenate([self.last, other.last])[order],
            np.concatenate([self.counts, other.counts])[order],
            self.strange + other.strange,
        )

    def __len__(self) -> int:
        return int(self.counts.sum())

    @property
    def resolution(self) -> int:
        """Length of a bucket in microseconds: no shorter gap is seen for sure."""
        return STEPS[self.step]

    @property
    def earliest(self) -> int:
        """The first time; there must be one."""
        return int(self.first[0])

    @property
    def latest(self) -> int:
        """The last time; there must be one."""
        return int(self.last[-1])

    def latest_until(self, moment: int) -> int | None:
        """The last time that is not after a moment; None if all are after it.

        Within the bucket of the moment itself it may be somewhat early.
        """
        begun = int(np.searchsorted(self.first, moment, side="right"))
        if not begun:
            return None
        last = int(self.last[begun - 1])
        return last if last <= moment else int(self.first[begun - 1])

    def until(self, share: float) -> int:
        """A time that a share of the times does not exceed, and hardly fewer."""
        upto = np.cumsum(self.counts)
        place = int(np.searchsorted(upto, share * int(upto[-1])))
        return int(self.last[min(place, len(upto) - 1)])

    def longest_gap(self) -> tuple[int, int] | None:
        """From when to when nothing happened for longest; None of one bucket."""
        gaps = self.first[1:] - self.last[:-1]
        if not len(gaps):
            return None
        place = int(gaps.argmax())
        return int(self.last[place]), int(self.first[place + 1])

    def gaps_over(self, length: int) -> int:
        """Number of gaps that are longer than `length` microseconds."""
        return int((self.first[1:] - self.last[:-1] > length).sum())

    def counted(self, bins: int) -> tuple[list[int], list[int]]:
        """Edges of bins of one length, one more than bins, and rows in each."""
        edges = np.linspace(self.earliest, self.latest + 1, bins + 1).astype(np.int64)
        place = np.clip(np.searchsorted(edges, self.first, "right") - 1, 0, bins - 1)
        rows = np.bincount(place, weights=self.counts, minlength=bins)
        return edges.tolist(), rows.astype(np.int64).tolist()

    def told_resolution(self) -> str:
        """`1 minute`: the length of a bucket in words."""
        return spoken(self.resolution)


def _bucketed(
    step: int, first: Micros, last: Micros, counts: Counts, strange: int
) -> Timeline:
    """The finest buckets, from a step on, that are few enough."""
    for coarser in range(step, len(STEPS)):
        bucket = first // STEPS[coarser]
        starts = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
        if len(starts) <= _MOST or coarser == len(STEPS) - 1:
            break
    if not len(first):
        return Timeline(step, strange=strange)
    return Timeline(
        coarser,
        first[starts],
        np.maximum.reduceat(last, starts),
        np.add.reduceat(counts, starts),
        strange,
    )


def bin_of(edges: list[int], moment: int) -> int:
    """The bin that a moment is in."""
    for place, (_, end) in enumerate(pairwise(edges)):
        if moment < end:
            return place
    return len(edges) - 2
