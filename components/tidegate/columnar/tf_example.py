"""Arrow to serialized tf.Example and back, without TensorFlow.

Writing is columnar: a tf.Example is a protocol buffer whose map entries differ
between rows only in their values and the lengths before them, so each column's
entries are made at once and joined row by row in C++. The features of a record
are sorted by name, as protobuf's deterministic serialization has them, for the
split of a record depends on its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.example_decoding import decode

__all__ = ["decode", "encode", "records", "varints"]

Lengths = npt.NDArray[np.int64]
Entry = tuple[pa.Array, pa.Array]

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = b"\x0a", b"\x12", b"\x1a"
_FIRST, _SECOND = b"\x0a", b"\x12"
_LONGEST_VARINT = 10


def encode(batch: pa.RecordBatch) -> pa.Array:
    """Each row as a serialized tf.Example, in a binary array.

    The bytes are those of the stock CsvExampleGen's records, serialized
    deterministically: a missing value is a list without values, and a column
    that is missing everywhere is a feature without a kind.

    Args:
        batch: Columns of int64, float32, string, binary or null.
    """
    if not batch.num_columns:
        return pa.array([b"\n\x00"] * batch.num_rows, pa.binary())
    names = batch.schema.names
    order = sorted(range(len(names)), key=lambda place: names[place].encode())
    parts: list[pa.Array] = []
    for place in order:
        parts.extend(_entries(names[place], batch.column(place)))
    bodies = _joined(parts)
    return _joined([_headers(_lengths(bodies), _message_header), bodies])


def records(encoded: pa.Array) -> list[bytes]:
    """The records of `encode` as bytes objects."""
    _, offsets, content = encoded.buffers()
    ends = np.frombuffer(offsets, np.int32)[encoded.offset :][: len(encoded) + 1]
    text = content.to_pybytes() if content else b""
    cuts = ends.tolist()
    return [text[start:end] for start, end in pairwise(cuts)]


def _entries(name: str, column: pa.Array) -> Entry:
    """Map entries of one feature, each as what stands before and in its value."""
    if pa.types.is_null(column.type):
        return _constant(_entry_header(name, b"", -1), len(column))
    if pa.types.is_integer(column.type):
        kind, payload = _INT64_LIST, varints(np.asarray(column.fill_null(0)))
    elif pa.types.is_floating(column.type):
        kind, payload = _FLOAT_LIST, _floats(column)
    else:
        kind, payload = _BYTES_LIST, _blobs(column)
    lengths = np.asarray(_lengths(payload))
    if column.null_count:
        missing = np.asarray(column.is_null())
        lengths = np.where(missing, -1, lengths)
        payload = pc.if_else(column.is_null(), pa.scalar(b"", pa.binary()), payload)
    headers = _headers(lengths, lambda n: _entry_header(name, kind, n))
    return headers, payload


def _entry_header(name: str, kind: bytes, length: int) -> bytes:
    """Bytes of a map entry up to its value of `length` bytes; -1 means missing."""
    size = max(length, 0)
    feature = kind + b"\x00" if kind else b""
    if length >= 0:
        values = _FIRST + _varint(size)
        feature = kind + _varint(len(values) + size) + values
    key = name.encode()
    entry = _FIRST + _varint(len(key)) + key
    entry += _SECOND + _varint(len(feature) + size) + feature
    return _FIRST + _varint(len(entry) + size) + entry


def _message_header(length: int) -> bytes:
    return _FIRST + _varint(length)


def _headers(lengths: Lengths | pa.Array, header: Callable[[int], bytes]) -> pa.Array:
    """A header for each length; few lengths differ, so each is made once."""
    distinct, codes = np.unique(np.asarray(lengths), return_inverse=True)
    made = pa.array([header(int(length)) for length in distinct], pa.binary())
    return made.take(pa.array(codes.reshape(-1)))


def _constant(value: bytes, rows: int) -> Entry:
    one = pa.array([value], pa.binary())
    empty = pa.array([b""], pa.binary())
    zeros = pa.array(np.zeros(rows, np.int64))
    return one.take(zeros), empty.take(zeros)


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()))


def _lengths(column: pa.Array) -> pa.Array:
    return pc.binary_length(column)


def _blobs(column: pa.Array) -> pa.Array:
    kind = pa.large_binary() if _is_large(column.type) else pa.binary()
    return column.cast(kind).cast(pa.binary()).fill_null(b"")


def _is_large(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _floats(column: pa.Array) -> pa.Array:
    values = np.asarray(column.fill_null(0.0), dtype="<f4")
    offsets = np.arange(0, 4 * values.size + 1, 4, dtype=np.int32)
    return _binary(offsets, values.tobytes())


def varints(values: npt.NDArray[np.int64]) -> pa.Array:
    """Each integer as a protocol buffer varint, in a binary array."""
    rest = values.astype(np.int64).view(np.uint64)
    lengths = np.ones(rest.size, np.int32)
    for groups in range(1, _LONGEST_VARINT):
        lengths += rest >= np.uint64(1 << (7 * groups))
    offsets = np.concatenate(
        [np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)]
    )
    content = np.empty(int(offsets[-1]), np.uint8)
    for group in range(int(lengths.max(initial=0))):
        has = lengths > group
        more = np.where(lengths[has] > group + 1, 0x80, 0).astype(np.uint8)
        bits = (rest[has] >> np.uint64(7 * group)) & np.uint64(0x7F)
        content[offsets[:-1][has] + group] = bits.astype(np.uint8) | more
    return _binary(offsets, content.tobytes())


def _binary(offsets: npt.NDArray[np.int32], content: bytes) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
