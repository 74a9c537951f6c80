"""Fuzzes the decompression: a mutant is whole or refused."""

from __future__ import annotations

import bz2
import gzip

from mutating import run, scratch

from tidegate.columnar.byte_stream import read_chunks

TEXT = b"id,name\n1,Ann\n" * 20
SEEDS = [
    gzip.compress(TEXT, mtime=0),
    gzip.compress(TEXT, mtime=0) + gzip.compress(b"x", mtime=0) + b"\0" * 9,
    bz2.compress(TEXT),
    bz2.compress(TEXT) + bz2.compress(b"x"),
]
_FOLDER = scratch()


def read(content: bytes) -> None:
    """Decompresses the bytes as what they start like."""
    suffix = ".bz2" if content[:1] == b"B" else ".gz"
    file = _FOLDER / f"in{suffix}"
    file.write_bytes(content)
    for _ in read_chunks(file):
        pass


if __name__ == "__main__":
    run(read, SEEDS)
