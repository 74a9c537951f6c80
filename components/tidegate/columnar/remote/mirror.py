"""A folder of this machine that stands for places in stores.

What a store lists is made here as empty files, with its names and folders. So
whatever finds local files by patterns, globs and folders finds remote ones, and
refuses them in the same words; only the files that it chose are then fetched.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.errors import (
    InfrastructureError,
    Problems,
    SecurityError,
    TidegateError,
    UsageError,
    disk_full,
)

_THREADS = 8
_GLOB_SIGNS = frozenset("*?[")
# What stores say of an object's content, the surest first; times are the last.
_CONTENT = ("md5Hash", "content_md5", "crc32c", "ETag", "etag", "generation")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")


@dataclass(frozen=True)
class RemoteFile:
    """An object of a store.

    Attributes:
        url: Its URL.
        store: fsspec's file system.
        path: Its path in the store.
        info: What the store says of it.
    """

    url: str
    store: Any
    path: str
    info: Mapping[str, Any]

    @property
    def size(self) -> int | None:
        """Its bytes, None where the store does not say."""
        size = self.info.get("size")
        return None if size is None else int(size)

    @property
    def state(self) -> str | None:
        """What changes when its content does; None where the store does not say."""
        for key in (*_CONTENT, *_TIMES):
            if self.info.get(key) is not None:
                return f"{self.size} {key} {self.info[key]}"
        return None


class Mirror:
    """Places in stores below one folder.

    Args:
        root: An empty folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._schemes: set[str] = set()
        self.files: dict[Path, RemoteFile] = {}

    def path_of(self, text: str) -> str:
        """The local path, glob or pattern that stands for a URL."""
        local = stores.local_path(text)
        if local is not None:
            return local
        scheme = stores.scheme_of(text)
        self._schemes.add(scheme)
        _, path = stores.opened(text)
        return str(self._below(scheme, path, text))

    def url_of(self, local: str) -> str:
        """The URL, glob or pattern that a path of `path_of` stands for."""
        return self._said(local)

    def look(self, text: str) -> None:
        """Makes what is at a URL or fits its glob: a folder with what is in it.

        Raises:
            InfrastructureError: The store does not answer.
            SecurityError: An object's name would lead out of the folder.
        """
        if stores.local_path(text) is not None:
            return
        scheme = stores.scheme_of(text)
        store, path = stores.opened(text)
        try:
            found = _listed(store, path)
        except FileNotFoundError:
            return  # such as a bucket; that nothing is there shows by itself
        except Exception as error:  # stores raise what their clients raise
            raise stores.unreached(text, error) from error
        for name, info in found.items():
            self._make(scheme, store, name, info)

    def chosen(self, paths: Sequence[Path]) -> dict[Path, RemoteFile]:
        """The objects behind some files; what is not from a store is left out."""
        return {path: self.files[path] for path in paths if path in self.files}

    def describe(self, paths: Sequence[Path]) -> None:
        """Asks for all that the stores say of some files: listings say less.

        Raises:
            InfrastructureError: A store does not answer.
        """
        chosen = self.chosen(paths)
        with ThreadPoolExecutor(_THREADS) as pool:
            told = pool.map(refreshed, chosen.values())
            self.files.update(zip(chosen, told, strict=True))

    def named(self, error: TidegateError) -> TidegateError:
        """The error with URLs in the place of paths in this folder."""
        if isinstance(error, Problems):
            return Problems(self._said(error.message), map(self.named, error.errors))
        error.message = self._said(error.message)
        for key in ("where", "expected", "got", "fix"):
            value = getattr(error, key)
            setattr(error, key, None if value is None else self._said(value))
        error.args = (error.message,)
        return error

    def state(self, paths: Sequence[Path]) -> str:
        """Digest of what stores say of files after `describe`; others are left out."""
        return state_of(self.chosen(paths).values())

    def _said(self, text: str) -> str:
        for scheme in self._schemes:
            text = text.replace(f"{self._root / scheme}/", f"{scheme}://")
        return text

    def _below(self, scheme: str, path: str, url: str) -> Path:
        steps = path.strip("/").split("/")
        if any(step in ("", ".", "..") or "\0" in step for step in steps):
            raise SecurityError(
                "the name of an object cannot be that of a file",
                where=shown(url),
                expected="steps between slashes that are names",
                got=shown(path),
                fix="rename the object, or leave it out of the glob",
            )
        return self._root.joinpath(scheme, *steps)

    def _make(
        self, scheme: str, store: Any, name: str, info: Mapping[str, Any]
    ) -> None:
        url = stores.url_of(scheme, name)
        path = self._below(scheme, name.rstrip("/"), url)
        try:
            if info.get("type") == "directory" or name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise disk_full(error) or UsageError(
                "the name of an object cannot be that of a file",
                where=shown(url),
                got=error.strerror or str(error),
                fix="rename the object, or leave it out of the glob",
            ) from error
        self.files[path] = RemoteFile(url, store, name, info)


@contextmanager
def mirror(within: str | None = None) -> Iterator[Mirror]:
    """A mirror that is removed afterwards; errors within it speak of URLs.

    Args:
        within: Folder to make it in; None takes the system's for temporary files.
    """
    try:
        root = Path(tempfile.mkdtemp(prefix="tidegate-data-", dir=within))
    except OSError as error:
        raise disk_full(error) or InfrastructureError(
            "no temporary folder can be made",
            where=within or tempfile.gettempdir(),
            got=error.strerror,
            fix="make it writable, or name another: TMPDIR=FOLDER",
        ) from error
    made = Mirror(root)
    try:
        yield made
    except TidegateError as error:
        named = made.named(error)
        if named is error:
            raise
        raise named from error
    finally:
        shutil.rmtree(root, ignore_errors=True)


def state_of(files: Iterable[RemoteFile]) -> str:
    """Digest of what stores say of some objects."""
    whole = hashlib.sha256()
    for one in files:
        whole.update(f"{len(one.url)}:{one.url}:{one.state}\n".encode())
    return whole.hexdigest()


def refreshed(file: RemoteFile) -> RemoteFile:
    """The object with what the store says of it now.

    Raises:
        InfrastructureError: The store does not answer.
    """
    try:
        file.store.invalidate_cache()
        return dataclasses.replace(file, info=file.store.info(file.path))
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(file.url, error) from error


def _listed(store: Any, path: str) -> dict[str, Mapping[str, Any]]:
    """Objects and folders by their path in the store."""
    store.invalidate_cache()
    if _GLOB_SIGNS & set(path):
        return dict(store.glob(path, detail=True))
    info = store.info(path)
    if info.get("type") != "directory":
        return {path: info}
    # The folders of an Examples artifact have folders.
    return {path: info, **store.find(path, maxdepth=2, detail=True)}
