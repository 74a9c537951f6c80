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
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.column_kinds import is_list
from tidegate.columnar.example_decoding import decode

__all__ = ["decode", "encode", "records", "varints"]

Lengths = npt.NDArray[np.int64]
Entry = tuple[pa.Array, pa.Array]
NullMeans = Literal["empty", "absent"]

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = b"\x0a", b"\x12", b"\x1a"
_FIRST, _SECOND = b"\x0a", b"\x12"
_LONGEST_VARINT = 10
# In the place of lengths: no values, and no kind of list either.
_EMPTY, _NO_KIND = -1, -2


def encode(batch: pa.RecordBatch, null_means: NullMeans = "empty") -> pa.Array:
    """Each row as a serialized tf.Example, in a binary array.

    The bytes are those of the stock ExampleGens' records, serialized
    deterministically. Of columns that are null everywhere by their type, each
    feature is without a kind.

    Args:
        batch: Columns of int64, float32, string, binary or null, or lists of one
            of these.
        null_means: "empty" makes a missing value a list without values, as the
            stock CsvExampleGen does; "absent" makes it a feature without a kind,
            as the stock Parquet one does. Null in a column of lists is always
            that, for a list without values can be had there.
    """
    if not batch.num_columns:
        return pa.array([b"\n\x00"] * batch.num_rows, pa.binary())
    names = batch.schema.names
    order = sorted(range(len(names)), key=lambda place: names[place].encode())
    parts: list[pa.Array] = []
    for place in order:
        parts.extend(_entries(names[place], batch.column(place), null_means))
    bodies = _joined(parts)
    return _joined([_headers(_lengths(bodies), _message_header), bodies])


def encode_features(column: pa.Array) -> pa.Array:
    """Each value as a serialized tf.train.Feature, in a binary array.

    Args:
        column: Int64, float32, string or binary, without nulls.
    """
    kind, payload = _payload(column)

    def header(length: int) -> bytes:
        values = _FIRST + _varint(length)
        return kind + _varint(len(values) + length) + values

    return _joined([_headers(_lengths(payload), header), payload])


def records(encoded: pa.Array) -> list[bytes]:
    """The records of `encode` as bytes objects."""
    _, offsets, content = encoded.buffers()
    ends = np.frombuffer(offsets, np.int32)[encoded.offset :][: len(encoded) + 1]
    text = content.to_pybytes() if content else b""
    cuts = ends.tolist()
    return [text[start:end] for start, end in pairwise(cuts)]


def _entries(name: str, column: pa.Array, null_means: NullMeans) -> Entry:
    """Map entries of one feature, each as what stands before and in its value."""
    if pa.types.is_null(column.type):
        return _constant(_entry_header(name, b"", _NO_KIND), len(column))
    if is_list(column.type):
        kind, payload, lengths = _list_payload(column)
    else:
        kind, payload = _payload(column)
        lengths = np.asarray(_lengths(payload))
    tag = _FIRST if kind != _BYTES_LIST or not is_list(column.type) else b""
    if column.null_count:
        missing = np.asarray(column.is_null())
        empty = null_means == "empty" and not is_list(column.type)
        lengths = np.where(missing, _EMPTY if empty else _NO_KIND, lengths)
        payload = pc.if_else(column.is_null(), pa.scalar(b"", pa.binary()), payload)
    headers = _headers(lengths, lambda n: _entry_header(name, kind, n, tag))
    return headers, payload


def _payload(column: pa.Array) -> tuple[bytes, pa.Array]:
    """Kind of a column of single values, and the bytes of each value."""
    if pa.types.is_integer(column.type):
        return _INT64_LIST, varints(np.asarray(column.fill_null(0)))
    if pa.types.is_floating(column.type):
        return _FLOAT_LIST, _floats(column)
    return _BYTES_LIST, _blobs(column)


def _list_payload(column: pa.Array) -> tuple[bytes, pa.Array, Lengths]:
    """Kind of a column of lists, the bytes of each list, and their number.

    Numbers of a list are packed behind each other; bytes have a header each.
    """
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
    values = column.flatten()
    if pa.types.is_null(values.type):
        values = values.cast(pa.int64())
    kind, single = _payload(values)
    if kind == _BYTES_LIST:
        single = _joined([_headers(_lengths(single), _message_header), single])
    cuts = np.concatenate([np.zeros(1, np.int64), np.cumsum(_lengths(single))])
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    payload = _binary(cuts[ends].astype(np.int32), _content(single))
    lengths = np.asarray(_lengths(payload))
    return kind, payload, np.where(counts == 0, _EMPTY, lengths)


def _content(column: pa.Array) -> bytes:
    """The bytes of a binary column behind each other."""
    return b"".join(records(column))


def _entry_header(name: str, kind: bytes, length: int, tag: bytes = _FIRST) -> bytes:
    """Bytes of a map entry up to its values.

    Args:
        name: The feature.
        kind: The tag of its list.
        length: Bytes of its values, or one of the codes for none.
        tag: The tag in front of the values; empty if they have one each.
    """
    size = max(length, 0)
    feature = b"" if length == _NO_KIND else kind + b"\x00"
    if length >= 0:
        values = tag + _varint(size) if tag else b""
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
