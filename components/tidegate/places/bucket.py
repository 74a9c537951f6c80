"""A place in a bucket, or in another store that fsspec knows.

Google Cloud Storage and S3 refuse to create an object that is there
(`ifGenerationMatch=0`, `If-None-Match: *`), which fsspec calls the mode
"create". Where a store has neither, it is asked before and read afterwards.
"""

from __future__ import annotations

from tidegate.columnar.remote.stores import opened
from tidegate.places.place import Place, Words


class Bucket(Place):
    """A folder of a store that fsspec knows."""

    def __init__(self, url: str, words: Words) -> None:
        self.where = url
        self.words = words
        self._store, self._path = opened(url)

    def names(self) -> list[str]:
        """Names of the files, sorted; none where the folder is not there."""
        try:
            self._store.invalidate_cache()
            paths = self._store.ls(self._path, detail=False)
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise self.no_folder("a file") from error
        except Exception as error:  # stores raise what their clients raise
            raise self.unreached(self.where, error) from error
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        try:
            return bytes(self._store.cat_file(f"{self._path}/{name}"))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise self.unreached(self.path(name), error) from error

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
            raise self.not_written(self.path(name), error) from error

    def replace(self, name: str, content: bytes) -> None:
        """Writes a file whole in the place of the one that is there."""
        try:
            # An object is there once all of it is; until then the old one is.
            self._store.pipe_file(f"{self._path}/{name}", content)
        except Exception as error:
            raise self.not_written(self.path(name), error) from error

    def _is(self, path: str, content: bytes) -> bool:
        """Whether it is ours that is there: another writer may have come first."""
        return bytes(self._store.cat_file(path)) == content

    def _there(self, path: str) -> bool:
        try:
            self._store.invalidate_cache()
            return bool(self._store.exists(path))
        except Exception:
            return False
