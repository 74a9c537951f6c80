"""Fuzzes the reader of YAML documents: what it takes is plain data with lines."""

from __future__ import annotations

from mutating import run, scratch

from tidegate.documents import Document

SUITE = b"""\
dataset: flights
key: [carrier, flight]
tests:
  - rows: {at_least: 100}
  - missing: {column: dep_delay, at_most: 5%}
  - one_of: {column: origin, values: [EWR, NO, 1], level: warn}
  - rows_where: {sql: "dep_time is null", at_most: 0.1%}
"""
SEEDS = [
    SUITE,
    b"a: [1, 2]\nb: 'it''s'\nc: |\n  text\n  more\nd: {e: 7.5, f: ~}\n",
    "dataset: é\ntests:\n- {a: 1.5e3, b: 0x1F, c: true}\n".encode(),
]

_FILE = scratch() / "in.yaml"


def read(content: bytes) -> None:
    """Reads the bytes as a YAML file."""
    _FILE.write_bytes(content)
    document = Document.read(_FILE)
    for key in document.data:
        document.place((key,))


if __name__ == "__main__":
    run(read, SEEDS)
