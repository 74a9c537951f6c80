"""What frames a Parquet file, held against its size before anything is decoded."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.errors import DataError

_MAGIC, _SEALED = b"PAR1", b"PARE"


def demand_frame(path: Path, stream: Any) -> int:
    """Where the footer starts, by the file's last bytes.

    Raises:
        DataError: It is encrypted, cut short, or no Parquet file.
    """
    head = stream.read(4)
    size: int = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - 8, 0))
    tail = stream.read(8)
    if _SEALED in (head, tail[4:]):
        raise unreadable(path, "it is encrypted", "export it without encryption")
    if head != _MAGIC:
        found = "0 bytes" if not size else "other bytes at its start"
        raise unreadable(path, found, "name it by what it is, or export it as Parquet")
    if size < 12 or tail[4:] != _MAGIC:
        raise unreadable(
            path,
            f"no footer at its end, after {size:,} bytes: it is cut short",
            "copy or export it again, and compare sizes at both ends",
        )
    footer = size - 8 - int.from_bytes(tail[:4], "little")
    if footer < 4:
        raise unreadable(path, "a footer that is longer than the file")
    return footer


def demand_sound(path: Path, stream: Any, metadata: Any, end: int) -> None:
    """Refuses a footer that contradicts itself or the size of the file.

    Raises:
        DataError: It does, or two columns have one name.
    """
    names = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise _twice(path, twice)
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    counted = sum(group.num_rows for group in groups)
    if metadata.num_rows != counted or any(group.num_rows < 0 for group in groups):
        raise not_all(path, metadata.num_rows, counted)
    last = 4
    for group in groups:
        for place in range(group.num_columns if group.num_rows else 0):
            chunk = group.column(place)
            last = max(last, _end_inside(path, chunk, group.num_rows, end))
    _demand_one(path, stream, last, end)


def _demand_one(path: Path, stream: Any, last: int, end: int) -> None:
    """Refuses two files in one, of which readers take the last one's footer."""
    stream.seek(last)
    before = b""
    while chunk := stream.read(min(1 << 20, end - stream.tell())):
        if _MAGIC * 2 in before[-8:] + chunk:
            raise unreadable(path, "two files behind each other", "take them apart")
        before = chunk


def _end_inside(path: Path, chunk: Any, rows: int, end: int) -> int:
    """Where a column chunk ends; refuses one that is outside the file's data."""
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    size, values = chunk.total_compressed_size, chunk.num_values
    inside = start >= 4 and size >= 0 and start + size <= end
    flat = "." not in chunk.path_in_schema
    if not inside or values < rows or (flat and values != rows):
        raise unreadable(
            path,
            f"a footer whose column {shown(chunk.path_in_schema)!r} is not in the file",
        )
    return int(start + size)


def unreadable(path: Path, got: str, fix: str | None = None) -> DataError:
    """A file that is no whole Parquet file."""
    return DataError(
        "the Parquet file cannot be read",
        where=shown(path),
        expected="a complete Parquet file",
        got=got,
        fix=fix or "write or copy it again; this copy is damaged",
    )


def not_all(path: Path, expected: int, got: int) -> DataError:
    """A file whose rows are not as many as it says."""
    return DataError(
        "the Parquet file does not hold the rows that its footer counts",
        where=shown(path),
        expected=f"{expected:,} rows",
        got=f"{got:,} rows",
        fix="write or copy it again; this copy is damaged",
    )


def _twice(path: Path, names: list[str]) -> DataError:
    return DataError(
        "column names are given twice",
        where=shown(path),
        expected="a name only once; one of the columns would be lost",
        got=", ".join(repr(shown(name)) for name in names),
        fix="rename or drop one of them in the export",
    )
