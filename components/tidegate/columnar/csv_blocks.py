"""Bytes of a CSV file in blocks that begin and end with whole records.

A record ends at a newline with an even number of quotes before it, the rule of
RFC 4180. Cutting there keeps memory bounded and lets every block be checked and
parsed by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

NEWLINE = 10
QUOTE = 34
LONGEST_RECORD = 32 << 20
ROWS = 2000
LARGEST_BLOCK = 32 << 20
_STEPS_BACK = 1000


@dataclass(frozen=True)
class RawBlock:
    """Some whole records of one file.

    Attributes:
        data: Their bytes; the last newline is missing only at a file's end.
        line: Line of the first byte, counted from 1 at the file's start.
        overlong: True if they are the start of a record that is longer than any
            honest record.
    """

    data: bytes
    line: int
    overlong: bool = False


def gather(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, joined until they hold some thousand rows of a wide file.

    Every block costs some time for each of its columns, which thousands of
    columns make dear.
    """
    held: list[bytes] = []
    size = wanted = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if not wanted:
            wanted = min(len(chunk) * ROWS // (chunk.count(b"\n") or 1), LARGEST_BLOCK)
        if size >= wanted:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def cut_blocks(chunks: Iterable[bytes]) -> Iterator[RawBlock]:
    """The chunks cut anew at the ends of records.

    What is left at the end of the file comes as it is. So does the start of
    what is longer than any honest record, and nothing comes after it.
    """
    pending, line = b"", 1
    for chunk in chunks:
        pending = pending + chunk if pending else chunk
        cut = end_of_records(pending)
        if not cut and len(pending) < LONGEST_RECORD:
            continue
        if not cut:
            yield RawBlock(pending, line, overlong=True)
            return
        block = RawBlock(pending[:cut], line)
        pending = pending[cut:]
        line += block.data.count(b"\n")
        yield block
    if pending:
        yield RawBlock(pending, line)


def end_of_records(data: bytes) -> int:
    """Bytes up to and with the newline of the last whole record; 0 if none."""
    end = data.rfind(b"\n") + 1
    inside = data.count(b'"', 0, end) % 2
    # Mostly the last newline outside quotes is just before the last quote.
    for _ in range(_STEPS_BACK):
        if not inside or not end:
            return end
        earlier = data.rfind(b"\n", 0, max(data.rfind(b'"', 0, end), 0)) + 1
        inside ^= data.count(b'"', earlier, end) % 2
        end = earlier
    content = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(content == NEWLINE)
    quotes_before = np.searchsorted(np.flatnonzero(content == QUOTE), newlines)
    outside = newlines[quotes_before % 2 == 0]
    return int(outside[-1]) + 1 if outside.size else 0
