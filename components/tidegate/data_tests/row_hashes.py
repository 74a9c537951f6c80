"""A hash of each row: equal values give equal hashes, in any batch and process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.hashing import hash_numbers, hash_words
from tidegate.data_tests.catalogue.cells import in_one_piece
from tidegate.data_tests.sql import Hashes

_ODD = np.uint64(0x9E3779B97F4A7C15)


def row_hashes(table: pa.Table, columns: Iterable[str]) -> Hashes:
    """A hash of the values of each row in some columns.

    The order of the columns is no matter, and a column that a part does not have
    counts as missing there. Two different rows of a billion share a hash with a
    chance of 3 %.

    Args:
        table: The rows.
        columns: Names of columns; those that the table lacks are left out.
    """
    hashes = np.zeros(table.num_rows, np.uint64)
    for name in columns:
        if name in table.column_names:
            seed = hash_words(pa.array([name.encode()], pa.large_binary()))[0]
            found, present = _of_rows(in_one_piece(table[name]))
            hashes += np.where(present, _mixed(found + seed), np.uint64(0))
    return hashes


def value_hashes(values: pa.Array) -> Hashes:
    """A hash of each value; a missing one has that of nothing else.

    Args:
        values: Numbers, text or bytes.
    """
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        hashes = hash_numbers(np.asarray(values.fill_null(0)))
    elif pa.types.is_null(values.type):
        return np.zeros(len(values), np.uint64)
    else:
        coded = _as_bytes(values).fill_null(b"").dictionary_encode()
        hashes = hash_words(coded.dictionary)[np.asarray(coded.indices)]
    return np.where(np.asarray(values.is_valid()), hashes, np.uint64(0))


def _of_rows(array: pa.Array) -> tuple[Hashes, Any]:
    """A hash of each row's value or list of values, and which rows have one."""
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        return value_hashes(array), np.asarray(array.is_valid())
    counts = np.asarray(pc.fill_null(pc.list_value_length(array), 0)).astype(np.int64)
    ends = np.cumsum(counts)
    places = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
    # The place counts: a list in another order is another list.
    values = _mixed(value_hashes(array.flatten()) + places.astype(np.uint64) * _ODD)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    return _mixed(sums[ends] - sums[ends - counts]), counts > 0


def _as_bytes(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return values.cast(pa.large_binary())
    return values.cast(pa.large_string()).cast(pa.large_binary())


def _mixed(bits: Hashes) -> Hashes:
    return hash_numbers(bits.view(np.int64))
