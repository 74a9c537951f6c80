"""Files of the project that a compiled step needs, and the digests that pin them.

A spec names such a file by its path in the project, as `project://schemas/x.pbtxt`,
because the image has the project where the spec's author has not. The digest in
the spec tells both: the container that the image has that very content, and KFP's
cache that the step is another one once the content is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

PROJECT_VARIABLE = "TIDEGATE_PROJECT"
_MARKS = (".git", "pyproject.toml", "setup.py")


def root_of(folder: Path) -> Path:
    """The project that `folder` is in: the nearest one above with a project file.

    Returns:
        The folder itself where there is none.
    """
    start = folder.resolve()
    for one in (start, *start.parents):
        if any((one / mark).exists() for mark in _MARKS):
            return one
    return start


def digest(path: Path) -> str:
    """SHA-256 of a file; of a folder, that of its files with their names.

    Of a folder with Python files only these count, for all modules beside a module
    file may matter and nothing else there; else all that are not hidden.

    Raises:
        OSError: There is nothing to read.
    """
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    modules = sorted(path.glob("*.py"))
    for file in modules or sorted(_files(path)):
        name = file.relative_to(path).as_posix()
        whole.update(f"{name}:{digest(file)}\n".encode())
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.is_file() and not hidden:
            yield file
