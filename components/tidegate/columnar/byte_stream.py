"""A file's bytes, decompressed, in chunks of bounded size.

The standard readers are not strict enough: some take a compressed file that was
cut short, or has something else behind it, for the whole.
"""

from __future__ import annotations

import bz2
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, Protocol

from tidegate.columnar.formats import shown
from tidegate.errors import DataError

CHUNK = 4 << 20
_LISTENER: ContextVar[Callable[[int], None] | None] = ContextVar("bytes", default=None)
_COMPRESSED = 1 << 18
# Sparse tables may shrink a thousandfold; what shrinks more than that holds no data.
_HONEST_RATIO = {".gz": 1000, ".bz2": 10_000}
_UNQUESTIONED = 64 << 20
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def feed(self, data: bytes) -> bytes: ...
    @property
    def held(self) -> bool: ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def held(self) -> bool:
        return self._full or bool(self._inner.unconsumed_tail)

    def feed(self, data: bytes) -> bytes:
        fed = self._inner.unconsumed_tail + data
        out = self._inner.decompress(fed, CHUNK)
        self._full = len(out) >= CHUNK
        return out


class _Bzip2:
    def __init__(self) -> None:
        self._inner = bz2.BZ2Decompressor()

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def held(self) -> bool:
        return not self._inner.eof and not self._inner.needs_input

    def feed(self, data: bytes) -> bytes:
        return self._inner.decompress(data, CHUNK)


@contextmanager
def watching(listener: Callable[[int], None]) -> Iterator[None]:
    """Tells `listener` how many bytes of files were read, as they are on disk.

    Only of what is read on this thread, where a scan reads all of its files.
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def passed(count: int) -> None:
    """Tells who is watching that some bytes of a file were read."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(count)


def read_chunks(path: Path, *, gzipped: bool = False) -> Iterator[bytes]:
    """The bytes of a plain, .gz or .bz2 file, in chunks of at most some MB.

    Args:
        path: The file, whose name tells how it is compressed.
        gzipped: True for a gzip file whose name does not say so.

    Raises:
        DataError: The file cannot be opened, or its compressed stream is cut
            short, corrupt, followed by something else, or inflated beyond
            what data can be.
    """
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _no_file(path)
        with open(path, "rb") as stream:
            before = 0
            for chunk in _chunks(stream, path, gzipped):
                passed(stream.tell() - before)
                before = stream.tell()
                yield chunk
    except (OSError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _chunks(stream: BinaryIO, path: Path, gzipped: bool) -> Iterator[bytes]:
    name = path.name.lower()
    if gzipped or name.endswith(".gz"):
        yield from _decompressed(stream, path, _Gzip, _GZIP)
    elif name.endswith(".bz2"):
        yield from _decompressed(stream, path, _Bzip2, _BZIP2)
    else:
        while chunk := stream.read(CHUNK):
            yield chunk


def _decompressed(
    stream: BinaryIO, path: Path, decoder: Callable[[], _Decoder], magic: bytes
) -> Iterator[bytes]:
    """Every member of a compressed file, one after the other, to the last byte."""
    data = stream.read(_COMPRESSED)
    members = size = 0
    while data:
        if not data.startswith(magic):
            raise _foreign(path, members)
        one = decoder()
        while True:
            if out := one.feed(data):
                size += len(out)
                _refuse_bomb(path, stream.tell(), size)
                yield out
            data = b""
            if one.eof:
                break
            if not one.held:
                data = stream.read(_COMPRESSED)
                if not data:
                    raise _cut_short(path)
        members += 1
        data = one.unused_data.lstrip(b"\0")
        if len(data) < len(magic):
            data = (data + stream.read(_COMPRESSED)).lstrip(b"\0")


def _refuse_bomb(path: Path, compressed: int, size: int) -> None:
    most = _HONEST_RATIO.get(path.suffix.lower(), _HONEST_RATIO[".gz"])
    if size > _UNQUESTIONED and size > most * compressed:
        raise DataError(
            "the compressed file unpacks to far more than data would",
            where=shown(path),
            expected=f"at most {most:,} times its compressed size",
            got=f"over {size:,} bytes from {compressed:,}",
            fix="look at the export; if it is right, give it uncompressed",
        )


def _no_file(path: Path) -> DataError:
    return DataError(
        "this is not a regular file",
        where=shown(path),
        expected="a file on a disk",
        got="a folder" if path.is_dir() else "a pipe, a socket or a device",
        fix="write the data into a file first",
    )


def _foreign(path: Path, members: int) -> DataError:
    if members:
        return DataError(
            "something that is not compressed data follows the compressed data",
            where=shown(path),
            expected=f"the file to end after {members} compressed part(s)",
            got="more bytes of another kind",
            fix="fetch or export the file again; this copy is damaged",
        )
    return DataError(
        "the file is not compressed as its name says",
        where=shown(path),
        expected=f"{path.suffix} data",
        got="other bytes at its start",
        fix=f"drop {path.suffix} from its name, or compress it",
    )


def _cut_short(path: Path) -> DataError:
    return DataError(
        "the compressed file is cut short: its end is missing",
        where=shown(path),
        expected="a complete compressed file with its checksum",
        got=f"the file ends after {path.stat().st_size:,} bytes, inside the data",
        fix="copy or export it again, and compare sizes at both ends",
    )


def _unreadable(path: Path, error: Exception) -> DataError:
    compressed = path.suffix.lower() in {".gz", ".bz2"}
    if compressed and (isinstance(error, zlib.error) or error.args[1:] == ()):
        return DataError(
            "the compressed file is corrupt",
            where=shown(path),
            expected="data that match the file's own checksum",
            got=str(error),
            fix="copy or export it again; this copy is damaged",
        )
    return DataError(
        "the file cannot be read",
        where=shown(path),
        expected="a readable file",
        got=error.strerror or str(error) if isinstance(error, OSError) else str(error),
        fix="check that the file exists and that you may read it",
    )
