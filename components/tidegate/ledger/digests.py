"""SHA-256 of a model: of every file, and of all together.

The model's digest is the SHA-256 over one line a file, in the order of the names'
UTF-8 bytes: `<bytes of the name>:<name> <size> <sha256>\\n`.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.columnar.remote.mirror import RemoteFile
from tidegate.errors import InfrastructureError, SecurityError, UsageError
from tidegate.ledger.events import FileDigest, PushedModel
from tidegate.ledger.points import reached

Tell = Callable[[int, int], None]
_CHUNK = 4 << 20
_THREADS = 4


def digest_of(folder: Path) -> PushedModel:
    """Digests of a model in a folder of this machine.

    Args:
        folder: The SavedModel's folder.

    Raises:
        SecurityError: Something in it is neither a file nor a folder.
        InfrastructureError: A file changed meanwhile.
    """
    return _each(files_of(folder), lambda name, path: _read(path, None, None))


def copied(source: Path, target: Path, tell: Tell | None = None) -> PushedModel:
    """Copies a model into a folder that is there, and gives the copy's digests.

    Each file is read once: what is written is what is hashed. All of it is on the
    disk when this returns.

    Args:
        source: The SavedModel's folder.
        target: An empty folder.
        tell: Called with the bytes copied and those of all.

    Raises:
        SecurityError: Something in it is neither a file nor a folder.
        InfrastructureError: A file changed meanwhile.
        OSError: It cannot be written.
    """
    files = files_of(source)
    count = Count(sum(path.stat().st_size for path in files.values()), tell)
    for folder in _folders_of(source):
        (target / folder).mkdir(parents=True, exist_ok=True)
    model = _each(files, lambda name, path: _read(path, target / name, count))
    for folder in _folders_of(target):
        sync_folder(target / folder)
    return model


def digest_at(files: Mapping[str, RemoteFile]) -> PushedModel:
    """Digests of a version where it is, in a folder or in a store.

    Raises:
        InfrastructureError: A file went away, or the store does not answer.
    """

    def read(name: str, file: RemoteFile) -> FileDigest:
        try:
            with file.store.open(file.path, "rb") as stream:
                return _hashed(stream, file.size, None, None)
        except Exception as error:  # stores raise what their clients raise
            raise stores.unreached(file.url, error) from error

    return _each(files, read)


def model_digest(files: Mapping[str, FileDigest]) -> str:
    """The digest of a model, of its files in any order."""
    whole = hashlib.sha256()
    for name in sorted(files, key=str.encode):
        encoded, file = name.encode(), files[name]
        whole.update(b"%d:%b " % (len(encoded), encoded))
        whole.update(f"{file.size} {file.sha256}\n".encode())
    return whole.hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """The files below a folder by their names in it, with `/` between the steps.

    Raises:
        SecurityError: Something is neither a file nor a folder, such as a link,
            by which a model could publish what is not its own.
        UsageError: A name is not UTF-8.
    """
    found: dict[str, Path] = {}
    for where, folders, names in os.walk(folder, onerror=_raise):
        for name in (*folders, *names):
            path = Path(where, name)
            kind = path.lstat().st_mode
            if stat.S_ISDIR(kind):
                continue
            if not stat.S_ISREG(kind):
                raise SecurityError(
                    "a model may hold nothing but files and folders",
                    where=shown(str(path)),
                    got="a link" if stat.S_ISLNK(kind) else "a device or a pipe",
                    fix="put the file itself in its place",
                )
            found[_named(path, folder)] = path
    return dict(sorted(found.items()))


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # not every mounted store can, and the files themselves are synced
    finally:
        os.close(handle)


class Count:
    """Bytes that all threads have done.

    Args:
        total: Bytes of all.
        tell: Called with the bytes done and those of all.
    """

    def __init__(self, total: int, tell: Tell | None) -> None:
        self._done, self._total, self._tell = 0, total, tell
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        """Counts some more."""
        with self._lock:
            self._done += size
            if self._tell is not None:
                self._tell(self._done, self._total)


def _each(
    files: Mapping[str, Any], read: Callable[[str, Any], FileDigest]
) -> PushedModel:
    with ThreadPoolExecutor(_THREADS) as pool:
        digests = dict(zip(files, pool.map(read, files, files.values()), strict=True))
    return PushedModel(digest=model_digest(digests), files=digests)


def _read(path: Path, target: Path | None, count: Count | None) -> FileDigest:
    before = path.stat()
    with open(path, "rb") as stream:
        if target is None:
            digest = _hashed(stream, before.st_size, None, count)
        else:
            with open(target, "wb") as copy:
                digest = _hashed(stream, before.st_size, copy, count)
                copy.flush()
                os.fsync(copy.fileno())
    after = path.stat()
    sizes = {before.st_size, digest.size, after.st_size}
    if len(sizes) > 1 or after.st_mtime_ns != before.st_mtime_ns:
        raise InfrastructureError(
            "the model changed while it was read",
            where=shown(str(path)),
            expected=f"{before.st_size:,} bytes that nobody writes to",
            got=f"{digest.size:,} bytes",
            fix="run it again when the model is written",
        )
    return digest


def _hashed(
    stream: BinaryIO, longest: int | None, copy: BinaryIO | None, count: Count | None
) -> FileDigest:
    """The digest of what is read; a file that grows is read no further."""
    digest, size = hashlib.sha256(), 0
    while (longest is None or size <= longest) and (chunk := stream.read(_CHUNK)):
        digest.update(chunk)
        size += len(chunk)
        if copy is not None:
            copy.write(chunk)
            reached("push.copying")
        if count is not None:
            count.add(len(chunk))
    return FileDigest(size=size, sha256=digest.hexdigest())


def _folders_of(folder: Path) -> list[Path]:
    """Folders below a folder and itself, relative to it, the deepest first."""
    found = [Path(where).relative_to(folder) for where, _, _ in os.walk(folder)]
    return sorted(found, key=lambda one: -len(one.parts))


def _named(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the name of a file is not UTF-8",
            where=shown(str(path).encode(errors="backslashreplace").decode()),
            fix="rename the file",
        ) from None
    return name


def _raise(error: OSError) -> None:
    raise error
