"""Records that are tf.Examples already: copied, in their deterministic form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tidegate.columnar.column_file import whole
from tidegate.columnar.column_kinds import is_list
from tidegate.columnar.dataset import Batch
from tidegate.columnar.example_decoding import Mask, absent_rows
from tidegate.columnar.example_layout import decode_alike
from tidegate.example_gen.encoding import Encoder, encoded


class CopyingEncoder(Encoder):
    """Gives the records that a data set has read."""

    null_means = "empty"

    def encode(self, batch: Batch) -> tuple[list[bytes], pa.Table]:
        """See `Encoder.encode`."""
        if batch.records is None:
            raise ValueError("the data set was to keep its records")
        there = list(batch.records)
        table = _telling(batch.table)
        made = encoded(table, self.null_means)
        # Ours are deterministic, and all that records laid out alike can say is
        # in their columns.
        if made == there or decode_alike(there) is not None:
            return made, table
        return _deterministic(there), table


def _telling(table: pa.Table) -> pa.Table:
    """The table, with lists where rows without a feature are not told by null."""
    columns = [
        _told(whole(table[name]), absent_rows(table, name))
        for name in table.column_names
    ]
    return pa.Table.from_arrays(columns, table.column_names)


def _told(column: pa.Array, absent: Mask | None) -> pa.Array:
    """A column of lists: none where the feature is not there, else with 0 or 1."""
    if absent is None or not absent.any() or is_list(column.type):
        return column
    there = np.asarray(column.is_valid())
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(there)])
    offsets = pa.array(ends, pa.int64(), mask=np.append(absent, False))
    return pa.LargeListArray.from_arrays(offsets, column.drop_null())


def _deterministic(records: Sequence[bytes]) -> list[bytes]:
    # Takes TensorFlow with it, which only odd records need.
    from tensorflow.core.example import example_pb2

    parse = example_pb2.Example.FromString
    return [parse(one).SerializeToString(deterministic=True) for one in records]
