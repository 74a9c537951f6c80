"""Training data as spans that a serving log can be held against."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.columnar.example_decoding import as_table
from tidegate.columnar.scan import scan
from tidegate.data_tests.catalogue.cells import cells, in_one_piece
from tidegate.data_tests.times import parse_times
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.skew.division import blocks_of, division, turns
from tidegate.drift_tests.skew.order import Ordered
from tidegate.drift_tests.skew.periods import pieces_of
from tidegate.drift_tests.summary import IntArray, SpanMeasures

_NO_TIME = np.iinfo(np.int64).min
Pieces = list[tuple[int, dict[str, pa.Array]]]


@dataclass(frozen=True, eq=False)
class Cut:
    """What is to be cut from where.

    Attributes:
        dataset: The training data.
        rows: Their number.
        columns: The columns to measure, in their order.
        private: Those whose values are not kept.
        files: Rows of each file, in the order of the rows.
    """

    dataset: Dataset
    rows: int
    columns: tuple[str, ...]
    private: Collection[str] = ()
    files: tuple[int, ...] = ()


def measured_blocks(cut: Cut, log: int, promise: float, ordered: Ordered) -> History:
    """The blocks of the training data as a history, in their order.

    Rows are read once more, and once before it where they are put in the order of
    a time. A block that is whole is measured at once and let go.

    Args:
        cut: The training data.
        log: Rows of the serving log.
        promise: Share of false alarms, which asks for so many blocks.
        ordered: The order in which neighbours belong together.

    Raises:
        DataError: The data cannot be read whole.
    """
    block = _block_of_rows(cut, log, promise, ordered)
    spans: list[SpanMeasures] = []
    for number, table in _tables(cut, block):
        # Measured like the first one, so that wide tables have the same pairs.
        partners = History((spans[0],)) if spans else None
        spans.append(
            measure_table(
                table,
                f"block-{number + 1:03d}",
                span=number,
                private=cut.private,
                partners=partners,
            )
        )
    return History.of(spans)


def _block_of_rows(cut: Cut, log: int, promise: float, ordered: Ordered) -> IntArray:
    times, width = None, len(cut.columns)
    if ordered.by_file:
        return pieces_of(np.repeat(np.arange(len(cut.files)), cut.files), log, width)
    if ordered.order == "time" and ordered.column is not None:
        times = _times(cut.dataset, ordered.column)
    if times is not None and ordered.period is not None:
        return pieces_of(ordered.period.of(times), log, width)
    divided = division(cut.rows, log, width, promise)
    return blocks_of(divided, turns(ordered.order, cut.rows, times))


def _tables(cut: Cut, block: IntArray) -> Iterator[tuple[int, pa.Table]]:
    """Each block as soon as its last row was read."""
    left = np.bincount(block[block >= 0])
    held: dict[int, Pieces] = {}
    first = 0
    for batch in scan(cut.dataset, lambda batch: batch):
        of_rows = block[first : first + batch.rows]
        first += batch.rows
        for number in np.unique(of_rows[of_rows >= 0]).tolist():
            rows = np.flatnonzero(of_rows == number)
            held.setdefault(number, []).append(_piece(cut, batch, rows))
            left[number] -= len(rows)
            if not left[number]:
                yield number, as_table(held.pop(number), cut.columns)


def _piece(cut: Cut, batch: Batch, rows: IntArray) -> tuple[int, dict[str, pa.Array]]:
    """Some rows of a batch, copied, so that the batch itself can go."""
    wanted = [name for name in cut.columns if name in batch.table.column_names]
    taken = batch.table.select(wanted).take(pa.array(rows))
    return len(rows), {name: in_one_piece(taken[name]) for name in wanted}


def _times(dataset: Dataset, column: str) -> IntArray:
    """The time of each row; the first of several, the least integer for none."""

    def look(batch: Batch) -> IntArray:
        found = np.full(batch.rows, _NO_TIME, np.int64)
        if column not in batch.table.column_names:
            return found
        values = cells(batch.table[column])
        micros, known = parse_times(values.values)
        found[values.rows[known][::-1]] = micros[known][::-1]
        return found

    return np.concatenate([np.empty(0, np.int64), *scan(dataset, look)])
