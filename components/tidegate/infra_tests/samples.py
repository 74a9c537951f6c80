"""The requests that a model is asked, out of the examples. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar.discovery import artifact_files
from tidegate.columnar.tf_record import read_record_batches
from tidegate.errors import UsageError
from tidegate.saved_model.wire import LENGTH, Budget, Damaged, Message, text

# Requests are taken from this many times as many rows, so that they are not all of
# one day or customer; further into the files nobody has to wait for them.
_SPREAD = 20


@dataclass(frozen=True)
class Requests:
    """Some rows of a split.

    Attributes:
        records: Serialized tf.Examples.
        rows: The number of each in the split, counted from 0.
    """

    records: tuple[bytes, ...] = ()
    rows: tuple[int, ...] = ()


def draw(folder: Path, split: str, count: int) -> Requests:
    """So many rows of a split, evenly over its beginning.

    Args:
        folder: Folder of the Examples artifact.
        split: Name of the split.
        count: Number of rows; fewer where the split has fewer.

    Raises:
        DataError: The files cannot be read whole.
        UsageError: There is no such split.
    """
    found: list[bytes] = []
    for record in _records(folder, split):
        found.append(record)
        if len(found) == count * _SPREAD:
            break
    step = max(len(found) // count, 1)
    rows = range(0, len(found), step)[:count]
    return Requests(tuple(found[row] for row in rows), tuple(rows))


def count_rows(folder: Path, split: str) -> int:
    """Number of rows of a split."""
    return sum(
        len(batch)
        for path in _files(folder, split)
        for batch in read_record_batches(path)
    )


def without(record: bytes, features: Collection[str]) -> bytes:
    """A serialized tf.Example without some features, such as the label.

    Raises:
        Damaged: It is no tf.Example.
    """
    kept = b""
    for part in Message(memoryview(record), Budget()).inside(1):
        entries = b"".join(
            b"\x0a" + _length(len(entry)) + bytes(entry)
            for entry in part.data(1)
            if _key(part.of(entry)) not in features
        )
        kept += b"\x0a" + _length(len(entries)) + entries
    return kept


def _key(entry: Message) -> str:
    names = [
        text(data)
        for number, kind, _, data in entry.fields()
        if number == 1 and kind == LENGTH
    ]
    return names[-1] if names else ""


def _length(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _records(folder: Path, split: str) -> Iterator[bytes]:
    for path in _files(folder, split):
        for batch in read_record_batches(path):
            yield from batch


def _files(folder: Path, split: str) -> list[Path]:
    found = artifact_files(folder)
    files = [path for name, path in found if name == split]
    if not files:
        names = sorted({name for name, _ in found})
        raise UsageError(
            f"the examples have no split {split!r} to take requests from",
            where=f"InfraTests(split={split!r})",
            expected=f"one of {', '.join(names)}",
            got=split,
            fix="name a split that the examples have",
        )
    return files


__all__ = ["Damaged", "Requests", "count_rows", "draw", "without"]
