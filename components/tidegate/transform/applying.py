"""Applies a transform graph to batches, and looks at what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper
from tfx_bsl.coders import example_coder

from tidegate.columnar.statistics.dataset_statistics import Plan, SlicedStatistics
from tidegate.columnar.tf_record import Packed, pack
from tidegate.transform.saved_graph import SavedGraph

BEFORE = Plan(null_means="told")
"""How examples are looked at: the data set knows which rows lack a feature."""
AFTER = Plan(null_means="absent")
"""How transformed rows are looked at: a null is a feature that is not there."""


@dataclass(frozen=True)
class Written:
    """A batch as it is to be written.

    Attributes:
        records: Its serialized tf.Examples.
        table: The same in columns.
    """

    records: Packed
    table: pa.Table


@dataclass(frozen=True)
class Transformed:
    """What became of one batch.

    Attributes:
        rows: Number of rows.
        written: What is to be written; None if nothing is.
        statistics: What is known of the rows; None if nobody asks.
    """

    rows: int
    written: Written | None
    statistics: SlicedStatistics | None


Step = Callable[[pa.RecordBatch], Transformed]


def transforming(
    graph: SavedGraph,
    transformed: schema_pb2.Schema,
    encoded: schema_pb2.Schema,
    *,
    with_records: bool,
    with_statistics: bool,
) -> Step:
    """What makes transformed rows of a batch; several threads may call it.

    Args:
        graph: The transform graph.
        transformed: Schema of its outputs, with what the analysis found.
        encoded: Their schema as it stood before the analysis.
        with_records: Whether the rows are wanted as tf.Examples.
        with_statistics: Whether statistics are wanted.
    """
    converter = impl_helper.make_tensor_to_arrow_converter(transformed)
    encoder = example_coder.RecordBatchToExamplesEncoder(encoded)

    def step(batch: pa.RecordBatch) -> Transformed:
        found = converter.convert(dict(graph(batch)))
        written = statistics = None
        if with_records:
            written = Written(pack(encoder.encode(found)), as_columns(found))
        if with_statistics:
            statistics = SlicedStatistics.of(found, AFTER)
        return Transformed(found.num_rows, written, statistics)

    return step


def as_columns(batch: pa.RecordBatch) -> pa.Table:
    """The batch with single values where each row of a column has just one."""
    named = zip(batch.schema.names, batch.columns, strict=True)
    return pa.table({name: _single(column) for name, column in named})


def _single(column: pa.Array) -> pa.Array:
    if column.null_count or not pa.types.is_large_list(column.type):
        return column
    lengths = np.asarray(pc.list_value_length(column))
    if (lengths != 1).any():
        return column
    values = column.flatten()
    return _as_text(values) if pa.types.is_large_binary(values.type) else values


def _as_text(values: pa.Array) -> pa.Array:
    """Text if all of it is UTF-8: as the records would be read."""
    try:
        return values.cast(pa.large_string())
    except pa.ArrowInvalid:
        return values
