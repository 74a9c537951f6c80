"""What a model said of rows, from a file of predictions with their keys."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.dataset import Batch, Dataset, StartAgain
from tidegate.columnar.scan import scan
from tidegate.data_tests.catalogue.cells import cells, in_one_piece
from tidegate.data_tests.key_file import KeyFileError, as_words, key_hashes
from tidegate.data_tests.sql import Hashes
from tidegate.documents import near_miss
from tidegate.errors import TidegateError

Floats = npt.NDArray[np.float64]


def scores_in(table: pa.Table, column: str) -> Floats:
    """The numbers of a column, NaN where there is none."""
    found = cells(table[column])
    rows, first = np.unique(found.rows, return_index=True)
    scores = np.full(table.num_rows, np.nan)
    scores[rows] = found.numbers()[first]
    return scores


def scores_from(
    path: Path, key: tuple[str, ...], column: str, table: pa.Table
) -> Floats:
    """The score that a file has for each row of a table, NaN where it has none.

    Args:
        path: CSV, Parquet or TFRecord; read again when it changes.
        key: Columns, in the file and in the table, that name a row.
        column: Column of the file that holds the scores.
        table: The rows.

    Raises:
        KeyFileError: It cannot be read whole, or a column is not there.
    """
    try:
        state = path.stat()
    except OSError:
        raise KeyFileError(f"there is no file {path.name} of predictions") from None
    hashes, scores = _scores(path, key, column, state.st_mtime_ns, state.st_size)
    wanted = _hashes(table, key)
    if not len(hashes):
        return np.full(len(wanted), np.nan)
    places = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    return np.where(hashes[places] == wanted, scores[places], np.nan)


@lru_cache(maxsize=4)
def _scores(
    path: Path, key: tuple[str, ...], column: str, changed: int, size: int
) -> tuple[Hashes, Floats]:
    from tidegate.columnar.open_data import open_dataset

    try:
        found = _read(open_dataset(str(path)), key, column, path.name)
    except TidegateError as error:
        raise KeyFileError(f"{path.name} cannot be read: {error.message}") from None
    hashes = np.concatenate([np.zeros(0, np.uint64), *(pair[0] for pair in found)])
    scores = np.concatenate([np.zeros(0), *(pair[1] for pair in found)])
    # Of several predictions for a row the last one counts.
    order = np.argsort(hashes, kind="stable")
    hashes, scores = hashes[order], scores[order]
    last = np.append(hashes[1:] != hashes[:-1], True)[: len(hashes)]
    return hashes[last], scores[last]


def _read(
    dataset: Dataset, key: tuple[str, ...], column: str, name: str
) -> list[tuple[Hashes, Floats]]:
    def look(batch: Batch) -> tuple[Hashes, Floats]:
        for wanted in (*key, column):
            if wanted not in batch.table.column_names:
                near = near_miss(wanted, batch.table.column_names)
                raise KeyFileError(
                    f"{name} has no column {wanted}"
                    + (f", but there is {near}" if near else "")
                )
        return _hashes(batch.table, key), scores_in(batch.table, column)

    try:
        return list(scan(dataset, look))
    except StartAgain as again:
        return _read(again.dataset, key, column, name)


def _hashes(table: pa.Table, key: tuple[str, ...]) -> Hashes:
    columns = [in_one_piece(table[name]) for name in key]
    if any(pa.types.is_nested(column.type) for column in columns):
        raise KeyFileError("lists cannot be part of a key of predictions")
    return key_hashes([as_words(column) for column in columns])
