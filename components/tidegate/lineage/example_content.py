"""What serialized tf.Examples say: features without the order they stand in.

A proto's map has no order, and each writer leaves its entries as they happen to
lie. Only the outer layers are read: an Example is field 1, a Features message,
whose entries are field 1 again (TensorFlow's `example.proto`, `feature.proto`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_MESSAGE = 0x0A  # field 1 with a length


def examples_digest(records: Iterable[bytes]) -> str:
    """Digest of records in their order; other records than Examples by their bytes."""
    whole = hashlib.sha256()
    for record in records:
        said = b"".join(sorted(_features(record)))
        whole.update(b"%d:" % len(said))
        whole.update(said)
    return whole.hexdigest()


def _features(record: bytes) -> list[bytes]:
    """Entries of an Example's map; the record alone where it is something else."""
    outer = _messages(record)
    if outer is None or len(outer) > 1:
        return [record]
    entries = [entry for one in outer for entry in _messages(one) or [one]]
    return [b"%d:%b" % (len(entry), entry) for entry in entries]


def _messages(raw: bytes) -> list[bytes] | None:
    """The messages that are all of `raw`, each as field 1; None if it is not so."""
    found, place, end = [], 0, len(raw)
    while place < end:
        if raw[place] != _MESSAGE:
            return None
        place, length, shift = place + 1, 0, 0
        while True:
            if place >= end or shift > 63:
                return None
            byte = raw[place]
            length |= (byte & 0x7F) << shift
            place, shift = place + 1, shift + 7
            if byte < 0x80:
                break
        if place + length > end:
            return None
        found.append(raw[place : place + length])
        place += length
    return found
