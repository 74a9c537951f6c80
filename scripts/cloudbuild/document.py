"""A YAML file with the line of every key and item, and its syntax faults."""

from __future__ import annotations

import re
from pathlib import Path

from cloudbuild.faults import Fault
from tidegate.documents import Document, Key
from tidegate.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
_PLACE = re.compile(r":(\d+)(?::\d+)?$")


def shown(path: Path, root: Path = ROOT) -> str:
    """The file as people name it: from the root of the checkout if it is in it."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def read_document(
    path: Path, root: Path = ROOT
) -> tuple[Document | None, tuple[Fault, ...]]:
    """The document in a file, or None and why it cannot be read."""
    name = shown(path, root)
    try:
        document = Document.read(path)
    except UsageError as error:
        place = _PLACE.search(error.where or "")
        got = f": {error.got}" if error.got else ""
        return None, (
            Fault(
                name,
                int(place.group(1)) if place else 1,
                f"{error.message}{got}",
                error.fix or "mend the file",
                "yaml",
            ),
        )
    return Document(name, document.data, document.lines), ()


def line_of(document: Document, path: Key) -> int:
    """Line of `path`, or of the nearest key around it that the file has."""
    for length in range(len(path), -1, -1):
        line = document.line_of(tuple(path[:length]))
        if line is not None:
            return line
    return 1
