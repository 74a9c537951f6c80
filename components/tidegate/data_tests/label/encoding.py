"""Columns of mixed types as small integers, and as what they say of a label.

Every column becomes levels: a category is a level, numbers are put into bins
of about equally many rows, and missing is a level of its own. So the same
arithmetic serves all columns, and no scale or outlier counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.random_sample import drawn

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
FOLDS = 5
_SMOOTHING = 2.0


@dataclass(frozen=True, eq=False)
class Feature:
    """One column as levels.

    Attributes:
        name: Name of the column.
        codes: Level of each row, from 0; missing is the last level.
        levels: Number of levels, missing included.
        numbers: The numbers in double precision, NaN where missing; None for
            a column of other values.
    """

    name: str
    codes: Codes
    levels: int
    numbers: Floats | None = None

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows have no value."""
        found: npt.NDArray[np.bool_] = self.codes == self.levels - 1
        return found


def feature(name: str, column: pa.ChunkedArray, bins: int = 64) -> Feature:
    """A column as levels; of a list the first value counts.

    Args:
        name: Name of the column.
        column: Numbers, text, bytes, null, or lists of these.
        bins: Most bins for numbers; fewer different ones are levels themselves.
    """
    found = cells(column)
    rows, first = np.unique(found.rows, return_index=True)
    values = found.values.take(pa.array(first))
    if found.is_number:
        numbers = np.full(len(column), np.nan)
        numbers[rows] = np.asarray(pc.cast(values, pa.float64(), safe=False))
        return _binned(name, numbers, bins)
    codes = np.full(len(column), -1, np.int64)
    levels = 0
    if len(rows):
        coded = values.dictionary_encode()
        levels = len(coded.dictionary)
        codes[rows] = np.asarray(coded.indices, np.int64)
    codes[codes < 0] = levels
    return Feature(name, codes, levels + 1)


def features(
    table: pa.Table, names: Sequence[str], bins: int = 64
) -> tuple[Feature, ...]:
    """Columns of a table as levels."""
    return tuple(feature(name, table[name], bins) for name in names)


def folds_of(positions: npt.NDArray[np.int64]) -> Codes:
    """A fold of `FOLDS` for each row, as good as random and always the same."""
    # Not the lowest bits: by these the sample itself was not drawn either, but
    # the highest ones decide who is in it.
    folds: Codes = ((drawn(positions) >> np.uint64(3)) % np.uint64(FOLDS)).astype(
        np.int64
    )
    return folds


def expected(
    codes: Codes, levels: int, target: Floats, folds: Codes, base: float | None = None
) -> Floats:
    """Mean of the target among the rows of the same level in the other folds.

    Its own fold never tells a row's label, so that a column with a value of its
    own for each row, such as an id, says nothing; rare levels are drawn to the
    mean of all.

    Args:
        codes: Level of each row.
        levels: Number of levels.
        target: What is expected of each row.
        folds: Fold of each row.
        base: The mean that rare levels are drawn to; None for that of all.
    """
    mean = (float(target.mean()) if len(target) else 0.0) if base is None else base
    cell = codes * FOLDS + folds
    counts = np.bincount(cell, minlength=levels * FOLDS).astype(np.float64)
    sums = np.bincount(cell, target, minlength=levels * FOLDS)
    of_level = counts.reshape(-1, FOLDS).sum(1)[codes] - counts[cell]
    sum_of_level = sums.reshape(-1, FOLDS).sum(1)[codes] - sums[cell]
    found: Floats = (sum_of_level + _SMOOTHING * mean) / (of_level + _SMOOTHING)
    return found


def _binned(name: str, numbers: Floats, bins: int) -> Feature:
    known = ~np.isnan(numbers)
    present = numbers[known]
    different = np.unique(present)
    if len(different) > bins:
        ranks = np.linspace(0, len(present) - 1, bins + 1)[1:-1].astype(np.int64)
        edges = np.unique(np.sort(present)[ranks])
    else:
        edges = different[1:]
    levels = len(edges) + 1
    codes = np.full(len(numbers), levels, np.int64)
    codes[known] = np.searchsorted(edges, present, side="right")
    return Feature(name, codes, levels + 1, numbers)
