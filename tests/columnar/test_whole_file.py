"""A file is there whole, or it is not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tidegate.columnar.column_file import ColumnFile
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.columnar.tf_record import RecordWriter
from tidegate.columnar.whole_file import WholeFile

TABLE = pa.table({"x": [1, 2, 3]})


def records(path: Path) -> WholeFile:
    writer = RecordWriter(path)
    writer.write([b"one", b"two"])
    return writer


def columns(path: Path) -> WholeFile:
    writer = ColumnFile(path, "empty")
    writer.write(TABLE)
    return writer


def rows(path: Path) -> WholeFile:
    writer = ParquetSink(path)
    writer(TABLE)
    return writer


def leave(file: WholeFile, *, breaking: bool) -> None:
    """Ends the file as a block does that breaks, or that does not."""
    with file:
        if breaking:
            raise KeyError("x")


@pytest.mark.parametrize("begin", [records, columns, rows])
@pytest.mark.parametrize("ending", ["close", "break", "full disk"])
def test_a_file_appears_when_it_is_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Path], WholeFile],
    ending: str,
) -> None:
    def no_room(_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file"
    file = begin(path)
    assert not path.exists()
    if ending == "close":
        assert file.close() == path
        assert list(tmp_path.iterdir()) == [path]
        return
    if ending == "full disk":
        monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises((KeyError, OSError)):
        leave(file, breaking=ending == "break")
    assert not list(tmp_path.iterdir())
