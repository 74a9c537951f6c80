"""Where builds keep files: a folder, or Cloud Storage. Written once, never over.

`tidegate.places` keeps small files, and needs the environment. These may be
gigabytes, and the environment is one of them: so plain Python, and in streams.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from bootstrapping.console import INFRASTRUCTURE, USAGE
from delivery.errors import DeliveryError

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Denied(DeliveryError):
    """The account may not do that."""


class Store(ABC):
    """Files under names such as `abc/build.json`.

    Attributes:
        where: The store as a person writes it.
    """

    where: str

    @abstractmethod
    def fetch(self, name: str, to: Path) -> bool:
        """Copies a file out of the store; False if there is none.

        Raises:
            DeliveryError: The store does not answer, or not to this account.
        """

    @abstractmethod
    def create(self, name: str, file: Path) -> bool:
        """Copies a file into the store whole; False if one of that name is there.

        Raises:
            DeliveryError: It could not be written.
        """

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """Names of the files that lie in a folder of the store itself, in any order.

        Raises:
            DeliveryError: The store does not answer, or not to this account.
        """

    def path(self, name: str) -> str:
        """A file of the store as a person writes it."""
        return f"{self.where}/{name}"


class FolderStore(Store):
    """A folder of this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.where = str(folder)

    def fetch(self, name: str, to: Path) -> bool:
        """Copies a file out of the folder; False if there is none."""
        try:
            shutil.copyfile(str(self._folder / name), str(to))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failed("read", name, error) from error
        return True

    def create(self, name: str, file: Path) -> bool:
        """Copies a file into the folder; False if one of that name is there."""
        path = self._folder / name
        hidden = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "rb") as source, open(hidden, "wb") as stream:
                shutil.copyfileobj(source, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
            return _named(hidden, path)
        except OSError as error:
            raise self._failed("write", name, error) from error
        finally:
            if hidden.exists():
                hidden.unlink()

    def names(self, folder: str) -> list[str]:
        """Names of the whole files in a folder of the folder."""
        try:
            with os.scandir(str(self._folder / folder)) as found:
                files = [one.name for one in found if one.is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._failed("read", folder, error) from error
        # A hidden one is being written.
        return [name for name in files if not name.startswith(".")]

    def _failed(self, did: str, name: str, error: OSError) -> DeliveryError:
        why = error.strerror or str(error)
        kind = Denied if isinstance(error, PermissionError) else DeliveryError
        return kind(f"cannot {did} {self.path(name)}: {why}", (), INFRASTRUCTURE)


def store_of(where: str) -> Store:
    """The store that a path or URL names.

    Raises:
        DeliveryError: It is a URL of another kind.
    """
    if where.startswith("gs://"):
        from delivery.cloud_storage import CloudStorage

        return CloudStorage(where)
    if "://" in where:
        raise DeliveryError(
            f"no store of this kind is known: {where}",
            ("fix: name a folder, or gs://BUCKET/FOLDER",),
            USAGE,
        )
    return FolderStore(Path(where).expanduser().absolute())


def _named(hidden: Path, path: Path) -> bool:
    """Gives a file its name by a link, which is refused if the name is taken."""
    try:
        os.link(str(hidden), str(path))
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A mounted bucket has no links: asked first, then renamed.
        if path.exists():
            return False
        os.rename(str(hidden), str(path))
        return True
