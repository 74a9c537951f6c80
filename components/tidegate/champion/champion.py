"""The newest model that was pushed, found in a folder or a store, and copied."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.champion.saved_model import GRAPH, is_whole_graph, lacking
from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.columnar.remote.fetching import Tell, fetch
from tidegate.columnar.remote.mirror import RemoteFile, refreshed, state_of
from tidegate.errors import (
    InfrastructureError,
    SecurityError,
    TidegateError,
    UsageError,
    disk_full,
)

_LOG = logging.getLogger("tidegate.champion")
# As TensorFlow Serving takes them, which holds them in 64 bits.
_NUMBER = re.compile(r"[0-9]{1,19}")
_LARGEST = 2**63 - 1
_UNFINISHED = ".unfinished"
_BUCKETS = frozenset({"gs", "gcs", "s3", "s3a", "minio"})


@dataclass(frozen=True)
class Version:
    """One pushed model.

    Attributes:
        number: Its version.
        uri: Its folder.
        files: Its files by their names in the folder.
    """

    number: int
    uri: str
    files: Mapping[str, RemoteFile] = field(repr=False)

    @property
    def state(self) -> str:
        """What changes when another version is the newest, or this one changes."""
        return f"{self.number} {state_of(self.files.values())}"


def newest_version(pushed: str) -> Version | None:
    """The newest whole model in a push destination; None if there is none.

    Folders that are not called by a whole number are no versions. One whose model
    is not whole, as when it is being pushed, is passed over.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.

    Raises:
        InfrastructureError: The store does not answer.
        UsageError: Nothing here knows such a URL.
    """
    local = stores.local_path(pushed)
    url = pushed if local is None else f"file://{os.path.abspath(local)}"
    store, path = stores.opened(url)
    for number, folder in sorted(_numbered(store, path, url), reverse=True):
        uri = folder if local is not None else stores.url_of(_scheme(url), folder)
        try:
            files = _files(store, folder, uri)
            fault = _fault(files)
        except FileNotFoundError:
            fault = "its files, which went away"
        except TidegateError:
            raise
        except Exception as error:  # stores raise what their clients raise
            raise stores.unreached(uri, error) from error
        if fault is None:
            return Version(number, uri, files)
        _LOG.warning("version %s is passed over: it lacks %s", shown(uri), fault)
    return None


def copy_version(version: Version, target: Path, tell: Tell | None = None) -> None:
    """Copies a model: `target` is there once all of it is.

    A copy, not a link: the folder that models are served from is written to by
    others, and an artifact stays what it was.

    Args:
        version: The model.
        target: Folder that the model's files are to be in.
        tell: Called with the bytes copied and those of all.

    Raises:
        InfrastructureError: A file went away or changed meanwhile.
    """
    unfinished = target.parent / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        files = {_inside(unfinished, name): one for name, one in version.files.items()}
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        fetch(files, tell)
        for path in files:
            _sync(path)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(unfinished, target)
    except OSError as error:
        raise disk_full(error) or InfrastructureError(
            "the model could not be copied",
            where=shown(str(target)),
            got=error.strerror or str(error),
            fix="make the folder writable, and run again",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _numbered(store: Any, path: str, url: str) -> list[tuple[int, str]]:
    """Number and folder of everything that may be a version."""
    try:
        store.invalidate_cache()
        listed = store.ls(path, detail=False)
    except (FileNotFoundError, NotADirectoryError):
        _demand_bucket(store, path, url)
        return []
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(url, error) from error
    found = []
    for one in listed:
        folder = str(one).rstrip("/")
        name = folder.rsplit("/", 1)[-1]
        if _NUMBER.fullmatch(name) and int(name) <= _LARGEST:
            found.append((int(name), folder))
    return found


def _demand_bucket(store: Any, path: str, url: str) -> None:
    """Refuses a bucket that is not there: no champion is no reason to look away."""
    if _scheme(url) not in _BUCKETS:
        return
    bucket = path.partition("/")[0]
    try:
        store.ls(bucket, detail=False)
    except FileNotFoundError:
        raise UsageError(
            "there is no such bucket, so that nobody knows whether there is a champion",
            where=shown(url),
            expected="a bucket that is there, empty before the first push",
            got=f"no bucket {shown(bucket)}",
            fix="correct push_to, or make the bucket",
        ) from None
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(url, error) from error


def _files(store: Any, folder: str, uri: str) -> dict[str, RemoteFile]:
    """The files below a folder, sorted by name, with what the store says of them."""
    found = store.find(folder, detail=True)
    files: dict[str, RemoteFile] = {}
    for path in sorted(found):
        name = str(path)[len(folder) :].strip("/")
        # Some stores list a folder as an empty object.
        if name and not str(path).endswith("/"):
            files[name] = refreshed(RemoteFile(f"{uri}/{name}", store, path, {}))
    return files


def _fault(files: Mapping[str, RemoteFile]) -> str | None:
    """What a model lacks to be whole."""
    fault = lacking(files)
    if fault is not None or GRAPH not in files:
        return fault
    graph = files[GRAPH]
    with graph.store.open(graph.path, "rb") as stream:
        whole = is_whole_graph(stream, graph.size or 0)
    return None if whole else f"the end of {GRAPH}"


def _inside(folder: Path, name: str) -> Path:
    steps = name.split("/")
    if any(step in ("", ".", "..") or "\0" in step for step in steps):
        raise SecurityError(
            "the name of an object cannot be that of a file",
            where=shown(name),
            fix="push the model again",
        )
    return folder.joinpath(*steps)


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _scheme(url: str) -> str:
    return stores.scheme_of(url)
