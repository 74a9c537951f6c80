"""Formats of data files: known by name, held against the first bytes."""

from __future__ import annotations

import os
import re
from enum import Enum
from pathlib import Path

from tidegate.columnar.dataset import Dataset
from tidegate.errors import DataError
from tidegate.report.wording import printable

SUPPORTED = ".csv, .csv.gz, .csv.bz2, .parquet, .tfrecord or .tfrecord.gz"
_HEAD = 10
_CSV = re.compile(r"\.csv(\.gz|\.bz2)?$", re.IGNORECASE)
_PARQUET = re.compile(r"\.(parquet|parq|pq)$", re.IGNORECASE)
_TFRECORD = re.compile(
    r"(\.tfrecords?(-\d+-of-\d+)?|tfrecord[^.]*-\d+-of-\d+|-\d{5}-of-\d{5})(\.gz)?$",
    re.IGNORECASE,
)
_PACKED_OTHERWISE = re.compile(
    r"\.(csv|parquet|parq|pq|tfrecords?)\.(zst|zstd|xz|zip|lz4|lzma|7z|br|z|sz|snappy)$",
    re.IGNORECASE,
)
_PACKED = (".gz", ".bz2")
_SIGNS = (
    (b"PAR1", "Parquet", ".parquet"),
    (b"PARE", "encrypted Parquet", ".parquet"),
    (b"\x1f\x8b", "gzip", ".gz"),
    (b"BZh[1-9]1AY&SY", "bzip2", ".bz2"),
    (b"PK\x03\x04", "a zip archive", None),
    (b"\\\x28\xb5\x2f\xfd", "Zstandard", None),
    (b"\xfd7zXZ\0", "xz", None),
    (b"ARROW1", "Arrow IPC", None),
    (b"ORC", "ORC", None),
    (b"Obj\x01", "Avro", None),
)


class Format(str, Enum):
    """What a data file holds."""

    CSV = "CSV"
    PARQUET = "Parquet"
    TFRECORD = "TFRecord"


class DataFiles(Dataset):
    """A data set of files.

    Attributes:
        span: The span that a pattern with `{SPAN}` stands for; None without one.
    """

    span: int | None = None


def format_of(name: str) -> Format | None:
    """What a file of this name holds; None where the name does not say."""
    if _CSV.search(name):
        return Format.CSV
    if _PARQUET.search(name):
        return Format.PARQUET
    return Format.TFRECORD if _TFRECORD.search(name) else None


def is_left_out(name: str) -> bool:
    """True for names that mark a file as hidden or unfinished."""
    return name.startswith((".", "_"))


def is_packed_otherwise(name: str) -> bool:
    """True for data files in a compression that no reader here takes."""
    return _PACKED_OTHERWISE.search(name) is not None


def shown(path: str | os.PathLike[str]) -> str:
    """A path as it may be printed: on one line, without control characters."""
    return printable(os.fspath(path))


def refuse_disguise(path: Path, named: Format, head: bytes) -> None:
    """Raises DataError if a file's first bytes are those of another format.

    Args:
        path: The file, for messages.
        named: The format that its name claims.
        head: Its first bytes, decompressed as its name says.
    """
    for sign, what, suffix in _SIGNS:
        if re.match(sign, head) and _sure(head[:_HEAD], named):
            raise _disguised(path, named, what, suffix)


def _sure(head: bytes, named: Format) -> bool:
    """False where text may start like the sign, as a column named ORC does."""
    text = head.decode("latin-1").replace("\n", "").replace("\r", "")
    return named is not Format.CSV or not text.isprintable() or "1AY&SY" in text


def _disguised(path: Path, named: Format, what: str, suffix: str | None) -> DataError:
    line = ":1" if named is Format.CSV else ""
    fix = "export it again as " + SUPPORTED
    if suffix == ".parquet":
        fix = f"rename it to {shown(path.with_suffix(suffix).name)}"
    elif suffix and not path.name.lower().endswith(_PACKED):
        fix = f"rename it to {shown(path.name + suffix)}"
    elif suffix:
        fix = "unpack it once; it was compressed twice"
    return DataError(
        f"the file is not {named.value}, as its name says, but {what}",
        where=shown(path) + line,
        expected=f"{named.value} data",
        got=f"{what} by its first bytes",
        fix=fix,
    )
