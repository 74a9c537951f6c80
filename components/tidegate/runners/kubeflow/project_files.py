"""Files of the project that a compiled step needs, and the digests that pin them.

A spec names such a file by its path in the project, as `project://schemas/x.pbtxt`,
because the image has the project where the spec's author has not. The digest in
the spec tells both: the container that the image has that very content, and KFP's
cache that the step is another one once the content is.
"""

from __future__ import annotations

import hashlib
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
    """SHA-256 of a file; of a folder, that of its Python files with their names.

    TFX ships all modules beside a module file, so that any of them may matter.

    Raises:
        OSError: There is nothing to read.
    """
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for file in sorted(path.glob("*.py")):
        whole.update(f"{file.name}:{digest(file)}\n".encode())
    return whole.hexdigest()
