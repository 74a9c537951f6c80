"""The place that a path or a URL names."""

from __future__ import annotations

from pathlib import Path

from tidegate.places.bucket import Bucket
from tidegate.places.folder import Folder
from tidegate.places.place import Place, Words


def place_of(where: str | Path | Place, words: Words) -> Place:
    """The place of a path or URL.

    Args:
        where: A folder, or a URL that fsspec knows; a place is given back.
        words: What it is called in errors.

    Raises:
        UsageError: It is a URL that nothing here can read.
    """
    if isinstance(where, Place):
        return where
    text = str(where)
    if isinstance(where, Path) or "://" not in text:
        return Folder(Path(text).expanduser(), words)
    if text.startswith("file://"):
        return Folder(Path(text.removeprefix("file://")), words)
    return Bucket(text.rstrip("/"), words)
