"""TFRecord files, written and read without TensorFlow.

A record is its length (8 bytes, little endian), a checksum of those bytes, the
data, and a checksum of the data; checksums are CRC-32C, rotated and shifted as
the format's definition in TensorFlow's `record_writer.h` says.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import google_crc32c
import numpy as np

from tidegate.columnar.byte_stream import read_chunks
from tidegate.columnar.formats import Format, refuse_disguise, shown
from tidegate.columnar.whole_file import WholeFile
from tidegate.errors import DataError

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
LONGEST_RECORD = 256 << 20
_RAW_WINDOW = -15
_32_BITS = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
# No name and no time, so that the same records give the same file.
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
# Level 1 takes a third of level 6's time for a fifth more bytes.
_LEVEL = 1


@dataclass(frozen=True)
class Packed:
    """Records as a piece of a gzipped TFRecord file.

    Attributes:
        records: How many they are.
        deflated: The piece as it stands in the file.
        plain: The same before it was deflated, for the checksum of the whole.
    """

    records: int
    deflated: bytes
    plain: bytes


def pack(records: Sequence[bytes]) -> Packed:
    """Records ready to be written, made in any thread and in any order."""
    headers: dict[int, bytes] = {}
    parts: list[bytes] = []
    value, stored = google_crc32c.value, _FOOTER.pack
    for record in records:
        length = len(record)
        header = headers.get(length)
        if header is None:
            size = struct.pack("<Q", length)
            header = headers[length] = size + _checksum(size)
        parts += (header, record, stored(_masked(value(record))))
    plain = b"".join(parts)
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_WINDOW)
    # Ends at a whole byte, so that pieces can stand behind each other.
    deflated = deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return Packed(len(records), deflated, plain)


class RecordWriter(WholeFile):
    """Writes one TFRecord file, gzipped, that appears under its name when whole.

    Args:
        path: The file. Until `close` its content stands under a hidden name.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._out = self._begin()
        self._out.write(_GZIP_HEADER)
        self._crc = self._size = 0
        self.records = 0

    def write(self, records: Sequence[bytes]) -> None:
        """Adds records at the end."""
        self.add(pack(records))

    def add(self, packed: Packed) -> None:
        """Adds records that were packed before, as one stream with the others."""
        self._out.write(packed.deflated)
        self._crc = zlib.crc32(packed.plain, self._crc)
        self._size += len(packed.plain)
        self.records += packed.records

    def _finish(self) -> None:
        end = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_WINDOW).flush()
        self._out.write(end + struct.pack("<II", self._crc, self._size & _32_BITS))


def write_records(path: Path, records: Iterable[bytes]) -> Path:
    """Writes a gzipped TFRecord file, whole or not at all."""
    with RecordWriter(path) as writer:
        writer.write(list(records))
    return path


def read_records(path: Path) -> Iterator[bytes]:
    """The records of a TFRecord file, gzipped if its name or its bytes say so.

    Raises:
        DataError: A checksum does not match, or the file ends inside a record.
    """
    for batch in read_record_batches(path):
        yield from batch


def read_record_batches(path: Path) -> Iterator[list[bytes]]:
    """The records of a TFRecord file, some MB at a time; errors as `read_records`."""
    held: list[bytes] = []
    size = wanted = seen = 0
    for number, chunk in enumerate(_content(path)):
        if not number:
            refuse_disguise(path, Format.TFRECORD, chunk)
        held.append(chunk)
        size += len(chunk)
        if size < wanted:
            continue  # A long record would be copied anew with every chunk.
        content = b"".join(held)
        batch, used, wanted = _records_in(path, content, seen)
        held, size = [content[used:]], size - used
        seen += len(batch)
        if batch:
            yield batch
    if size:
        raise DataError(
            "the file ends inside a record",
            where=f"{shown(path)}, record {seen + 1}",
            expected="a whole record",
            got=f"{size:,} bytes after {seen:,} records",
            fix="write the examples again; the file was cut short",
        )


def _content(path: Path) -> Iterator[bytes]:
    return read_chunks(path, gzipped=_starts_gzip(path))


def _starts_gzip(path: Path) -> bool:
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"\x1f\x8b"
    except OSError:
        return False


def _records_in(path: Path, data: bytes, seen: int) -> tuple[list[bytes], int, int]:
    """The whole records at the start of `data`, and how many bytes they take.

    The last number is how many bytes the record after them takes, 0 if unknown.
    """
    batch: list[bytes] = []
    footers: list[int] = []
    position, end, rest = 0, len(data), 0
    # Records of one writer have few lengths: each header is checked once.
    headers: dict[bytes, int] = {}
    while end - position >= _HEADER.size:
        start = position + _HEADER.size
        header = data[position:start]
        length = headers.get(header, -1)
        if length < 0:
            length = _HEADER.unpack(header)[0]
            if _checksum(header[:8]) != header[8:]:
                _demand_whole(path, data, batch, footers, seen)
                raise _damaged(path, seen + len(batch) + 1, "length")
            if length > LONGEST_RECORD:
                _demand_whole(path, data, batch, footers, seen)
                raise _too_long(path, seen + len(batch) + 1, length)
            headers[header] = length
        footer = start + length
        if footer + _FOOTER.size > end:
            rest = footer + _FOOTER.size - position
            break
        batch.append(data[start:footer])
        footers.append(footer)
        position = footer + _FOOTER.size
    _demand_whole(path, data, batch, footers, seen)
    return batch, position, rest


def _demand_whole(
    path: Path, data: bytes, batch: list[bytes], footers: list[int], seen: int
) -> None:
    """Demands that each record has the checksum that stands in its footer."""
    places = np.array(footers, np.int64)[:, None] + np.arange(_FOOTER.size)
    stored = np.frombuffer(data, np.uint8)[places].view("<u4")[:, 0]
    found = np.fromiter(map(google_crc32c.value, batch), np.int64, len(batch))
    masked = ((found >> 15 | found << 17) + _MASK_DELTA) & _32_BITS
    wrong = np.flatnonzero(masked != stored)
    if wrong.size:
        raise _damaged(path, seen + int(wrong[0]) + 1, "content")


def _too_long(path: Path, record: int, length: int) -> DataError:
    return DataError(
        f"a record is longer than {LONGEST_RECORD >> 20} MB",
        where=f"{shown(path)}, record {record}",
        expected=f"at most {LONGEST_RECORD:,} bytes in one tf.Example",
        got=f"{length:,} bytes by its header",
        fix="keep large objects in files of their own, and their paths in examples",
    )


def _damaged(path: Path, record: int, part: str) -> DataError:
    return DataError(
        f"the checksum of a record's {part} does not match",
        where=f"{shown(path)}, record {record}",
        expected="a TFRecord file as it was written",
        got="other bytes",
        fix="write the examples again; the file is damaged or is not a TFRecord file",
    )


def _checksum(data: bytes) -> bytes:
    return _FOOTER.pack(_masked(google_crc32c.value(data)))


def _masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & _32_BITS
