"""Serialized tf.Examples taken apart by feature, and put together otherwise. Pure.

A tf.Example is a map from the feature's name to its values, and on the wire one
entry after the other. Shuffling a feature moves its entries from row to row as
they are: a missing value stays missing, a list a list, and nothing is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tidegate.errors import DataError

Indices: TypeAlias = "npt.NDArray[np.int64]"
_FEATURES = _ENTRY = _KEY = b"\x0a"[0]
_LENGTH = 2
# Bytes of the other wire types of protobuf; None is a varint.
_FIXED = {0: None, 1: 8, 5: 4}


class RowEntries:
    """The rows' map entries, feature by feature.

    Attributes:
        names: The features, sorted as protobuf's deterministic serialization has
            them.
        rows: Number of rows.

    Args:
        records: Serialized tf.Examples.
        features: Features to keep; None keeps all.

    Raises:
        DataError: A record is not a tf.Example.
    """

    def __init__(
        self, records: Sequence[bytes], features: Sequence[str] | None = None
    ) -> None:
        self.rows = len(records)
        wanted = None if features is None else {name.encode() for name in features}
        columns: dict[bytes, list[bytes]] = {key: [] for key in wanted or ()}
        for row, record in enumerate(records):
            for key, entry in _taken_apart(record, row):
                if wanted is None or key in wanted:
                    column = columns.setdefault(key, [])
                    if len(column) > row:
                        column[row] = entry  # Of a name twice, the last counts.
                        continue
                    column.extend([b""] * (row - len(column)))
                    column.append(entry)
        for column in columns.values():
            column.extend([b""] * (self.rows - len(column)))
        self._columns = {
            key.decode(errors="backslashreplace"): columns[key]
            for key in sorted(columns)
        }
        self.names = tuple(self._columns)

    def column(self, name: str) -> Sequence[bytes]:
        """The entries of a feature, empty where a row lacks it."""
        return self._columns[name]

    def records(
        self, taken: Mapping[str, Indices] | None = None, rows: int | None = None
    ) -> list[bytes]:
        """Serialized tf.Examples with features of other rows.

        Args:
            taken: For a feature, the row whose entry each record gets; features
                that are not named stay in their rows. Names that the rows do not
                have change nothing.
            rows: Number of records, where `taken` names all features.
        """
        count = self.rows if rows is None else rows
        held = taken or {}
        columns = [
            [column[row] for row in held[name].tolist()] if name in held else column
            for name, column in self._columns.items()
        ]
        bodies = map(b"".join, zip(*columns, strict=True)) if columns else [b""] * count
        headers: dict[int, bytes] = {}
        made = []
        for body in bodies:
            size = len(body)
            if size not in headers:
                headers[size] = bytes([_FEATURES]) + _varint(size)
            made.append(headers[size] + body)
        return made


def _taken_apart(record: bytes, row: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and bytes of each map entry."""
    try:
        for tag, _, start, end in _fields(record, 0, len(record)):
            if tag != _FEATURES:
                continue
            for inner, whole, first, last in _fields(record, start, end):
                if inner == _ENTRY:
                    yield _key(record, first, last), record[whole:last]
    except IndexError:
        raise DataError(
            "a record is not a tf.Example",
            where=f"row {row + 1} of the sample",
            expected="a serialized tf.Example",
            got=f"{len(record):,} other bytes",
            fix="give examples that an ExampleGen wrote",
        ) from None


def _key(record: bytes, start: int, end: int) -> bytes:
    for tag, _, first, last in _fields(record, start, end):
        if tag == _KEY:
            return record[first:last]
    return b""


def _fields(record: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, place, and start and end of the content of each field."""
    while at < end:
        whole = at
        tag, at = _number(record, at)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _number(record, at)
        elif kind in _FIXED:
            fixed = _FIXED[kind]
            size = _number(record, at)[1] - at if fixed is None else fixed
        else:
            raise IndexError
        if at + size > end:
            raise IndexError
        yield tag, whole, at, at + size
        at += size


def _number(record: bytes, at: int) -> tuple[int, int]:
    """The varint at a place, and the place after it."""
    byte = record[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while byte > 0x7F:
        at += 1
        byte = record[at]
        value |= (byte & 0x7F) << shift
        shift += 7
    return value, at + 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
