"""Whether the files of a SavedModel are all there.

Who pushes a model writes `saved_model.pb` last, but not at once: one that is
still being written, or was cut short, ends before its own lengths say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

GRAPH = "saved_model.pb"
_TEXT_GRAPH = "saved_model.pbtxt"
_VARIABLES = "variables/"
_INDEX = "variables/variables.index"
_SHARD = re.compile(r"variables/variables\.data-(\d{5})-of-(\d{5})")
# The wire type of protobuf that has a length, and the field with the graphs; the
# bytes of each wire type, None where they vary.
_LENGTH, _META_GRAPHS = 2, 2
_BYTES = {0: None, 1: 8, _LENGTH: None, 5: 4}
_LONGEST_VARINT = 10


def lacking(names: Iterable[str]) -> str | None:
    """A file of the SavedModel that is not there; None if all are.

    Args:
        names: Files of the folder, relative to it.
    """
    there = set(names)
    if not there & {GRAPH, _TEXT_GRAPH}:
        return GRAPH
    if not any(name.startswith(_VARIABLES) for name in there):
        return None
    if _INDEX not in there:
        return _INDEX
    shards = [match for match in map(_SHARD.fullmatch, sorted(there)) if match]
    if not shards:
        return "variables/variables.data-*"
    count = int(shards[0][2])
    wanted = (
        f"variables/variables.data-{one:05d}-of-{count:05d}" for one in range(count)
    )
    return next((name for name in wanted if name not in there), None)


def is_whole_graph(stream: BinaryIO, size: int) -> bool:
    """True if a `saved_model.pb` of so many bytes ends where its fields end."""
    place, graphs = 0, 0
    while place < size:
        tag, length = _varint(stream, place)
        kind, field = tag & 7, tag >> 3
        inside, more = _varint(stream, place + length)
        if not length or not more or kind not in _BYTES:
            return False
        graphs += (kind, field) == (_LENGTH, _META_GRAPHS)
        fixed = _BYTES[kind]
        place += length + (more if fixed is None else fixed)
        place += inside if kind == _LENGTH else 0
    return place == size and graphs > 0


def _varint(stream: BinaryIO, place: int) -> tuple[int, int]:
    """A number of protobuf and the bytes that it takes; 0 bytes if it is cut."""
    stream.seek(place)
    value = 0
    for count, byte in enumerate(stream.read(_LONGEST_VARINT)):
        value |= (byte & 0x7F) << (7 * count)
        if not byte & 0x80:
            return value, count + 1
    return 0, 0
