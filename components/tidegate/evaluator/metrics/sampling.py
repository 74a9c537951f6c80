"""Which rows a sample has, for confidence intervals, by their position alone.

TFMA draws from a random generator as rows come by; here a row's part in a sample is
a hash of its position in the data, so that states merge in any order, from any
number of processes, to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

from tidegate.evaluator.metrics.predicted import Indices, Numbers
from tidegate.evaluator.metrics.sums import Members, Row

SAMPLES = 20
"""Buckets of the jackknife, and samples of the bootstrap, as many as TFMA has."""

Hashes = NDArray[np.uint64]
_CHANCES = np.cumsum([exp(-1.0) / factorial(times) for times in range(20)])


class Method(Enum):
    """How the spread of a metric is estimated."""

    JACKKNIFE = "jackknife"
    POISSON_BOOTSTRAP = "poisson bootstrap"


@dataclass(frozen=True)
class Sampling:
    """How rows are spread over samples.

    Attributes:
        method: Jackknife: each row is in one of the buckets, and a sample is all
            but one of them. Bootstrap: sample 0 is every row once, and each other
            one has every row a number of times drawn from a Poisson distribution.
        seed: Another one gives other samples.
    """

    method: Method
    seed: int = 0

    @property
    def parts(self) -> int:
        """Sums kept for each slice."""
        return SAMPLES if self.method is Method.JACKKNIFE else SAMPLES + 1

    def spread(self, members: Members, first: int) -> Members:
        """The memberships of each part of each slice; `first` is row 0's position."""
        positions = members.rows + first
        count = members.count * self.parts
        groups = members.groups * self.parts
        if self.method is Method.JACKKNIFE:
            buckets = hashed(positions, self.seed) % np.uint64(SAMPLES)
            return replace(
                members, groups=groups + buckets.astype(np.int64), count=count
            )
        rows, found = [members.rows], [groups]
        times = [np.ones(len(groups))]
        for sample in range(1, self.parts):
            drawn = poisson(positions, self.seed + sample)
            held = np.flatnonzero(drawn)
            rows.append(members.rows[held])
            found.append(groups[held] + sample)
            times.append(drawn[held])
        together = np.concatenate(times)
        return Members(np.concatenate(rows), np.concatenate(found), count, together)


def hashed(positions: Indices, seed: int) -> Hashes:
    """64 well-mixed bits of each position (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = positions.astype(np.uint64) + np.uint64(seed * 0x1F123BB5 + 1)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def poisson(positions: Indices, seed: int) -> Numbers:
    """How often each row is in a sample: Poisson with mean 1."""
    uniform = (hashed(positions, seed) >> np.uint64(11)) * 2.0**-53
    times = np.searchsorted(_CHANCES, uniform, side="right")
    return np.asarray(times, dtype=np.float64)


def samples_of(parts: Sequence[Row], method: Method) -> tuple[Row, list[Row]]:
    """The sums of all rows of a slice, and those of each sample.

    A jackknife sample is summed up from the parts it has, for taking one part from
    the whole would leave crumbs of rounding where there is nothing.
    """
    rows = [each.filled() for each in parts]
    if method is Method.POISSON_BOOTSTRAP:
        return rows[0], rows[1:]
    before, after = [rows[0]], [rows[-1]]
    for row in rows[1:]:
        before.append(before[-1].plus(row))
    for row in rows[-2::-1]:
        after.append(after[-1].plus(row))
    after.reverse()
    inner = [one.plus(two) for one, two in zip(before, after[2:], strict=False)]
    return before[-1], [after[1], *inner, before[-2]]
