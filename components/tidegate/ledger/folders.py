"""The versions that are in a destination, whatever the ledger says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.columnar.remote.mirror import RemoteFile, refreshed, state_of
from tidegate.errors import SecurityError, TidegateError, UsageError
from tidegate.ledger.destination import Destination, is_version
from tidegate.ledger.events import FileDigest
from tidegate.saved_model.wholeness import GRAPH, is_whole_graph, lacking

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
        """What changes when another version is the champion, or this one changes."""
        return f"{self.number} {state_of(self.files.values())}"


def versions_there(destination: Destination) -> tuple[int, ...]:
    """Numbers of all folders that may be versions, whole or not, in order.

    Raises:
        InfrastructureError: The store does not answer.
        UsageError: Nothing here knows such a URL, or there is no such bucket.
    """
    url = destination.url
    store, path = stores.opened(url)
    try:
        store.invalidate_cache()
        listed = store.ls(path, detail=False)
    except (FileNotFoundError, NotADirectoryError):
        _demand_bucket(store, path, url)
        return ()
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(url, error) from error
    names = (str(one).rstrip("/").rsplit("/", 1)[-1] for one in listed)
    return tuple(sorted(int(name) for name in names if is_version(name)))


def version_at(destination: Destination, number: int) -> Version | str:
    """A version that is whole; else what it lacks, in words.

    Raises:
        InfrastructureError: The store does not answer.
    """
    uri = destination.uri_of(number)
    try:
        files = files_at(destination, number)
        fault = _fault(files)
    except FileNotFoundError:
        fault = "its files, which went away"
    except TidegateError:
        raise
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(uri, error) from error
    return Version(number, uri, files) if fault is None else f"it lacks {fault}"


def files_at(destination: Destination, number: int) -> dict[str, RemoteFile]:
    """The files of a version by name, whole or not; none where it is not there.

    Raises:
        InfrastructureError: The store does not answer.
        SecurityError: A name would lead out of the folder.
    """
    uri = destination.uri_of(number)
    store, path = stores.opened(destination.url)
    folder = f"{path}/{number}"
    try:
        store.invalidate_cache()
        # fsspec leaves out what it may not read, which then would seem to be gone.
        local = destination.local is not None
        found = sorted(_walked(folder) if local else store.find(folder))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except Exception as error:  # stores raise what their clients raise
        raise stores.unreached(uri, error) from error
    files: dict[str, RemoteFile] = {}
    for one in map(str, found):
        name = one[len(folder) :].strip("/")
        # Some stores list a folder as an empty object.
        if name and not one.endswith("/"):
            demand_inside(name, uri)
            files[name] = refreshed(RemoteFile(f"{uri}/{name}", store, one, {}))
    return files


def _walked(folder: str) -> list[str]:
    """All files below a folder of this machine.

    Raises:
        OSError: It is not there, or a folder in it cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise error

    return [
        f"{where}/{name}"
        for where, _, names in os.walk(folder, onerror=refuse)
        for name in names
    ]


def demand_inside(name: str, uri: str) -> None:
    """Refuses the name of an object that cannot be that of a file in a folder.

    Raises:
        SecurityError: It has empty steps, or leads out of the folder.
    """
    if any(step in ("", ".", "..") or "\0" in step for step in name.split("/")):
        raise SecurityError(
            "the name of an object cannot be that of a file",
            where=f"{shown(uri)}/{shown(name)}",
            fix="push the model again",
        )


def recorded_at(
    destination: Destination, number: int, files: Mapping[str, FileDigest] | None
) -> Version | str:
    """A version that is whole and as large as the ledger has it; else its fault.

    Args:
        destination: Where it was pushed to.
        number: The version.
        files: What the ledger says of its files; None where it says nothing.

    Raises:
        InfrastructureError: The store does not answer.
    """
    found = version_at(destination, number)
    if isinstance(found, str):
        return found
    for name, recorded in sorted((files or {}).items()):
        there = found.files.get(name)
        if there is None:
            return f"it lacks {shown(name)}"
        if there.size is not None and there.size != recorded.size:
            return (
                f"{shown(name)} has {there.size:,} bytes in the place of "
                f"{recorded.size:,}"
            )
    return found


def _demand_bucket(store: Any, path: str, url: str) -> None:
    """Refuses a bucket that is not there: no champion is no reason to look away."""
    if stores.scheme_of(url) not in _BUCKETS:
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


def _fault(files: Mapping[str, RemoteFile]) -> str | None:
    """What a model lacks to be whole."""
    fault = lacking(files)
    if fault is not None or GRAPH not in files:
        return fault
    graph = files[GRAPH]
    with graph.store.open(graph.path, "rb") as stream:
        whole = is_whole_graph(stream, graph.size or 0)
    return None if whole else f"the end of {GRAPH}"
