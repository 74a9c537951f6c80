"""Applies a transform graph to examples and writes what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper
from tfx_bsl.coders import example_coder

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.tf_record import RecordWriter
from tidegate.transform.saved_graph import SavedGraph

# As Beam names the one shard that it writes.
SHARD = "-00000-of-00001.gz"


@dataclass
class Profiles:
    """Profiles of columns over batches, in any order of the batches.

    Attributes:
        rows: Rows so far.
        columns: Profile of each column so far.
    """

    rows: int = 0
    columns: dict[str, ColumnProfile] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Profiles:
        """The profiles of one batch."""
        named = zip(batch.schema.names, batch.columns, strict=True)
        found = {name: ColumnProfile.of(column) for name, column in named}
        return cls(batch.num_rows, found)

    def add(self, other: Profiles) -> None:
        """Takes other rows in."""
        self.rows += other.rows
        for name, profile in other.columns.items():
            known = self.columns.get(name)
            self.columns[name] = known.merge(profile) if known else profile


@dataclass(frozen=True)
class Transformed:
    """What became of one batch.

    Attributes:
        rows: Number of rows.
        records: Serialized tf.Examples; None if they are not wanted.
        profiles: Profiles of the columns; None if they are not wanted.
    """

    rows: int
    records: Sequence[bytes] | None
    profiles: Profiles | None


Step = Callable[[pa.RecordBatch], Transformed]


def transforming(
    graph: SavedGraph,
    transformed: schema_pb2.Schema,
    encoded: schema_pb2.Schema,
    *,
    with_records: bool,
    with_profiles: bool,
) -> Step:
    """What makes transformed rows of a batch; several threads may call it.

    Args:
        graph: The transform graph.
        transformed: Schema of its outputs, with what the analysis found.
        encoded: Their schema as it stood before the analysis.
        with_records: Whether the rows are wanted as tf.Examples.
        with_profiles: Whether statistics are wanted.
    """
    converter = impl_helper.make_tensor_to_arrow_converter(transformed)
    encoder = example_coder.RecordBatchToExamplesEncoder(encoded)

    def step(batch: pa.RecordBatch) -> Transformed:
        found = converter.convert(dict(graph(batch)))
        return Transformed(
            found.num_rows,
            encoder.encode(found) if with_records else None,
            Profiles.of(found) if with_profiles else None,
        )

    return step


def record_writer(prefix: str) -> RecordWriter:
    """A writer of the one file of a split, under the name that Beam gives it."""
    path = Path(prefix + SHARD)
    path.parent.mkdir(parents=True, exist_ok=True)
    return RecordWriter(path)
