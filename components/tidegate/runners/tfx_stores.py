"""Stores that TensorFlow cannot reach, for stock components such as the Pusher.

TFX reads and writes through a registry of file systems by scheme. TensorFlow's
own, which is there for `s3://`, needs another package to work, and `minio://` is
KFP's: both go through fsspec here, as everywhere in Tidegate. `gs://` stays
TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tfx.dsl.io import filesystem, filesystem_registry

from tidegate.columnar.remote import stores

# TensorFlow's has 10, and the smaller one is taken.
_PRIORITY = 0
Walked = tuple[str, list[str], list[str]]


class Stores(filesystem.Filesystem):  # type: ignore[misc]
    """A store that fsspec knows, as TFX wants it."""

    SUPPORTED_SCHEMES = ("s3://", "minio://", "memory://")

    @staticmethod
    def open(name: Any, mode: str = "r") -> Any:
        """A file; what is written is there when it is closed."""
        store, path = _at(name)
        try:
            return store.open(path, mode)
        except FileNotFoundError as error:
            raise filesystem.NotFoundError() from error

    @staticmethod
    def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
        """Copies a file within the stores."""
        _demand_free(dst, overwrite)
        with Stores.open(src, "rb") as source, Stores.open(dst, "wb") as target:
            while chunk := source.read(4 << 20):
                target.write(chunk)

    @staticmethod
    def exists(path: Any) -> bool:
        """Whether there is a file or folder."""
        store, place = _at(path)
        return bool(store.exists(place))

    @staticmethod
    def glob(pattern: Any) -> list[str]:
        """Files and folders that fit."""
        store, place = _at(pattern)
        return [_url(pattern, one) for one in store.glob(place)]

    @staticmethod
    def isdir(path: Any) -> bool:
        """Whether there is a folder."""
        store, place = _at(path)
        return bool(store.isdir(place))

    @staticmethod
    def listdir(path: Any) -> list[str]:
        """Names in a folder."""
        store, place = _at(path)
        try:
            return sorted(_name(one) for one in store.ls(place, detail=False))
        except FileNotFoundError as error:
            raise filesystem.NotFoundError() from error

    @staticmethod
    def makedirs(path: Any) -> None:
        """Nothing: a folder is there with its first file.

        An empty object in its place would be downloaded as a file.
        """

    @staticmethod
    def mkdir(path: Any) -> None:
        """Nothing, as `makedirs`."""

    @staticmethod
    def remove(path: Any) -> None:
        """Removes a file."""
        store, place = _at(path)
        try:
            store.rm_file(place)
        except FileNotFoundError as error:
            raise filesystem.NotFoundError() from error

    @staticmethod
    def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
        """Moves a file: copies it, then removes the old one."""
        Stores.copy(src, dst, overwrite)
        Stores.remove(src)

    @staticmethod
    def rmtree(path: Any) -> None:
        """Removes a folder with all that is in it."""
        store, place = _at(path)
        try:
            store.rm(place, recursive=True)
        except FileNotFoundError as error:
            raise filesystem.NotFoundError() from error

    @staticmethod
    def stat(path: Any) -> Any:
        """What the store says of a file."""
        store, place = _at(path)
        try:
            return store.info(place)
        except FileNotFoundError as error:
            raise filesystem.NotFoundError() from error

    @staticmethod
    def walk(
        top: Any, topdown: bool = True, onerror: Callable[..., None] | None = None
    ) -> Iterable[Walked]:
        """Each folder with its folders and files, as `os.walk`."""
        store, place = _at(top)
        walked: Iterator[Walked] = (
            (_url(top, folder), sorted(folders), sorted(filter(None, files)))
            for folder, folders, files in store.walk(place)
        )
        return walked if topdown else reversed(list(walked))


def register() -> None:
    """Has TFX's own reading and writing know the stores; once is enough."""
    registry = filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY
    # TensorFlow's file system registers itself when it is first imported.
    from tfx.dsl.io import fileio  # noqa: F401

    registry.register(Stores, priority=_PRIORITY)


def _at(path: Any) -> tuple[Any, str]:
    store, place = stores.opened(_text(path))
    # What was listed before may have changed by other hands.
    store.invalidate_cache()
    return store, place


def _text(path: Any) -> str:
    return path.decode() if isinstance(path, bytes) else str(path)


def _url(like: Any, place: str) -> str:
    return stores.url_of(stores.scheme_of(_text(like)), place)


def _name(place: Any) -> str:
    return str(place).rstrip("/").rsplit("/", 1)[-1]


def _demand_free(path: Any, overwrite: bool) -> None:
    if not overwrite and Stores.exists(path):
        raise OSError(f"{_text(path)} is there already, and is not to be overwritten")
