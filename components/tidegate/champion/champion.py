"""The model that is served now, found in a folder or a store, and copied."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from tidegate.columnar.formats import shown
from tidegate.columnar.remote.fetching import Tell, fetch
from tidegate.errors import InfrastructureError, disk_full
from tidegate.ledger.destination import Destination, destination_of
from tidegate.ledger.folders import (
    Version,
    demand_inside,
    recorded_at,
    version_at,
    versions_there,
)
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.state import State

_LOG = logging.getLogger("tidegate.champion")
_UNFINISHED = ".unfinished"


def newest_version(pushed: str) -> Version | None:
    """The model that is served from a push destination; None if there is none.

    It is the champion of the ledger. Where that is not whole any more, it is the
    newest champion before it that is, as healing the ledger would make it. Where
    models are pushed without a ledger, by a stock Pusher, it is the largest
    version that is whole.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.

    Raises:
        InfrastructureError: The store does not answer.
        ComponentError: The ledger is damaged.
        UsageError: Nothing here knows such a URL.
    """
    destination = destination_of(pushed)
    ledger = Ledger(destination)
    state = ledger.state()
    if state.last:
        return _of_ledger(destination, state)
    return _largest(destination)


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


def _of_ledger(destination: Destination, state: State) -> Version | None:
    """The champion, or else the newest champion before it that is whole."""
    if state.champion is None:
        return None
    for number in (state.champion, *reversed(state.former)):
        model = state.versions[number].model
        files = None if model is None else model.files
        found = recorded_at(destination, number, files)
        if isinstance(found, Version):
            return found
        uri = destination.uri_of(number)
        _LOG.warning("champion %s is passed over: %s", shown(uri), found)
    return None


def _largest(destination: Destination) -> Version | None:
    """The largest version that is whole."""
    for number in reversed(versions_there(destination)):
        found = version_at(destination, number)
        if isinstance(found, Version):
            return found
        uri = destination.uri_of(number)
        _LOG.warning("version %s is passed over: %s", shown(uri), found)
    return None


def _inside(folder: Path, name: str) -> Path:
    demand_inside(name, str(folder))
    return folder.joinpath(*name.split("/"))


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
