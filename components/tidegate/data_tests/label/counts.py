"""How often rows have a label, all of them and by the values of other columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.catalogue.cells import canonical, cells

# A column with more values than this has too few rows a value to judge.
MOST_SLICES = 1_000
# One alarm in a thousand looks at data as they should be, all slices together.
CHANCE = 0.001


class Tally(NamedTuple):
    """How many rows have a label at all, and how many the one that is counted."""

    rows: int = 0
    hits: int = 0

    @property
    def share(self) -> float:
        """Share of the label among rows with one; 0 of no rows."""
        return self.hits / self.rows if self.rows else 0.0

    @property
    def log_odds(self) -> float:
        """Log-odds of the share, kept finite by half a row of each."""
        return math.log((self.hits + 0.5) / (self.rows - self.hits + 0.5))

    def plus(self, other: Tally) -> Tally:
        """The rows of both."""
        return Tally(self.rows + other.rows, self.hits + other.hits)

    def interval(self, tests: int = 1, chance: float = CHANCE) -> tuple[float, float]:
        """Where the share lies but for a small chance (Wilson, 1927).

        Args:
            tests: How many such intervals are looked at together.
            chance: The chance that one of them is beside the truth.
        """
        if not self.rows:
            return 0.0, 1.0
        z = NormalDist().inv_cdf(1 - chance / 2 / max(tests, 1))
        n, p = self.rows, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class LabelCounts:
    """Tallies of some batches.

    Attributes:
        total: Of all rows.
        slices: By column, of the rows with each of its values; None for a
            column with too many values.
    """

    total: Tally = field(default_factory=Tally)
    slices: Mapping[str, Mapping[str, Tally] | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        known: npt.NDArray[np.bool_],
        hits: npt.NDArray[np.bool_],
        by: Mapping[str, pa.ChunkedArray],
    ) -> LabelCounts:
        """The tallies of some rows.

        Args:
            known: Which rows have a label.
            hits: Which rows have the label that is counted.
            by: Columns that make slices.
        """
        total = Tally(int(known.sum()), int((known & hits).sum()))
        return cls(total, {n: _tallies(c, known, hits) for n, c in by.items()})

    def merge(self, other: LabelCounts) -> LabelCounts:
        """The tallies of both."""
        names = {**self.slices, **other.slices}
        return LabelCounts(
            self.total.plus(other.total),
            {
                name: _both(self.slices.get(name, {}), other.slices.get(name, {}))
                for name in names
            },
        )

    def large(self, at_least: int) -> Iterator[tuple[str, str, Tally]]:
        """Column, value and tally of slices with enough rows, in a fixed order."""
        for column, held in self.slices.items():
            for value, tally in sorted((held or {}).items()):
                if tally.rows >= at_least:
                    yield column, value, tally

    @property
    def too_many(self) -> Sequence[str]:
        """Columns with too many values to be judged by."""
        return [name for name, held in self.slices.items() if held is None]


def _tallies(
    column: pa.ChunkedArray,
    known: npt.NDArray[np.bool_],
    hits: npt.NDArray[np.bool_],
) -> Mapping[str, Tally] | None:
    found = cells(column)
    values, codes = found.distinct()
    if len(values) > MOST_SLICES:
        return None
    single = pa.types.is_float32(found.values.type)
    rows = np.bincount(codes, known[found.rows], len(values))
    several = np.bincount(codes, (known & hits)[found.rows], len(values))
    told: dict[str, Tally] = {}
    for value, total, hit in zip(values, rows, several, strict=True):
        word = canonical(value, single)
        told[word] = told.get(word, Tally()).plus(Tally(int(total), int(hit)))
    return told


def _both(
    one: Mapping[str, Tally] | None, other: Mapping[str, Tally] | None
) -> Mapping[str, Tally] | None:
    if one is None or other is None:
        return None
    both = dict(one)
    for value, tally in other.items():
        both[value] = both.get(value, Tally()).plus(tally)
    return both if len(both) <= MOST_SLICES else None
