"""A history in a bucket, or at another place that fsspec knows.

Google Cloud Storage and S3 refuse to create an object that is there
(`ifGenerationMatch=0`, `If-None-Match: *`), which fsspec calls the mode
"create". Where a store has neither, it is asked before and read afterwards.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tidegate.drift_tests.history.place import Root, no_folder, not_written, unreached
from tidegate.errors import UsageError


class Remote(Root):
    """A folder of a store that fsspec knows."""

    def __init__(self, url: str) -> None:
        self.where = url
        self._store, self._path = _opened(url)

    def names(self) -> list[str]:
        """Names of the files, sorted; none where the folder is not there."""
        try:
            self._store.invalidate_cache()
            paths = self._store.ls(self._path, detail=False)
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise no_folder(self.where, "a file") from error
        except Exception as error:  # stores raise what their clients raise
            raise unreached(self.where, error) from error
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        try:
            return bytes(self._store.cat_file(f"{self._path}/{name}"))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise unreached(self.path(name), error) from error

    def create(self, name: str, content: bytes) -> bool:
        """Writes a file whole; False if one of that name is there."""
        path = f"{self._path}/{name}"
        try:
            self._store.invalidate_cache()
            if self._store.exists(path):
                return False
            try:
                self._store.pipe_file(path, content, mode="create")
            except FileExistsError:
                return False
            except (TypeError, NotImplementedError):
                self._store.pipe_file(path, content)
            return self._is(path, content)
        except Exception as error:
            # Clients tell "it is there" in several ways; what is there tells it.
            if self._there(path):
                return self._is(path, content)
            raise not_written(self.path(name), error) from error

    def _is(self, path: str, content: bytes) -> bool:
        """Whether it is ours that is there: another writer may have come first."""
        return bytes(self._store.cat_file(path)) == content

    def _there(self, path: str) -> bool:
        try:
            self._store.invalidate_cache()
            return bool(self._store.exists(path))
        except Exception:
            return False


def _opened(url: str) -> tuple[Any, str]:
    protocol = url.split("://", 1)[0]
    try:
        fsspec = import_module("fsspec")
    except ImportError:
        raise UsageError(
            f"a history at {protocol}:// needs fsspec, which is not installed",
            where=url,
            fix="pip install fsspec, and gcsfs for gs:// or s3fs for s3://",
        ) from None
    try:
        store, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise UsageError(
            f"a history at {protocol}:// needs a package that is not installed",
            where=url,
            got=str(error),
            fix="pip install gcsfs for gs://, or s3fs for s3://",
        ) from None
    except ValueError as error:
        raise UsageError(
            "the history is at a place that nothing here can read",
            where=url,
            expected="a folder, gs://…, s3://… or another URL that fsspec knows",
            got=str(error),
            fix="check the URL, or install the package that knows it",
        ) from None
    return store, str(path).rstrip("/")
