"""What to say about data that are not there, or cannot be data."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from tidegate.columnar.formats import SUPPORTED, Format, shown
from tidegate.errors import DataError, SecurityError, UsageError

_LISTED = 5
_NAMES = f"names ending in {SUPPORTED}"


def nothing_asked() -> UsageError:
    """No data is named."""
    return UsageError(
        "no data is named",
        expected="a data file, a folder of them, or a glob",
        got="an empty list",
        fix="name the data, for example data/*.csv",
    )


def no_path(text: str) -> UsageError:
    """The text cannot be a path."""
    return UsageError(
        "this is not a path",
        where=shown(text) or "(empty)",
        expected="a data file, a folder of them, or a glob",
        got="a NUL character" if text else "an empty text",
        fix="name the data, for example data/*.csv",
    )


def no_pattern(span: int) -> UsageError:
    """A span is wanted and no path has a place for it."""
    return UsageError(
        f"the span {span} is wanted, but no path has a place for it",
        expected="a pattern with {SPAN}",
        got="paths without one",
        fix="name the data as a pattern, for example data/span-{SPAN}/*.csv",
    )


def no_common_span(there: Mapping[str, Collection[int]]) -> UsageError:
    """Several patterns have spans, but no span is in all of them."""
    spans = [
        f"{shown(text)}: … {', '.join(map(str, sorted(held)[-_LISTED:]))}"
        for text, held in there.items()
    ]
    return UsageError(
        "no span is there for all patterns",
        where=", ".join(map(shown, there)),
        expected="one span that every pattern has",
        got="; ".join(spans),
        fix="check the patterns, or put the missing files there",
    )


def no_split(folder: Path, names: Sequence[str]) -> UsageError:
    """The folder is not that of an Examples artifact."""
    return UsageError(
        "the folder has no examples",
        where=shown(folder),
        expected="a folder Split-… for each split",
        got=_listing(names) or "nothing",
        fix="run the component that writes them again",
    )


def not_alone(path: Path) -> UsageError:
    """An artifact is named beside other data."""
    return UsageError(
        "a folder of Examples cannot be read together with other data",
        where=shown(path),
        expected="the folder with its Split-… folders alone",
        got="other paths beside it",
        fix="read them one after the other",
    )


def mixed(files: Mapping[Path, Format]) -> UsageError:
    """The files are of several formats."""
    counts = Counter(kind.value for kind in files.values())
    firsts = {kind: path.name for path, kind in sorted(files.items(), reverse=True)}
    return UsageError(
        "the files are of several formats",
        where=", ".join(shown(name) for name in sorted(firsts.values())),
        expected="one format for all files of a data set",
        got=", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())),
        fix="name those of one format by a glob, for example data/*.csv",
    )


def unknown_format(path: Path) -> UsageError:
    """The name does not tell a format."""
    return UsageError(
        "the file's name does not say what it holds",
        where=shown(path),
        expected=_NAMES,
        got=shown(path.name),
        fix="unpack or export it in such a format, or rename it if it already is",
    )


def packed(path: Path) -> UsageError:
    """A data file in a compression that is not read."""
    return UsageError(
        "the file is compressed in a way that is not read here",
        where=shown(path),
        expected=_NAMES,
        got=shown(path.suffix),
        fix="unpack it, or take it out of the folder; it would be left out silently",
    )


def folder_inside(path: Path) -> UsageError:
    """A folder in a folder has the name of a data file."""
    return UsageError(
        "this is a folder, although its name is that of a file",
        where=shown(path),
        expected="data files directly in the folder",
        got="a folder in the folder",
        fix=f"name it as data itself, or by a glob: {shown(path)}/*",
    )


def not_regular(path: Path) -> UsageError:
    """A pipe, socket or device."""
    return UsageError(
        "this is not a regular file",
        where=shown(path),
        expected="a file on a disk",
        got="a pipe, a socket or a device",
        fix="write the data into a file first",
    )


def dead_link(path: Path) -> DataError:
    """A link that leads nowhere or to itself."""
    return DataError(
        "the link leads to no file",
        where=shown(path),
        expected="a file, or a link to one",
        got="a link that leads nowhere, or in a circle",
        fix="put the file there, or remove the link",
    )


def leads_out(path: Path, real: str) -> SecurityError:
    """A link in a folder leads to something outside."""
    return SecurityError(
        "a link leads out of the folder that was named",
        where=shown(path),
        expected="files in the folder itself",
        got=f"a link to {shown(real)}",
        fix="name that file itself, if it is meant to be read",
    )


def not_there(path: Path, error: OSError) -> UsageError:
    """Nothing is there by that name, or it may not be looked at."""
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return UsageError(
            "the path cannot be looked at",
            where=shown(path.name if len(path.name) > 255 else path),
            expected="a data file, a folder of them, or a glob",
            got=error.strerror or str(error),
            fix="check the path, and that you may read it",
        )
    near = _near_names(path)
    fix = "check the path, or name a folder or a glob"
    if near:
        fix = f"did you mean {shown(path.with_name(near[0]))}?"
    return UsageError(
        "no such file or folder",
        where=shown(path),
        expected="a data file, a folder of them, or a glob",
        got=_nearby(path),
        fix=fix,
    )


def nothing_in(folder: Path, names: Sequence[str]) -> UsageError:
    """The folder holds no data file."""
    return UsageError(
        "the folder holds no data file" if names else "the folder is empty",
        where=shown(folder),
        expected=_NAMES,
        got=_listing(names) or "nothing",
        fix="put the data files there, or name another folder, file or glob",
    )


def nothing_matches(pattern: Path, names: Sequence[str]) -> UsageError:
    """The glob matches no data file."""
    return UsageError(
        "the glob matches no data file",
        where=shown(pattern),
        expected=_NAMES,
        got=_listing(names) or _nearby(pattern),
        fix="correct the glob, and quote it so that the shell leaves it alone",
    )


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {shown(folder)} does not exist"
    near = _near_names(path) or [child.name for child in folder.iterdir()]
    listed = _listing([name for name in near if not name.startswith(".")])
    return f"{shown(folder)} holds {listed}" if listed else f"{shown(folder)} is empty"


def _near_names(path: Path) -> list[str]:
    if not path.parent.is_dir():
        return []
    there = [child.name for child in path.parent.iterdir()]
    return difflib.get_close_matches(path.name, there, n=3, cutoff=0.6)


def _listing(found: Sequence[str]) -> str:
    more = len(found) - _LISTED
    listed = ", ".join(shown(name) for name in sorted(found)[:_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed
