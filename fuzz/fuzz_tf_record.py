"""Fuzzes the TFRecord reader: what it takes has the checksums of its records."""

from __future__ import annotations

import gzip

from mutating import run, scratch

from tidegate.columnar.tf_record import read_records, write_records

_FOLDER = scratch()
_FILE = _FOLDER / "in.tfrecord"
PACKED = write_records(_FOLDER / "x.gz", [b"first", b"", b"third" * 30]).read_bytes()
SEEDS = [PACKED, gzip.decompress(PACKED), gzip.decompress(PACKED)[:21]]


def read(content: bytes) -> None:
    """Reads the bytes as a TFRecord file."""
    _FILE.write_bytes(content)
    for _ in read_records(_FILE):
        pass


if __name__ == "__main__":
    run(read, SEEDS)
