"""Fuzzes the CSV reader: mutants are tables or refused, and no row is lost."""

from __future__ import annotations

from mutating import run, scratch

from tidegate.columnar.csv_dataset import open_csv
from tidegate.columnar.csv_file import verify
from tidegate.columnar.dataset import Part, StartAgain

SEEDS = [
    b"id,name\n1,Ann\n2,Bob\n3,Cid\n",
    b'id,x,y\r\n1,"a ""b"", c",1.5\r\n2,,nan\r\n,"two\nlines",-inf\r\n',
    "id,név\n1,é🛶\n+7,0x1F\n1_0, 8\n9223372036854775808,1e400\n".encode(),
    b"a\n1\n\n2\n" + b"3\n" * 50,
]
_FILE = scratch() / "in.csv"


def read(content: bytes) -> None:
    """Reads a file with these bytes in two ways, which must agree."""
    _FILE.write_bytes(content)
    dataset = open_csv([Part("in.csv", path=_FILE)])
    try:
        rows = sum(batch.rows for batch in dataset.batches())
    except StartAgain as again:
        rows = sum(batch.rows for batch in again.dataset.batches())
    assert [rows] == verify([_FILE])


if __name__ == "__main__":
    run(read, SEEDS)
