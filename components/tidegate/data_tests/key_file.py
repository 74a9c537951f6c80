"""The keys that another file has, read once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.dataset import Batch, Dataset, StartAgain
from tidegate.columnar.scan import scan
from tidegate.data_tests.catalogue.cells import canonical, in_one_piece
from tidegate.data_tests.row_hashes import value_hashes
from tidegate.data_tests.sql import ConditionError, Hashes
from tidegate.documents import near_miss
from tidegate.errors import TidegateError

_SHIFT = np.uint64(0x9E3779B97F4A7C15)


class KeyFileError(ConditionError):
    """The other file cannot be read, or lacks a column."""

    fix = "put the file where the suite says, or correct the suite"


def keys_in(path: Path, columns: tuple[str, ...]) -> Hashes:
    """Hashes of the keys in a file or folder, ascending, each once.

    Args:
        path: CSV, Parquet or TFRecord; read again when it changes.
        columns: Columns of the key.

    Raises:
        KeyFileError: It cannot be read whole, or a column is not there.
    """
    try:
        state = path.stat()
    except OSError:
        raise KeyFileError(f"there is no file {path.name} to look up in") from None
    return _keys(path, columns, state.st_mtime_ns, state.st_size)


def key_hashes(columns: list[pa.Array]) -> Hashes:
    """A hash of each row's key; 7, 7.0 and "7" are the same.

    Args:
        columns: A value a row of each column of the key.
    """
    hashes = np.zeros(len(columns[0]), np.uint64)
    with np.errstate(over="ignore"):
        for place, column in enumerate(columns):
            hashes = hashes * _SHIFT + value_hashes(as_words(column)) + np.uint64(place)
    return hashes


def as_words(values: pa.Array) -> pa.Array:
    """Values as text under which equal ones meet; missing ones stay missing."""
    kind = values.type
    if pa.types.is_floating(kind):
        coded = values.dictionary_encode()
        single = pa.types.is_float32(kind)
        words = [canonical(v, single) for v in coded.dictionary.to_pylist()]
        return pa.array(words, pa.large_string()).take(coded.indices)
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return values.cast(pa.large_binary())
    if pa.types.is_null(kind):
        return values
    return values.cast(pa.string()).cast(pa.large_string())


@lru_cache(maxsize=16)
def _keys(path: Path, columns: tuple[str, ...], changed: int, size: int) -> Hashes:
    from tidegate.columnar.open_data import open_dataset

    try:
        found = _read(open_dataset(str(path)), columns, path.name)
    except TidegateError as error:
        raise KeyFileError(f"{path.name} cannot be read: {error.message}") from None
    hashes: Hashes = np.unique(np.concatenate([np.zeros(0, np.uint64), *found]))
    return hashes


def _read(dataset: Dataset, columns: tuple[str, ...], name: str) -> list[Hashes]:
    def look(batch: Batch) -> Hashes:
        table = batch.table
        for column in columns:
            if column not in table.column_names:
                near = near_miss(column, table.column_names)
                raise KeyFileError(
                    f"{name} has no column {column}"
                    + (f", but there is {near}" if near else "")
                )
        held = table.select(list(columns)).combine_chunks()
        return key_hashes([_single(held[c], name, c) for c in columns])

    try:
        return list(scan(dataset, look))
    except StartAgain as again:
        return _read(again.dataset, columns, name)


def _single(column: pa.ChunkedArray, name: str, called: str) -> pa.Array:
    if pa.types.is_large_list(column.type) or pa.types.is_list(column.type):
        counts = pc.list_value_length(column)
        if (pc.max(counts).as_py() or 0) > 1:
            raise KeyFileError(f"{called} in {name} has several values in a row")
        column = pc.list_flatten(column)
    return in_one_piece(column)
