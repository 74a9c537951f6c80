"""A folder of this machine, or one that is mounted.

A file is a hidden one first, synced, which then gets its name by a hard link: a
link is refused if the name is taken.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from tidegate.errors import disk_full
from tidegate.places.place import Place, Words

# What a file system says that has no hard links, or no more of them.
_NO_LINKS = {
    *(errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP),
    *(errno.ENOSYS, errno.EMLINK),
}


class Folder(Place):
    """A folder of the file system."""

    def __init__(self, folder: Path, words: Words) -> None:
        self._folder = folder
        self.where = str(folder)
        self.words = words

    def names(self) -> list[str]:
        """Names of the files, sorted; none where the folder is not there."""
        try:
            return sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self.no_folder(error.strerror or str(error)) from error

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return (self._folder / name).read_bytes()

    def create(self, name: str, content: bytes) -> bool:
        """Writes a file whole; False if one of that name is there."""
        return self._written(name, content, _named)

    def replace(self, name: str, content: bytes) -> None:
        """Writes a file whole in the place of the one that is there."""
        self._written(name, content, _renamed)

    def _written(
        self, name: str, content: bytes, appear: Callable[[Path, Path], bool]
    ) -> bool:
        path = self._folder / name
        # Two threads of one process may write at once, so its id is not enough.
        hidden = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(hidden, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            made = appear(hidden, path)
            _sync_folder(path.parent)
            return made
        except OSError as error:
            raise disk_full(error) or self.not_written(str(path), error) from error
        finally:
            hidden.unlink(missing_ok=True)


def _named(hidden: Path, path: Path) -> bool:
    """Gives a file its name; False if the name is taken."""
    try:
        os.link(hidden, path)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A mounted bucket has no hard links: asked first, then renamed.
        if path.exists():
            return False
        os.rename(hidden, path)
        return True


def _renamed(hidden: Path, path: Path) -> bool:
    """Gives a file its name, whatever had it before."""
    os.replace(hidden, path)
    return True


def _sync_folder(folder: Path) -> None:
    """Makes the new name survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # not every mounted store can, and the file itself is synced
    finally:
        os.close(handle)
