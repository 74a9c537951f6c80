"""Parquet files, written whole and read safely on every supported pyarrow."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

if int(pa.__version__.split(".")[0]) < 14:
    # Before 14.0.1 a crafted file could run code when read; this turns it off.
    import pyarrow_hotfix  # noqa: F401

from pyarrow import parquet

from tidegate.errors import DataError


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


def read_parquet(path: Path) -> pa.Table:
    """The table in a Parquet file.

    Raises:
        DataError: The file cannot be read whole.
    """
    try:
        with open(path, "rb") as stream:
            return parquet.read_table(stream)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(
            "the Parquet file cannot be read",
            where=str(path),
            expected="a complete Parquet file",
            got=str(error).splitlines()[0],
            fix="run the component that wrote it again",
        ) from error
