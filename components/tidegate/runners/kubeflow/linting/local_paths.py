"""Tells a path of this machine from a URI, a project file and other text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ABSOLUTE = re.compile(r"/[\w.@+~*?{}-][\w.@+~*?{} -]*(/[\w.@+~*?{} -]+)*/?")
_RELATIVE = re.compile(r"(\.{1,2}|~)/[\w.@+~*?{} /-]+")
_LONGEST = 1024
# Folders that a container has of its own, or that KFP's launcher makes.
_OF_THE_CONTAINER = ("/gcs/", "/minio/", "/s3/", "/dev/", "/proc/", "/tmp/kfp/")
# Places that no container has.
_OF_A_PERSON = ("/home/", "/Users/", "/tmp/", "/var/folders/")


def texts(value: Any) -> Iterator[str]:
    """Every text in a plain value, inside JSON too."""
    if isinstance(value, str):
        parsed = _parsed(value)
        if parsed is None:
            yield value
        else:
            yield from texts(parsed)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)


def is_local_path(text: str) -> bool:
    """Whether a text reads as a path of this machine."""
    if not 1 < len(text) <= _LONGEST or "\n" in text:
        return False
    if text.startswith("file://"):
        return True
    if text.startswith(_OF_THE_CONTAINER):
        return False
    return bool(_ABSOLUTE.fullmatch(text) or _RELATIVE.fullmatch(text))


def is_in_project(text: str, project: Path | None) -> bool:
    """Whether a path is of a file in the project's folder, which the image has.

    A folder is not: the compiler pins files, and what a run wrote into the project
    is in no image.
    """
    if project is None or text.startswith("file://"):
        return False
    try:
        path = Path(text)
        pinned = path.is_absolute() and path.is_file()
        return pinned and path.resolve().is_relative_to(project.resolve())
    except (OSError, ValueError):
        return False


def is_of_this_machine(text: str, project: Path | None) -> bool:
    """Whether a path is surely not one that the container has."""
    if text.startswith(("file://", "~", ".", *_OF_A_PERSON)):
        return True
    try:
        path = Path(text)
        in_project = project is not None and path.is_relative_to(project.absolute())
        return in_project or path.exists()
    except (OSError, ValueError):
        return False


def _parsed(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
