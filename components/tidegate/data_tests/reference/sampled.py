"""One column of a sample, made ready to be compared with others."""

from __future__ import annotations

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

# Classes into which a column falls that is to be told by another.
CLASSES = 16
# So many pairs of rows with the same value make a column tell something.
_FEWEST_TWINS = 2_000
# Products in the matrix of all correlations.
_MOST_WORK = 8_000_000_000
_FEWEST_ROWS = 1_000


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

    def numbered(self, draw: int) -> Floats:
        """Ranks where there is an order; else a number at random for each value.

        Around 0, of length 1 as a vector; missing is 0.
        """
        if self.ordered:
            return self.ranks
        generator = np.random.default_rng((draw, len(self.counts)))
        numbers = generator.normal(size=len(self.counts))
        numbers -= np.dot(numbers, self.counts) / max(self.values, 1)
        length = float(np.sqrt(np.dot(numbers**2, self.counts)))
        scaled = (numbers / length if length else numbers * 0).astype(np.float32)
        drawn: Floats = np.append(scaled, np.float32(0))[self.codes]
        return drawn

    @cached_property
    def classes(self) -> Codes:
        """The values in few classes: equal shares of the order, or the frequent.

        -1 where missing.
        """
        if len(self.counts) <= CLASSES:
            return self.codes
        if self.ordered:
            middle = np.cumsum(self.counts) - self.counts / 2
            place = (middle * CLASSES / self.values).astype(np.int64)
        else:
            ranked = np.argsort(-self.counts, kind="stable")
            place = np.full(len(self.counts), CLASSES - 1, np.int64)
            place[ranked[: CLASSES - 1]] = np.arange(CLASSES - 1)
        classes: Codes = np.append(place, -1)[self.codes]
        return classes


def bounded(sample: pa.Table) -> pa.Table:
    """The sample, with fewer rows where there are thousands of columns."""
    rows = _MOST_WORK // max(sample.num_columns, 1) ** 2
    return (
        sample.slice(0, sample.num_rows)
        if rows >= sample.num_rows
        else (sample.take(pa.array(_even(sample.num_rows, max(rows, _FEWEST_ROWS)))))
    )


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


def _even(rows: int, wanted: int) -> npt.NDArray[np.int64]:
    chosen: npt.NDArray[np.int64] = (
        np.arange(min(wanted, rows)) * rows // max(min(wanted, rows), 1)
    )
    return chosen
