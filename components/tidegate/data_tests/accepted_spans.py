"""The folder of accepted spans that a test component compares with."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tidegate.data_tests.reference import Reference, read_reference
from tidegate.errors import UsageError

BESIDE = "reference"


def find_reference(given: str | Path | None, suite: object) -> Path | None:
    """The folder to compare with: the one that is named, or the one of the suite.

    Args:
        given: Folder that is named; it need not be there before the tests run.
        suite: The suite's file, if it is in one: a folder `reference` beside it is
            taken where none is named.
    """
    if given is not None:
        return Path(given)
    if not isinstance(suite, (str, Path)):
        return None
    beside = Path(suite).parent / BESIDE
    return beside if beside.is_dir() else None


def open_reference(folder: str | Path) -> Reference:
    """The accepted spans in a folder that was asked for.

    Raises:
        UsageError: It is not there, or a file in it is no summary. A verdict
            without its reference would be a weaker one, and nobody would see it.
    """
    path = Path(folder)
    if path.is_dir():
        return read_reference(path)
    raise UsageError(
        "there is no such folder of accepted spans",
        where=str(path),
        expected="a folder with span-….json files where the component runs",
        got="a file" if path.exists() else "nothing",
        fix="accept a span first (tidegate schema accept), or name a folder that the "
        "machine of this component has: DataTests(reference=…)",
    )


def digest(folder: Path) -> str:
    """Hexadecimal digest of the accepted spans; empty where the folder is not."""
    if not folder.is_dir():
        return ""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("span-*.json")):
        held = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.name}:{held}\n".encode())
    return whole.hexdigest()
