"""A bucket-like store in a folder: objects under `<scheme>/<bucket>/<key>`.

Copies go as the launcher's do (objectstore/object_store.go:UploadBlob and
DownloadBlob): whole folders, object by object. A store has no empty folders, so an
empty one is not copied; a key is either an object or the beginning of others, so
the zero-byte objects `folder/` that some programs leave in real buckets, on which
KFP's download fails, cannot come about.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tidegate.errors import SecurityError
from tidegate.runners.kubeflow.local_copies import FOLDERS


class Store:
    """The objects under one folder.

    Args:
        folder: It need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, uri: str) -> Path:
        """Where an object, or the objects below a key, are on this machine.

        Raises:
            ValueError: The scheme is none that KFP's launcher knows.
            SecurityError: The URI leads out of its bucket.
        """
        for scheme, name in FOLDERS.items():
            if uri.startswith(scheme):
                rest = uri[len(scheme) :].partition("?")[0]
                if ".." in rest.split("/") or "\0" in rest:
                    raise SecurityError(
                        "path traversal detected: the URI has a '..' in it",
                        where=uri,
                        fix="name the object itself",
                    )
                return self.folder / name / rest.strip("/")
        raise ValueError(f"unsupported storage scheme: {uri}")

    def upload(self, local: Path, uri: str) -> None:
        """Copies a file, or all files of a folder, into the store.

        Raises:
            FileNotFoundError: There is nothing at `local`.
            OSError: Something in it cannot be copied, such as a link to a folder.
        """
        place = self.path(uri)
        if not local.is_dir():
            _copy(local, place)
            return
        for entry in sorted(os.scandir(local), key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                self.upload(Path(entry.path), f"{uri.rstrip('/')}/{entry.name}")
            else:
                _copy(Path(entry.path), place / entry.name)

    def download(self, uri: str, local: Path) -> int:
        """Copies the object, or all objects below the key, to `local`.

        Returns:
            How many there were. With none, nothing comes to be at `local`.
        """
        place, count = self.path(uri), 0
        for file in _files(place):
            _copy(file, local / file.relative_to(place) if file != place else local)
            count += 1
        return count

    def holds(self, uri: str) -> bool:
        """True where there is an object at the key or below it."""
        return next(_files(self.path(uri)), None) is not None


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        for folder, folders, names in os.walk(place):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names))


def _copy(source: Path, target: Path) -> None:
    """Copies one file's content; the target is whole or not there."""
    if source.is_dir():  # A link to a folder: Go's io.Copy fails on it, too.
        raise IsADirectoryError(21, "is a directory", str(source))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.copying")
    try:
        shutil.copyfile(source, temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
