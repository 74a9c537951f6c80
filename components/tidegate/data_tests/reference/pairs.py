"""Which pairs of columns are kept, so that wide tables stay cheap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.reference.association import (
    Pair,
    SampledColumns,
    ordered_names,
)
from tidegate.data_tests.reference.sampled import Floats, bounded
from tidegate.data_tests.reference.summary import Relations

# All pairs of so many columns are kept; of more the strongest ones.
_ALL_OF = 200
_STRONGEST = 2_000
_DRAWS = 2
_MOST_COLUMNS = 2_000
_MOST_GROUPED = 4_000
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


def grouped_pairs(columns: SampledColumns) -> list[Pair]:
    """Pairs of which the first column may tell the second, bounded in number.

    All pairs where these are few. Else those with text come first, for numbers
    have their ranks besides, and of them the ones that are likely to be strong.
    """
    able = [name for name in columns.names if columns[name].varies]
    telling = [name for name in able if columns[name].tells]
    if len(telling) * len(able) <= _MOST_GROUPED:
        return [(one, other) for one in telling for other in able if one != other]
    texts = [name for name in telling if not columns[name].ordered]
    likely = _likely(columns, texts, able)
    both = set(telling)
    return [
        pair
        for one, other in likely
        for pair in ((one, other), (other, one))
        if pair[0] in both
    ][:_MOST_GROUPED]


def _likely(
    columns: SampledColumns, texts: Sequence[str], names: Sequence[str]
) -> list[Pair]:
    """Pairs of a text and another column, those first that go together most.

    Words get numbers at random, twice. What depends on a word then correlates
    with its number, more or less; what does not, does not.
    """
    if not texts:
        return []
    place = {name: n for n, name in enumerate(names)}
    score = np.zeros((len(texts), len(names)), np.float32)
    for draw in range(_DRAWS):
        drawn = np.stack([columns[name].numbered(draw) for name in names])
        mine = drawn[[place[name] for name in texts]]
        score = np.maximum(score, np.abs(mine @ drawn.T))
    for row, name in enumerate(texts):
        score[row, place[name]] = 0
        # Two texts meet once, in the row of the first.
        score[row, [place[other] for other in texts[:row]]] = 0
    ranked = np.argsort(-score, axis=None, kind="stable")[: 2 * _MOST_GROUPED]
    best = np.arange(len(texts)) * len(names) + score.argmax(axis=1)
    # Each text has its best partner, however strong others are.
    chosen = dict.fromkeys([*best.tolist(), *ranked.tolist()])
    return [(texts[n // len(names)], names[n % len(names)]) for n in chosen]


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


def _short(value: float) -> float:
    """Four digits: a sample of 20,000 rows knows no more."""
    return round(value, 4)
