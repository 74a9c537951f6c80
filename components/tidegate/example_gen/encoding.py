"""Batches of any data set to pieces of record files and of their columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.column_file import whole
from tidegate.columnar.column_kinds import is_list
from tidegate.columnar.csv_dataset import CsvDataset
from tidegate.columnar.dataset import Batch, Dataset, Part
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.columnar.tf_example import NullMeans, encode, records
from tidegate.columnar.tf_record import Packed, pack
from tidegate.example_gen.bigquery import BigQueryDataset
from tidegate.example_gen.splits import Splits

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """What a batch adds to one split.

    Attributes:
        part: Number of the source file.
        lines: Line of each row in it; the row's number, from 1, without lines.
        packed: The records.
        table: Their columns.
    """

    part: int
    lines: Rows
    packed: Packed
    table: pa.Table


class Encoder(ABC):
    """Makes the records of batches.

    Attributes:
        null_means: See `tf_example.encode`.
    """

    null_means: NullMeans = "empty"

    @abstractmethod
    def encode(self, batch: Batch) -> tuple[list[bytes], pa.Table]:
        """The records of a batch, and the columns that hold all of them."""

    def pieces(self, batch: Batch, splits: Splits, part: Part) -> list[Piece]:
        """What the batch adds to each split, in the order of the splits.

        Args:
            batch: The rows.
            splits: How they are split.
            part: Their file.
        """
        made, table = self.encode(batch)
        places = splits.places(batch, made, part)
        lines = batch.lines
        if lines is None:
            lines = np.arange(batch.start + 1, batch.start + batch.rows + 1)
        pieces = []
        for split in range(len(splits.names)):
            chosen = np.flatnonzero(places == split)
            packed = pack([made[row] for row in chosen.tolist()])
            taken = table.take(pa.array(chosen))
            pieces.append(Piece(batch.part, lines[chosen], packed, taken))
        return pieces


class ColumnEncoder(Encoder):
    """Encodes columns.

    Args:
        null_means: See `tf_example.encode`.
        empty_lists: False makes a list without values a missing one.
    """

    def __init__(self, null_means: NullMeans, empty_lists: bool = True) -> None:
        self.null_means = null_means
        self._empty_lists = empty_lists

    def encode(self, batch: Batch) -> tuple[list[bytes], pa.Table]:
        """See `Encoder.encode`."""
        table = batch.table
        if not self._empty_lists:
            table = _without_empty_lists(table)
        return encoded(table, self.null_means), table


def encoder_of(dataset: Dataset) -> Encoder:
    """The encoder whose records are those of the stock ExampleGen of the format."""
    if isinstance(dataset, CsvDataset):
        return ColumnEncoder("empty")
    if isinstance(dataset, RecordDataset):
        from tidegate.example_gen.copying import CopyingEncoder

        return CopyingEncoder()
    return ColumnEncoder("absent", empty_lists=isinstance(dataset, BigQueryDataset))


def _without_empty_lists(table: pa.Table) -> pa.Table:
    """The table with null for each list without values, as its records have it."""
    columns = []
    for column in map(whole, table.columns):
        if is_list(column.type):
            empty = pc.equal(pc.list_value_length(column), 0)
            column = pc.if_else(empty, pa.scalar(None, column.type), column)
        columns.append(column)
    return pa.Table.from_arrays(columns, table.column_names)


def encoded(table: pa.Table, null_means: NullMeans) -> list[bytes]:
    """The rows as serialized tf.Examples."""
    columns = [whole(column) for column in table.columns]
    batch = pa.RecordBatch.from_arrays(columns, table.column_names)
    return records(encode(batch, null_means))
