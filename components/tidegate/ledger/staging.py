"""Folders in which a push is made ready, hidden from servers.

A push holds the lock of its folder. The system lets go of it when the process
ends, however it ends; so who gets the lock knows that the push is dead.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = ".staging-"
_LOCK = ".lock"
# A push makes its lock before its folder: until then it only seems dead.
_LONGEST_START = 60.0


@contextmanager
def staged(root: Path) -> Iterator[Path]:
    """An empty folder in `root`, locked, which is removed if it is still there.

    Raises:
        OSError: It cannot be made.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{_PREFIX}{secrets.token_hex(8)}"
    lock = _lock_of(folder)
    with lock:
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)


def discard(root: Path, name: str) -> None:
    """Takes a folder away in one step, and then removes it.

    Raises:
        OSError: It is not there, or cannot be renamed.
    """
    hidden = root / f"{_PREFIX}{secrets.token_hex(8)}"
    os.rename(root / name, hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def remove_dead(root: Path) -> list[str]:
    """Removes the staging folders of pushes that have ended; names of them.

    Raises:
        OSError: The folder cannot be listed.
    """
    try:
        names = [one.name for one in root.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    folders = {name.removesuffix(_LOCK) for name in names if name.startswith(_PREFIX)}
    return [name for name in sorted(folders) if _removed(root / name)]


def _removed(folder: Path) -> bool:
    lock = _lock_of(folder)
    path = Path(lock.lock_file)
    if not folder.is_dir() and _is_young(path):
        return False
    try:
        with lock.acquire(timeout=0):
            there = folder.is_dir()
            shutil.rmtree(folder, ignore_errors=True)
            path.unlink(missing_ok=True)
    except (Timeout, OSError):
        return False  # it lives, or it is not ours to remove
    return there and not folder.exists()


def _is_young(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _LONGEST_START
    except OSError:
        return True


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.with_name(folder.name + _LOCK))
