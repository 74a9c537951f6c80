"""The variables of a SavedModel, read without TensorFlow.

The index is a sorted string table as LevelDB has them (its `table_format.md`):
blocks of keys that share a beginning with the one before, a block that lists the
blocks, and a footer of 48 bytes that says where that one is. Values are
BundleEntryProto: type, shape, and where the bytes are in which shard
(TensorFlow's `tensor_bundle.h`).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOOTER = 48
_MAGIC = 0xDB4775248B80FB57
_TRAILER = 5  # compression and checksum behind each block
# Which object of the program has which variable; numbered anew in each run.
_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"


@dataclass(frozen=True)
class Variable:
    """One variable.

    Attributes:
        dtype: Number of its type, as TensorFlow's DataType has them.
        shape: Its shape.
        content: Its bytes as they are in the file.
    """

    dtype: int
    shape: tuple[int, ...]
    content: bytes

    @property
    def digest(self) -> str:
        """Of type, shape and bytes."""
        about = f"{self.dtype} {list(self.shape)} ".encode()
        return hashlib.sha256(about + self.content).hexdigest()


def read_variables(prefix: Path, entry: Any, header: Any) -> dict[str, Variable]:
    """The variables of `<prefix>.index` and its shards, by their names.

    Args:
        prefix: Such as `saved_model/variables/variables`.
        entry: The class BundleEntryProto.
        header: The class BundleHeaderProto.

    Raises:
        ValueError: The files are not such.
        OSError: They cannot be read.
    """
    index = prefix.with_name(f"{prefix.name}.index").read_bytes()
    entries = dict(_entries(index))
    shards = header.FromString(entries.pop(b"")).num_shards
    data = [
        prefix.with_name(f"{prefix.name}.data-{one:05d}-of-{shards:05d}").read_bytes()
        for one in range(shards)
    ]
    found = {}
    for key, value in entries.items():
        about = entry.FromString(value)
        name = key.decode("utf-8", "replace")
        if name == _OBJECTS:
            continue
        content = data[about.shard_id][about.offset : about.offset + about.size]
        shape = tuple(one.size for one in about.shape.dim)
        found[name] = Variable(about.dtype, shape, content)
    return found


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(table) < _FOOTER or struct.unpack("<Q", table[-8:])[0] != _MAGIC:
        raise ValueError("not an index of variables: its last bytes are others")
    footer = table[-_FOOTER:]
    place = 0
    for _ in range(2):  # where the block about the table is, which says nothing here
        _, place = _varint(footer, place)
    offset, place = _varint(footer, place)
    size, _ = _varint(footer, place)
    for _, where in _block(table, offset, size):
        start, place = _varint(where, 0)
        length, _ = _varint(where, place)
        yield from _block(table, start, length)


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    block = table[offset : offset + size]
    if len(block) < size or size < 4 or table[offset + size] != 0:
        raise ValueError("not an index of variables: a block is cut or compressed")
    restarts = struct.unpack("<I", block[-4:])[0]
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = _varint(block, place)
        rest, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + rest]
        place += rest
        yield key, block[place : place + length]
        place += length


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(raw) or shift > 63:
            raise ValueError("not an index of variables: a number has no end")
        byte = raw[place]
        value |= (byte & 0x7F) << shift
        shift, place = shift + 7, place + 1
        if byte < 0x80:
            return value, place
