"""Whether the files of a model are such that they may be opened at all. Pure."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.saved_model.graphs import Graph
from tidegate.saved_model.wholeness import GRAPH

ASSETS = "assets"
_MOST_FILES = 100_000
# Formats of a graph that TensorFlow takes where there is no saved_model.pb, or may
# put before it, and that are not read here.
_OTHER_GRAPHS = frozenset({"saved_model.pbtxt", "saved_model.cpb"})
# What is code, or becomes code when it is opened with the usual tool.
_CODE = frozenset(
    {".py", ".pyc", ".so", ".dylib", ".dll", ".pkl", ".pickle", ".joblib", ".npy"}
)
_KERAS = frozenset({".keras", ".h5", ".hdf5"})
_KERAS_METADATA = "keras_metadata.pb"
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"(?:[\w.]*>)?Lambda"')
_CHUNK = 2**20
_MOST_CONFIG = 64 * _CHUNK


@dataclass(frozen=True)
class Files:
    """What a model's folder holds.

    Attributes:
        names: Regular files, relative to the folder.
        size: Their bytes together.
        faults: What makes it unsafe to load the model, in words; empty where all
            is well.
        code: What is code, or becomes code when somebody opens it; who loads the
            model does not.
    """

    names: tuple[str, ...]
    size: int
    faults: tuple[str, ...]
    code: tuple[str, ...] = ()


def look_at(folder: Path) -> Files:
    """The files of a model, without opening any that may be a trap.

    Raises:
        OSError: The folder cannot be listed.
    """
    names: list[str] = []
    faults: list[str] = []
    code: list[str] = []
    size = 0
    for name, path, kind in _walk(folder):
        if len(names) > _MOST_FILES:
            faults.append(f"it has more than {_MOST_FILES:,} files")
            break
        if stat.S_ISLNK(kind):
            fault = _link_fault(name, path, folder)
            if fault is not None:
                faults.append(fault)
                continue
            if path.is_dir():
                faults.append(f"{name} is a link to a folder")
                continue
        elif not stat.S_ISREG(kind):
            faults.append(f"{name} is neither a file nor a folder")
            continue
        names.append(name)
        size += path.stat().st_size
        if name in _OTHER_GRAPHS:
            faults.append(f"{name} is a graph in a form not read; export {GRAPH}")
        code += _code_in(name, path)
    return Files(tuple(sorted(names)), size, tuple(faults), tuple(code))


def asset_faults(graphs: tuple[Graph, ...], files: Files) -> Iterator[str]:
    """Assets of the graphs that lead out of the folder, or are not there."""
    there = set(files.names)
    for graph in graphs:
        for _, name in graph.assets:
            steps = name.split("/")
            if "\0" in name or "\\" in name or {"", ".", ".."} & set(steps):
                yield f"the asset {name[:80]!r} leads out of the model's folder"
            elif f"{ASSETS}/{name}" not in there:
                yield f"the asset {name[:80]!r} is not there"


def _walk(folder: Path) -> Iterator[tuple[str, Path, int]]:
    """Name, path and kind of everything below a folder but the folders."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as listed:
            for one in sorted(listed, key=lambda entry: entry.name):
                path = Path(one.path)
                if one.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    kind = one.stat(follow_symlinks=False).st_mode
                    yield path.relative_to(folder).as_posix(), path, kind


def _link_fault(name: str, path: Path, folder: Path) -> str | None:
    try:
        end = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return f"{name} is a link to nothing"
    if not end.is_relative_to(folder.resolve()):
        return f"{name} is a link that leads out of the model's folder"
    if not (end.is_file() or end.is_dir()):
        return f"{name} is a link to what is neither a file nor a folder"
    return None


def _code_in(name: str, path: Path) -> Iterator[str]:
    suffix = path.suffix.lower()
    if suffix in _CODE and not name.startswith(f"{ASSETS}/"):
        yield f"{name} is code, or becomes code when it is opened"
    if path.name != _KERAS_METADATA and suffix not in _KERAS:
        return
    try:
        found = _archive_has_lambda(path) if suffix == ".keras" else has_lambda(path)
    except Exception:  # Each kind of archive raises types of its own.
        yield f"{name} is a Keras file that cannot be read, so may have code"
    else:
        if found:
            yield f"{name} has a Lambda layer, which is pickled code"


def has_lambda(path: Path) -> bool:
    """True if a file, whatever its format, tells of a Lambda layer of Keras.

    Raises:
        OSError: It cannot be read.
    """
    with open(path, "rb") as stream:
        kept = b""
        while chunk := stream.read(_CHUNK):
            if _LAMBDA.search(kept + chunk):
                return True
            kept = chunk[-256:]
    return False


def _archive_has_lambda(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive, archive.open("config.json") as stream:
        config = stream.read(_MOST_CONFIG + 1)
    if len(config) > _MOST_CONFIG:
        raise ValueError("its config is too large to be read")
    return bool(_LAMBDA.search(config))
