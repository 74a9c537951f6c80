"""Where a history is: a local folder, or a URL.

A file is written once, whole, and never over another. Locally that is a hidden
file, synced, which then gets its name by a hard link: a link is refused if the
name is taken.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tidegate.drift_tests.history.place import Root as Root
from tidegate.drift_tests.history.place import no_folder, not_written
from tidegate.drift_tests.history.remote import Remote
from tidegate.errors import disk_full


def root_of(where: str | Path | Root) -> Root:
    """The place of a path or URL.

    Raises:
        UsageError: It is a URL that nothing here can read.
    """
    if isinstance(where, Root):
        return where
    text = str(where)
    if isinstance(where, Path) or "://" not in text:
        return _Folder(Path(text).expanduser())
    if text.startswith("file://"):
        return _Folder(Path(text.removeprefix("file://")))
    return Remote(text.rstrip("/"))


class _Folder(Root):
    """A folder of this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.where = str(folder)

    def names(self) -> list[str]:
        try:
            return sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise no_folder(self.where, error.strerror or str(error)) from error

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def create(self, name: str, content: bytes) -> bool:
        path = self._folder / name
        # Two threads of one process may write at once, so its id is not enough.
        hidden = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(hidden, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            made = _named(hidden, path)
            _sync_folder(self._folder)
            return made
        except OSError as error:
            raise disk_full(error) or not_written(str(path), error) from error
        finally:
            hidden.unlink(missing_ok=True)


def _named(hidden: Path, path: Path) -> bool:
    """Gives a file its name; False if the name is taken."""
    try:
        os.link(hidden, path)
        return True
    except FileExistsError:
        return False
    except OSError:
        # A mounted bucket has no hard links: asked first, then renamed.
        if path.exists():
            return False
        os.rename(hidden, path)
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
