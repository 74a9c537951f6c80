"""Further looks at features of which too many values differ for a first one.

The first look of a pass in bounded memory gives estimates of them. A second one
counts every value by a hash of 64 bits, and a third one finds the words of the
most frequent. Integers are their own hashes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from tidegate.columnar.statistics.dataset_statistics import (
    Plan,
    features_of,
    taken,
    weights_of,
)
from tidegate.columnar.statistics.features import Path, values_of
from tidegate.columnar.statistics.hashing import Hashes
from tidegate.columnar.statistics.slices import ALL_ROWS, slices_of
from tidegate.columnar.statistics.tables import NumberTable, WordTable
from tidegate.columnar.statistics.tally import Tally
from tidegate.columnar.statistics.valency import Weights
from tidegate.columnar.statistics.words import shortened

# A feature of a slice.
Place: TypeAlias = tuple[str, Path]


def tallies(
    table: pa.Table, plan: Plan, wanted: Collection[Place]
) -> Iterator[tuple[Place, Tally]]:
    """How often each value of some features occurs in a table.

    Args:
        table: The rows.
        plan: With which the first look was taken.
        wanted: Which features; each is of words or of integers.
    """
    for place, values, weights in _values(table, plan, wanted):
        if pa.types.is_integer(values.type):
            yield place, _tally_of_numbers(values, weights)
        else:
            yield place, _tally_of_words(values, weights)


def words_of(
    table: pa.Table, plan: Plan, wanted: Collection[Place]
) -> Iterator[tuple[Place, pa.Array, Hashes]]:
    """The distinct words of some features of a table, with their hashes."""
    for place, values, _ in _values(table, plan, wanted):
        words = shortened(WordTable.of(values))
        yield place, words.values, words.hashes()


def _values(
    table: pa.Table, plan: Plan, wanted: Collection[Place]
) -> Iterator[tuple[Place, pa.Array, Weights | None]]:
    named = {name for name, _ in wanted}
    if ALL_ROWS in named:
        yield from _values_in(table, plan, wanted, ALL_ROWS)
    if named == {ALL_ROWS}:
        return
    for name, rows in slices_of(table, plan.slices, plan.columns):
        if name in named:
            yield from _values_in(taken(table, rows), plan, wanted, name)


def _values_in(
    table: pa.Table, plan: Plan, wanted: Collection[Place], name: str
) -> Iterator[tuple[Place, pa.Array, Weights | None]]:
    for found in features_of(table, plan):
        place = (name, found.path)
        if place not in wanted:
            continue
        by = plan.weight_for(found.path)
        weights = None if by is None else weights_of(table, by)
        if weights is not None and found.parents is not None:
            weights = weights[found.parents]
        values, of_values = values_of(found, weights)
        # A part of the data in which none has a value has no type.
        if len(values):
            yield place, values, of_values


def _tally_of_words(values: pa.Array, weights: Weights | None) -> Tally:
    coded = values.dictionary_encode()
    codes, size = np.asarray(coded.indices), len(coded.dictionary)
    counts = np.bincount(codes, minlength=size)
    table = shortened(WordTable(coded.dictionary, counts))
    sums: Weights | None = None
    if weights is not None:
        sums = np.asarray(np.bincount(codes, weights, minlength=size), np.float64)
    return Tally.of(table.hashes(), counts, sums)


def _tally_of_numbers(values: pa.Array, weights: Weights | None) -> Tally:
    if weights is None:
        table = NumberTable.of(values)
        return Tally.of(table.values, table.counts, None)
    numbers = np.asarray(values)
    return Tally.of(numbers, np.ones(len(numbers), np.int64), weights)
