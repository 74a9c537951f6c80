"""The CSV files that a file, a folder or a glob stands for."""

from __future__ import annotations

import difflib
import glob
import os
from collections.abc import Sequence
from pathlib import Path

from tidegate.errors import TidegateError, UsageError, raise_all

SUFFIXES = (".csv", ".csv.gz", ".csv.bz2")
_GLOB_SIGNS = frozenset("*?[")
_LISTED = 5


def expand(data: str | Sequence[str], *, base: Path | None = None) -> list[Path]:
    """The CSV files behind `data`, sorted, each once.

    Args:
        data: A file, a folder or a glob, or several of them.
        base: Folder that relative paths start from; None is the working folder.

    Raises:
        UsageError: A path does not exist, a glob matches nothing, or a folder
            holds no CSV file. All such paths are named together.
    """
    wanted = [data] if isinstance(data, str) else list(data)
    found: set[Path] = set()
    errors: list[TidegateError] = []
    for one in wanted:
        try:
            found.update(_expand_one(one, base or Path()))
        except UsageError as error:
            errors.append(error)
    if not wanted:
        errors.append(_nothing_asked())
    raise_all("the data cannot be found", errors)
    return sorted(found)


def names(files: Sequence[Path]) -> list[str]:
    """A short name for each file, unique among them: its base name if it can be."""
    short = [path.name for path in files]
    if len(set(short)) == len(short):
        return short
    common = os.path.commonpath([path.absolute().parent for path in files])
    return [os.path.relpath(path.absolute(), common) for path in files]


def is_csv(path: Path) -> bool:
    """True for a CSV file's name that is not hidden or marked as unfinished."""
    name = path.name.lower()
    return name.endswith(SUFFIXES) and not name.startswith((".", "_"))


def _expand_one(text: str, base: Path) -> list[Path]:
    path = base / Path(text).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return _one_file(path)
    if _GLOB_SIGNS & set(text):
        return _matching(path)
    raise _no_such_file(path)


def _in_folder(folder: Path) -> list[Path]:
    children = sorted(folder.iterdir())
    files = [child for child in children if child.is_file() and is_csv(child)]
    if files:
        return files
    raise UsageError(
        "the folder holds no CSV file" if children else "the folder is empty",
        where=str(folder),
        expected="files ending in " + ", ".join(SUFFIXES),
        got=_listing([child.name for child in children]) or "nothing",
        fix="put the CSV files there, or name another folder, file or glob",
    )


def _one_file(path: Path) -> list[Path]:
    if path.name.lower().endswith(SUFFIXES):
        return [path]
    raise UsageError(
        "the file's name does not say that it is CSV",
        where=str(path),
        expected="a name ending in " + ", ".join(SUFFIXES),
        got=path.name,
        fix="unpack or export it as CSV, or rename it if it already is",
    )


def _matching(pattern: Path) -> list[Path]:
    hits = [Path(hit) for hit in glob.glob(str(pattern), recursive=True)]
    files = [hit for hit in hits if hit.is_file() and is_csv(hit)]
    if files:
        return files
    raise UsageError(
        "the glob matches no CSV file",
        where=str(pattern),
        expected="files ending in " + ", ".join(SUFFIXES),
        got=_listing([hit.name for hit in hits]) or _nearby(pattern),
        fix="correct the glob, and quote it so that the shell leaves it alone",
    )


def _no_such_file(path: Path) -> UsageError:
    near = _near_names(path)
    fix = "check the path, or name a folder or a glob"
    if near:
        fix = f"did you mean {path.with_name(near[0])}?"
    return UsageError(
        "no such file or folder",
        where=str(path),
        expected="a CSV file, a folder of them, or a glob",
        got=_nearby(path),
        fix=fix,
    )


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    near = _near_names(path) or sorted(child.name for child in folder.iterdir())
    listed = _listing([name for name in near if not name.startswith(".")])
    return f"{folder} holds {listed}" if listed else f"{folder} is empty"


def _near_names(path: Path) -> list[str]:
    if not path.parent.is_dir():
        return []
    there = [child.name for child in path.parent.iterdir()]
    return difflib.get_close_matches(path.name, there, n=3, cutoff=0.6)


def _listing(found: Sequence[str]) -> str:
    more = len(found) - _LISTED
    listed = ", ".join(sorted(found)[:_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed


def _nothing_asked() -> UsageError:
    return UsageError(
        "no data is named",
        expected="a CSV file, a folder of them, or a glob",
        got="an empty list",
        fix="name the data, for example data/*.csv",
    )
