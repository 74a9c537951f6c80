"""Which pairs of columns are kept, so that wide tables stay cheap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.reference.association import (
    Floats,
    Pair,
    SampledColumns,
    ordered_names,
)
from tidegate.data_tests.reference.summary import Relations

# All pairs of so many columns are kept; of more the strongest ones.
_ALL_OF = 200
_STRONGEST = 2_000
_MOST_COLUMNS = 2_000
_MOST_GROUPED = 4_000
# Products in the matrix of all correlations.
_MOST_WORK = 20_000_000_000
_FEWEST_ROWS = 1_000
# Below this a pair tells nothing that could get lost.
_WEAK = 0.02


def relations_of(sample: pa.Table) -> Relations:
    """How the columns of a random sample go together."""
    names = sample.column_names[:_MOST_COLUMNS]
    columns = SampledColumns(bounded(sample.select(names)))
    ordered = list(ordered_names(columns))
    holed = [name for name in columns.names if columns.has_gaps(name)]
    place = {name: n for n, name in enumerate(columns.names)}
    order = _kept(ordered, columns.order_matrix(ordered))
    missing = _kept(holed, columns.missing_matrix(holed))
    groups = _told(columns, grouped_pairs(columns))
    return Relations(
        rows=columns.rows,
        names=columns.names,
        order=tuple((place[a], place[b], value) for a, b, value in order),
        groups=tuple((place[a], place[b], value) for a, b, value in groups),
        missing=tuple((place[a], place[b], value) for a, b, value in missing),
    )


def bounded(sample: pa.Table) -> pa.Table:
    """The sample, with fewer rows where there are thousands of columns."""
    rows = _MOST_WORK // max(sample.num_columns, 1) ** 2
    return (
        sample.slice(0, sample.num_rows)
        if rows >= sample.num_rows
        else (sample.take(pa.array(_even(sample.num_rows, max(rows, _FEWEST_ROWS)))))
    )


def grouped_pairs(columns: SampledColumns) -> list[Pair]:
    """Pairs of which the first column may tell the second, bounded in number.

    Those with text come first: numbers have their ranks besides. Of wide
    tables each column meets its neighbours, so that none is left out.
    """
    able = [name for name in columns.names if columns[name].varies]
    telling = [name for name in able if columns[name].tells]
    both = set(telling)
    pairs = [(one, other) for one, other in _neighbours(able) if one in both]
    pairs.sort(key=lambda pair: all(columns[name].ordered for name in pair))
    return pairs[:_MOST_GROUPED]


def _neighbours(names: Sequence[str]) -> Iterator[Pair]:
    """All pairs, nearest ones first, both ways; many times more than are kept."""
    count = len(names)
    most = min(count - 1, max(1, 4 * _MOST_GROUPED // max(count, 1)))
    for apart in range(1, most + 1):
        for place, name in enumerate(names):
            yield name, names[(place + apart) % count]


def _told(
    columns: SampledColumns, pairs: Sequence[Pair]
) -> Iterator[tuple[str, str, float]]:
    for first, second in pairs:
        value = columns.told(first, second)
        if value is not None and value >= _WEAK:
            yield first, second, _short(value)


def _kept(names: Sequence[str], matrix: Floats) -> Iterator[tuple[str, str, float]]:
    """The pairs of a symmetric matrix that are worth keeping."""
    first, second = np.triu_indices(len(names), 1)
    values = matrix[first, second]
    keep = np.abs(values) >= _WEAK
    if len(names) > _ALL_OF:
        keep &= _strong(matrix, first, second)
    for place in np.flatnonzero(keep).tolist():
        yield names[first[place]], names[second[place]], _short(float(values[place]))


def _strong(
    matrix: Floats, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """The strongest pairs of all, and of each column its strongest."""
    size = np.abs(matrix)
    np.fill_diagonal(size, 0)
    strength = size[first, second]
    chosen = np.zeros(len(strength), np.bool_)
    chosen[np.argsort(-strength, kind="stable")[:_STRONGEST]] = True
    best = size.argmax(axis=1)
    chosen |= (best[first] == second) | (best[second] == first)
    return chosen


def _even(rows: int, wanted: int) -> npt.NDArray[np.int64]:
    chosen: npt.NDArray[np.int64] = (
        np.arange(min(wanted, rows)) * rows // max(min(wanted, rows), 1)
    )
    return chosen


def _short(value: float) -> float:
    """Four digits: a sample of 20,000 rows knows no more."""
    return round(value, 4)
