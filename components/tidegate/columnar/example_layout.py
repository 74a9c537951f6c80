"""tf.Examples that are laid out alike, decoded a column at a time.

Records of one writer usually have the same features in the same order with at
most one value each. Then every step of decoding is the same for all rows, and
is one numpy operation for all of them instead of one parse a row. Anything else
is left to the general decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_PADDING = 64
_BYTES, _FLOAT, _INT64 = 0x0A, 0x12, 0x1A
_LIST_TYPES = {_BYTES: pa.large_binary(), _FLOAT: pa.float32(), _INT64: pa.int64()}
_MOST_GROUPS = 10


class Alike(NamedTuple):
    """What records that are laid out alike hold.

    Attributes:
        columns: One array a feature.
        absent: Rows in which a feature has no kind, which is to lack it, of
            those features that have one in other rows.
    """

    columns: dict[str, pa.Array]
    absent: dict[str, Mask]


class _OtherLayout(Exception):
    """The records are not laid out alike."""


def decode_alike(
    records: Sequence[bytes], columns: Sequence[str] | None = None
) -> Alike | None:
    """One array a feature; None where the records are not all laid out alike.

    Args:
        records: Serialized tf.Examples.
        columns: Features to decode; None decodes all.

    Types are int64, float32, large binary, or null for a feature that has no
    value anywhere.
    """
    if not records:
        return Alike({}, {})
    try:
        return _Rows(records).columns(columns)
    except (_OtherLayout, IndexError, UnicodeDecodeError):
        return None


class _Rows:
    """All records behind each other, with a reading position in each."""

    def __init__(self, records: Sequence[bytes]) -> None:
        content = b"".join(records) + bytes(_PADDING)
        self._bytes: Bytes = np.frombuffer(content, np.uint8)
        # Eight bytes from any position on, to compare keys a word at a time.
        self._words = np.lib.stride_tricks.as_strided(
            self._bytes[:8].view("<u8"), (len(content) - 7,), (1,), writeable=False
        )
        lengths = np.fromiter(map(len, records), np.int64, len(records))
        self._ends = np.cumsum(lengths)
        self._at = self._ends - lengths

    def columns(self, wanted: Sequence[str] | None) -> Alike:
        """The features wanted, in the order in which the records have them."""
        self._expect(self._at, b"\x0a")
        size, self._at = self._varint(self._at + 1)
        _demand(self._at + size == self._ends)
        found: dict[str, pa.Array] = {}
        absent: dict[str, Mask] = {}
        while (self._at < self._ends).any():
            _demand(self._at < self._ends)
            name, at, ends = self._feature()
            if name in found:
                raise _OtherLayout
            if wanted is None or name in wanted:
                found[name] = self._values(at, ends)
                if not pa.types.is_null(found[name].type):
                    lacking = at >= ends
                    if lacking.any():
                        absent[name] = lacking
        return Alike(found, absent)

    def _feature(self) -> tuple[str, Positions, Positions]:
        """Name of the next feature, and where each row's values start and end."""
        self._expect(self._at, b"\x0a")
        size, at = self._varint(self._at + 1)
        ends = at + size
        _demand(ends <= self._ends)
        key = self._first_key(int(at[0]))
        self._expect(at, key)
        size, at = self._varint(at + len(key))
        _demand(at + size == ends)
        self._at = ends
        return key[2:-1].decode(), at, ends

    def _first_key(self, at: int) -> bytes:
        """The first row's key with the tags around it, which all must have."""
        length = int(self._bytes[at + 1])
        if length > 0x7F:
            raise _OtherLayout
        return self._bytes[at : at + length + 3].tobytes()

    def _values(self, at: Positions, ends: Positions) -> pa.Array:
        """The one value of each row; null where its list is empty or has no kind."""
        rows = np.flatnonzero(at < ends)
        if not rows.size:
            return pa.nulls(len(at))
        kind = int(self._bytes[at[rows[0]]])
        if kind not in _LIST_TYPES:
            raise _OtherLayout
        _demand(self._bytes[at[rows]] == kind)
        size, inner = self._varint(at[rows] + 1)
        _demand(inner + size == ends[rows])
        has = size > 0
        rows, inner = rows[has], inner[has]
        self._expect(inner, b"\x0a")
        size, start = self._varint(inner + 1)
        _demand(start + size == ends[rows])
        values = self._decoded(kind, start, size)
        if rows.size == len(at):
            return values
        places = np.full(len(at), -1, np.int64)
        places[rows] = np.arange(rows.size)
        return values.take(pa.array(places, mask=places < 0))

    def _decoded(self, kind: int, start: Positions, size: Positions) -> pa.Array:
        if kind == _INT64:
            values, after = self._varint(start)
            _demand(after == start + size)
            return pa.array(values)
        if kind == _FLOAT:
            _demand(size == 4)
            low = (self._words[start] & np.uint64(0xFFFFFFFF)).astype("<u4")
            return pa.array(low.view("<f4"))
        return self._blobs(start, size)

    def _blobs(self, start: Positions, size: Positions) -> pa.Array:
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
        places = np.repeat(start - offsets[:-1], size) + np.arange(offsets[-1])
        content = self._bytes[places]
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
        return pa.Array.from_buffers(pa.large_binary(), len(size), buffers)

    def _varint(self, at: Positions) -> tuple[Positions, Positions]:
        """The varint at each position, as a signed integer, and what follows it."""
        byte = self._bytes[at]
        if not (byte > 0x7F).any():
            return byte.astype(np.int64), at + 1
        value = (byte & 0x7F).astype(np.uint64)
        after = at + 1
        more = np.flatnonzero(byte > 0x7F)
        for group in range(1, _MOST_GROUPS):
            byte = self._bytes[after[more]]
            value[more] |= (byte & 0x7F).astype(np.uint64) << np.uint64(7 * group)
            after[more] += 1
            more = more[byte > 0x7F]
            if not more.size:
                return value.view(np.int64), after
        raise _OtherLayout

    def _expect(self, at: Positions, text: bytes) -> None:
        """Demands that every row has these bytes at its position."""
        if len(text) == 1:
            _demand(self._bytes[at] == text[0])
            return
        for start in range(0, len(text), 8):
            part = text[start : start + 8]
            mask = np.uint64((1 << 8 * len(part)) - 1)
            wanted = np.uint64(int.from_bytes(part, "little"))
            _demand((self._words[at + start] & mask) == wanted)


def _demand(holds: npt.NDArray[np.bool_]) -> None:
    if not holds.all():
        raise _OtherLayout
