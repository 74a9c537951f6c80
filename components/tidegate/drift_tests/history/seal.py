"""A checksum inside a Parquet file that covers all of its bytes.

Parquet protects its pages at best, and pyarrow 10 may crash on a damaged one.
The checksum is written among the file's key-value metadata with zeros in its
own place, so any reader of Parquet still reads the file.
"""

from __future__ import annotations

import google_crc32c

KEY = b"tidegate.crc32c"
OPEN = b"00000000"
# In Parquet's footer a value follows its key as: field, length, bytes.
_BEFORE = KEY + b"\x18\x08"


def sealed(content: bytes) -> bytes:
    """The file with its checksum put in.

    Args:
        content: A file whose metadata has `OPEN` under `KEY`.
    """
    place = _place(content)
    if place is None or content[place : place + len(OPEN)] != OPEN:
        raise ValueError("a file without a place for its checksum")
    return _with(content, place, b"%08x" % _checksum(content, place))


def demand_whole(content: bytes) -> None:
    """Refuses a file that is not as it was written.

    Raises:
        ValueError: Bytes are missing or changed, or it never had a checksum.
    """
    if not content:
        raise ValueError("an empty file")
    if content[:4] != b"PAR1":
        raise ValueError("no Parquet file")
    if content[-4:] != b"PAR1":
        raise ValueError("a file that is cut short")
    place = _place(content)
    if place is None:
        raise ValueError("a Parquet file that tidegate did not write")
    if content[place : place + len(OPEN)] != b"%08x" % _checksum(content, place):
        raise ValueError("a file whose bytes were changed after it was written")


def _place(content: bytes) -> int | None:
    """Where the checksum stands; None if there is none."""
    found = content.rfind(_BEFORE)
    return None if found < 0 else found + len(_BEFORE)


def _checksum(content: bytes, place: int) -> int:
    checksum = google_crc32c.value(content[:place])
    checksum = google_crc32c.extend(checksum, OPEN)
    return int(google_crc32c.extend(checksum, content[place + len(OPEN) :]))


def _with(content: bytes, place: int, text: bytes) -> bytes:
    return content[:place] + text + content[place + len(text) :]
