"""The data files that paths, folders, globs and patterns of spans stand for."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar import discovery_refusals as refuse
from tidegate.columnar.formats import (
    Format,
    format_of,
    is_left_out,
    is_packed_otherwise,
)
from tidegate.columnar.spans import with_span
from tidegate.errors import TidegateError, raise_all

_GLOB_SIGNS = frozenset("*?[")
_SPLIT = "Split-"


@dataclass(frozen=True)
class Found:
    """Files of one format, or one artifact.

    Attributes:
        files: The files, sorted, each once; without those of an artifact.
        kind: What they hold.
        artifact: The folder of an Examples artifact, if that was named.
        span: The span chosen; None without a pattern of spans.
        version: The version chosen; None without a pattern of versions.
    """

    files: tuple[Path, ...]
    kind: Format
    artifact: Path | None = None
    span: int | None = None
    version: int | None = None


def find(data: str | Sequence[str], base: Path, span: int | None) -> Found:
    """The files behind `data`; see `open_data.open_dataset`.

    Raises:
        UsageError: Something is not there or cannot be data; of several, all
            are named together.
        SecurityError: A link in a folder leads out of it.
    """
    wanted = [data] if isinstance(data, str) else list(data)
    chosen = with_span(wanted, base, span)
    files: dict[Path, Format] = {}
    errors: list[TidegateError] = [] if wanted else [refuse.nothing_asked()]
    for text in chosen.texts:
        path = _path(text, base, errors)
        if path is None:
            continue
        if _is_artifact(path):
            if len(wanted) == 1:
                return Found((), Format.TFRECORD, path, chosen.span, chosen.version)
            errors.append(refuse.not_alone(path))
            continue
        try:
            files.update(_expand(path, text))
        except TidegateError as error:
            errors.append(error)
    raise_all("the data cannot be found", errors)
    kinds = set(files.values())
    if len(kinds) > 1:
        raise refuse.mixed(files)
    return Found(_once(files), kinds.pop(), None, chosen.span, chosen.version)


def artifact_files(folder: Path) -> list[tuple[str, Path]]:
    """Split and path of every file of an Examples artifact, in order.

    Raises:
        UsageError: There is no split, or one is empty.
        SecurityError: A link leads out of the folder.
    """
    found: list[tuple[str, Path]] = []
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise refuse.not_there(folder, error) from None
    for child in children:
        if not child.name.startswith(_SPLIT):
            continue
        _demand_inside(child, folder)
        files = [path for path in sorted(child.iterdir()) if not is_left_out(path.name)]
        for path in files:
            _demand_inside(path, folder)
            _demand_regular(path)
        if not files:
            raise refuse.nothing_in(child, [])
        found.extend((child.name[len(_SPLIT) :], path) for path in files)
    if not found:
        raise refuse.no_split(folder, [child.name for child in children])
    return found


def _path(text: str, base: Path, errors: list[TidegateError]) -> Path | None:
    if "\0" in text or not text:
        errors.append(refuse.no_path(text))
        return None
    return base / Path(text).expanduser()


def _is_artifact(path: Path) -> bool:
    try:
        children = list(path.iterdir()) if path.is_dir() else []
        return any(c.name.startswith(_SPLIT) and c.is_dir() for c in children)
    except OSError:
        return False


def _expand(path: Path, text: str) -> dict[Path, Format]:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if os.path.islink(path):
            raise refuse.dead_link(path) from None
        if _GLOB_SIGNS & set(text):
            return _matching(path)
        raise refuse.not_there(path, error) from None
    if stat.S_ISDIR(mode):
        return _in_folder(path)
    if not stat.S_ISREG(mode):
        raise refuse.not_regular(path)
    kind = format_of(path.name)
    if kind is None and path.parent.name.startswith(_SPLIT):
        kind = Format.TFRECORD
    if kind is None:
        raise refuse.unknown_format(path)
    return {path: kind}


def _in_folder(folder: Path) -> dict[Path, Format]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise refuse.not_there(folder, error) from None
    found = _chosen(children, folder)
    if not found:
        raise refuse.nothing_in(folder, [child.name for child in children])
    return found


def _matching(pattern: Path) -> dict[Path, Format]:
    text = str(pattern)
    hits = [Path(hit) for hit in sorted(glob.glob(text, recursive=True))]
    fixed = list(pattern.parts)
    for place, step in enumerate(pattern.parts):
        if _GLOB_SIGNS & set(step):
            fixed = list(pattern.parts[:place])
            break
    found = _chosen(hits, Path(*fixed))
    if not found:
        raise refuse.nothing_matches(pattern, [hit.name for hit in hits])
    return found


def _chosen(paths: Iterable[Path], root: Path) -> dict[Path, Format]:
    """The data files among some paths within a folder."""
    found: dict[Path, Format] = {}
    errors: list[TidegateError] = []
    for path in paths:
        kind = _kind(path)
        if kind is None:
            if is_packed_otherwise(path.name) and not is_left_out(path.name):
                errors.append(refuse.packed(path))
            continue
        try:
            _demand_inside(path, root)
            _demand_regular(path)
        except TidegateError as error:
            errors.append(error)
        found[path] = kind
    errors.sort(key=lambda error: -int(error.exit_code))
    raise_all("the data cannot be read", errors)
    return found


def _kind(path: Path) -> Format | None:
    if is_left_out(path.name):
        return None
    kind = format_of(path.name)
    in_split = path.parent.name.startswith(_SPLIT) and path.is_file()
    return Format.TFRECORD if kind is None and in_split else kind


def _demand_inside(path: Path, root: Path) -> None:
    """Refuses what is, by way of links, somewhere else than in the folder."""
    home = os.path.realpath(root)
    real = os.path.realpath(path)
    if real != home and not real.startswith(home.rstrip(os.sep) + os.sep):
        raise refuse.leads_out(path, real)


def _demand_regular(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        raise refuse.dead_link(path) from None
    if stat.S_ISDIR(mode):
        raise refuse.folder_inside(path)
    if not stat.S_ISREG(mode):
        raise refuse.not_regular(path)


def _once(files: Iterable[Path]) -> tuple[Path, ...]:
    """The files, sorted; of several names for one file the first."""
    found: dict[str, Path] = {}
    for path in sorted(files):
        found.setdefault(os.path.realpath(path), path)
    return tuple(found.values())
