"""Fuzzes the decoder of tf.Examples: as many rows as records, or a refusal."""

from __future__ import annotations

import pyarrow as pa
from mutating import run

from tidegate.columnar.tf_example import decode, encode, records

BATCH = pa.RecordBatch.from_pydict(
    {
        "id": pa.array([1, -2, None]),
        "x": pa.array([1.5, None, 2.5], pa.float32()),
        "name": pa.array(["Ann", None, "é"]),
        "nothing": pa.nulls(3),
    }
)
RECORDS = records(encode(BATCH))
LISTS = b"\n\x11\n\x0f\n\x01a\x12\n\x1a\x08\n\x06\x01\x02\x03\x04\x05\x06"
SEEDS = [*RECORDS, LISTS]


def read(content: bytes) -> None:
    """Decodes the bytes alone and among honest records."""
    for held in ([content], [content, content], [*RECORDS, content]):
        table = decode(held)
        assert not table.num_columns or table.num_rows == len(held)


if __name__ == "__main__":
    run(read, SEEDS)
