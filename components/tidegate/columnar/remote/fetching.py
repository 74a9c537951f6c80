"""Objects of stores to files of this machine, whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.columnar.remote.mirror import RemoteFile, refreshed
from tidegate.errors import InfrastructureError, TidegateError, disk_full, raise_all

Tell = Callable[[int, int], None]
_CHUNK = 4 << 20
_THREADS = 4


def fetch(files: Mapping[Path, RemoteFile], tell: Tell | None = None) -> None:
    """Writes objects to files, each in one pass.

    An object that came shorter than the store says, with other content than its
    checksum, or that changed meanwhile, is refused.

    Args:
        files: Path of each file to write, in a folder that is there, to its object.
        tell: Called with the bytes fetched and those of all.

    Raises:
        InfrastructureError: One did not come whole, or there is no room for all.
    """
    wanted = list(files.items())
    total = sum(file.size or 0 for _, file in wanted)
    _demand_room(wanted, total)
    count = _Count(total, tell)

    def one(item: tuple[Path, RemoteFile]) -> TidegateError | None:
        try:
            _fetch(*item, count)
        except TidegateError as error:
            return error
        return None

    with ThreadPoolExecutor(_THREADS) as pool:
        errors = [error for error in pool.map(one, wanted) if error is not None]
    raise_all("the data were not fetched whole", errors)


class _Count:
    """Bytes that all threads have fetched."""

    def __init__(self, total: int, tell: Tell | None) -> None:
        self._done, self._total, self._tell = 0, total, tell
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self._done += size
            if self._tell is not None:
                self._tell(self._done, self._total)


def _fetch(path: Path, file: RemoteFile, count: _Count) -> None:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    try:
        with file.store.open(file.path, "rb") as source, open(path, "wb") as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                count.add(len(chunk))
    except Exception as error:  # stores raise what their clients raise
        full = disk_full(error) if isinstance(error, OSError) else None
        raise full or stores.unreached(file.url, error) from error
    if refreshed(file).state != file.state:
        raise _not_whole(
            file, "the object as it was at first", "one that changed since"
        )
    if file.size is not None and size != file.size:
        raise _not_whole(file, f"{file.size:,} bytes", f"{size:,} bytes")
    expected = _md5(file.info)
    if expected is not None and digest.digest() != expected:
        raise _not_whole(file, f"MD5 {expected.hex()}", f"MD5 {digest.hexdigest()}")


def _md5(info: Any) -> bytes | None:
    """The digest that Google's or Azure's store keeps of the content.

    An ETag of S3 is not taken for one: with keys of its own, or for objects that
    were uploaded in parts, it is something else of the same look.
    """
    told = info.get("md5Hash") or info.get("content_md5")
    if isinstance(told, (bytes, bytearray)):
        return bytes(told)
    return base64.b64decode(told) if isinstance(told, str) else None


def _demand_room(wanted: Sequence[tuple[Path, RemoteFile]], total: int) -> None:
    if not wanted:
        return
    folder = wanted[0][0].parent
    free = shutil.disk_usage(folder).free
    if total > free:
        raise InfrastructureError(
            "there is no room for the data",
            where=str(folder),
            expected=f"{total:,} bytes",
            got=f"{free:,} bytes",
            fix="name a folder on a larger disk: TMPDIR=FOLDER",
        )


def _not_whole(file: RemoteFile, expected: str, got: str) -> InfrastructureError:
    return InfrastructureError(
        "the object was not fetched whole",
        where=shown(file.url),
        expected=expected,
        got=got,
        fix="run it again when no one writes to it any more",
    )
