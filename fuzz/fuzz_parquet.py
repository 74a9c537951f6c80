"""Fuzzes the Parquet reader: all rows that the footer counts, or a refusal."""

from __future__ import annotations

import io

import pyarrow as pa
from mutating import run, scratch

from tidegate.columnar.dataset import Part
from tidegate.columnar.parquet_dataset import open_parquet
from tidegate.columnar.parquet_file import parquet  # type: ignore[attr-defined]

TABLE = pa.table(
    {
        "id": list(range(50)),
        "name": [f"n{i % 7}" for i in range(50)],
        "list": [[i, i] for i in range(50)],
    }
)
_FILE = scratch() / "in.parquet"


def written(**options: object) -> bytes:
    """The table as a Parquet file."""
    sink = io.BytesIO()
    parquet.write_table(TABLE, sink, **options)
    return sink.getvalue()


SEEDS = [
    written(),
    written(compression="gzip", row_group_size=20),
    written(compression="none", use_dictionary=False, data_page_version="2.0"),
]


def read(content: bytes) -> None:
    """Reads the bytes as a Parquet file."""
    _FILE.write_bytes(content)
    dataset = open_parquet([Part("in.parquet", path=_FILE)])
    for _ in dataset.batches():
        pass


if __name__ == "__main__":
    run(read, SEEDS)
