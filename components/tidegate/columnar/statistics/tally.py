"""How often each value occurs, by a key of 64 bits, however many differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tidegate.columnar.statistics.tables import Counts, Numeric
from tidegate.columnar.statistics.weighted import Weights


class Run(NamedTuple):
    """Keys with their sums.

    Attributes:
        keys: 64-bit integers, ascending, each once.
        counts: How often each occurs.
        weights: Sum of the weights of each; None without weights.
    """

    keys: Numeric
    counts: Counts
    weights: Weights | None


@dataclass(frozen=True, eq=False)
class Tally:
    """Every key with its count, 16 bytes a key and 24 with weights.

    Runs are joined as they grow alike, so that adding many small ones costs
    little more than sorting all at once, and takes twice the room of the result
    at the most while it lasts.

    Attributes:
        runs: Each more than twice as long as the next.
    """

    runs: tuple[Run, ...] = ()

    @classmethod
    def of(cls, keys: Numeric, counts: Counts, weights: Weights | None) -> Tally:
        """The tally of keys in any order, some of them more than once."""
        return cls((_added(Run(keys, counts, weights)),)) if len(keys) else cls()

    def merge(self, other: Tally) -> Tally:
        """The tally of both."""
        by_length = sorted((*self.runs, *other.runs), key=_length, reverse=True)
        held: list[Run] = []
        for run in by_length:
            held.append(run)
            while len(held) > 1 and _length(held[-2]) <= 2 * _length(held[-1]):
                held[-2:] = [_joined(held[-2:])]
        return Tally(tuple(held))

    def whole(self) -> Run:
        """All keys in one run."""
        if not self.runs:
            return Run(np.zeros(0, np.uint64), np.zeros(0, np.int64), None)
        return self.runs[0] if len(self.runs) == 1 else _joined(list(self.runs))


def _length(run: Run) -> int:
    return len(run.keys)


def _joined(runs: list[Run]) -> Run:
    weights = [run.weights for run in runs if run.weights is not None]
    return _added(
        Run(
            np.concatenate([run.keys for run in runs]),
            np.concatenate([run.counts for run in runs]),
            np.concatenate(weights) if weights else None,
        )
    )


def _added(run: Run) -> Run:
    # Stable is the sort that makes use of runs that are in order already.
    order = np.argsort(run.keys, kind="stable")
    keys = run.keys[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    weights = run.weights
    return Run(
        keys[starts],
        np.add.reduceat(run.counts[order], starts),
        None if weights is None else np.add.reduceat(weights[order], starts),
    )
