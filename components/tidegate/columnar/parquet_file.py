"""Parquet files, written whole and read safely on every supported pyarrow."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pyarrow as pa

if int(pa.__version__.split(".")[0]) < 14:
    # Before 14.0.1 a crafted file could run code when read; this turns it off.
    import pyarrow_hotfix  # noqa: F401

from pyarrow import parquet

from tidegate.columnar.formats import shown
from tidegate.columnar.parquet_frame import (
    demand_frame,
    demand_sound,
    not_all,
    unreadable,
)
from tidegate.errors import DataError

# Before, a damaged page could end the process.
_STURDY = int(pa.__version__.split(".")[0]) >= 15
_WORKER = Path(__file__).with_name("parquet_worker.py")
_LONGEST_WORD = 1000
# What pyarrow raises on damaged files, besides its own errors.
_DAMAGE = (
    pa.ArrowException,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
)
_BATCH_CELLS = 2 << 20
_MOST_ROWS, _FEWEST_ROWS = 1 << 16, 256
_BUFFERS = 64 << 20


@dataclass(frozen=True)
class Footer:
    """What a Parquet file says of itself.

    Attributes:
        rows: Number of rows.
        schema: Its columns.
    """

    rows: int
    schema: pa.Schema


def write_parquet(path: Path, table: pa.Table) -> Path:
    """Writes a table under a temporary name, syncs it, and renames it in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    with open(hidden, "wb") as stream:
        parquet.write_table(table, stream, compression="zstd")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(hidden, path)
    return path


def as_parquet(table: pa.Table, texts: list[str]) -> bytes:
    """The table as the content of a Parquet file.

    Args:
        table: The table.
        texts: Columns whose values repeat, by their paths in Parquet.
    """
    sink = pa.BufferOutputStream()
    parquet.write_table(
        table, sink, compression="zstd", use_dictionary=texts, write_statistics=False
    )
    return bytes(sink.getvalue())


def of_parquet(content: bytes) -> pa.Table:
    """The table in the content of a Parquet file whose digest has been checked.

    Raises:
        ValueError: It cannot be read whole. Damage that no digest has ruled out
            may end the process on pyarrow 10.
    """
    try:
        # One thread a file: whoever reads many has threads of its own.
        return parquet.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    except _DAMAGE as error:
        raise ValueError(str(error) or type(error).__name__) from error


def file_writer(stream: Any, schema: pa.Schema) -> Any:
    """A writer of tables of this schema into an open file."""
    return parquet.ParquetWriter(stream, schema, compression="zstd")


def read_parquet(path: Path) -> pa.Table:
    """The table in a Parquet file.

    Raises:
        DataError: The file cannot be read whole.
    """
    with _opened(path) as file, _damage_told(path):
        table = file.read()
        table.validate(full=True)
        return table


def read_footer(path: Path) -> Footer:
    """Rows and columns of a Parquet file, without reading its data.

    Raises:
        DataError: It is cut short, damaged, encrypted, or two columns have one
            name.
    """
    with _opened(path) as file, _damage_told(path):
        return Footer(file.metadata.num_rows, file.schema_arrow)


def read_row_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file in order, some ten thousand at a time.

    Raises:
        DataError: It cannot be read whole.
    """
    with _opened(path) as file, _damage_told(path):
        columns = max(file.metadata.num_columns, 1)
        size = min(_MOST_ROWS, max(_FEWEST_ROWS, _BATCH_CELLS // columns))
        rows = 0
        for batch in _decoded(path, file, size):
            if batch.num_rows:
                rows += batch.num_rows
                yield batch
        if rows != file.metadata.num_rows:
            raise not_all(path, file.metadata.num_rows, rows)


def _decoded(
    path: Path, file: parquet.ParquetFile, size: int
) -> Iterator[pa.RecordBatch]:
    """The batches of a file, by a process of their own where pyarrow may crash."""
    if _STURDY:
        yield from file.iter_batches(batch_size=size)
        return
    room = str(_buffer_size(file.metadata.num_columns))
    command = [sys.executable, "-I", str(_WORKER), str(size), room]
    with (
        open(path, "rb") as source,
        TemporaryFile() as told,
        subprocess.Popen(
            command, stdin=source, stdout=subprocess.PIPE, stderr=told
        ) as worker,
    ):
        assert worker.stdout is not None
        with worker.stdout as stream, suppress(pa.ArrowException):
            # Where the stream ends early, what the worker says is the reason.
            yield from pa.ipc.open_stream(stream)
        code = worker.wait()
        told.seek(0)
        if code:
            text = told.read(_LONGEST_WORD).decode("utf-8", "replace").strip()
            died = f"its decoding ended by signal {-code}"
            raise unreadable(path, died if code < 0 or not text else shown(text))


@contextmanager
def _opened(path: Path) -> Iterator[parquet.ParquetFile]:
    """The file, its frame and its footer held against its size."""
    with _damage_told(path):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError("this is not a regular file")
        stream = open(path, "rb")  # noqa: SIM115
    with stream:
        with _damage_told(path):
            end = demand_frame(path, stream)
            stream.seek(0)
            file = _parquet_file(stream)
            demand_sound(path, stream, file.metadata, end)
        yield file


def _parquet_file(stream: Any) -> parquet.ParquetFile:
    options: dict[str, Any] = {}
    if _STURDY:
        options["page_checksum_verification"] = True
    metadata = parquet.read_metadata(stream)
    stream.seek(0)
    return parquet.ParquetFile(
        stream,
        metadata=metadata,
        buffer_size=_buffer_size(metadata.num_columns),
        **options,
    )


def _buffer_size(columns: int) -> int:
    """Bytes to read at a time; without it whole columns of a row group are held."""
    return max(1 << 14, min(1 << 20, _BUFFERS // max(columns, 1)))


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except _DAMAGE as error:
        text = str(error).strip() or type(error).__name__
        got = shown(text.splitlines()[0])
        if isinstance(error, OSError) and error.strerror:
            got = error.strerror
        raise unreadable(path, got) from error
