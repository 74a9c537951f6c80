"""A model into a store that cannot rename: its graph last, or none of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidegate.columnar.remote import stores
from tidegate.errors import InfrastructureError, TidegateError
from tidegate.ledger.destination import Destination
from tidegate.ledger.digests import Count, Tell, digest_of, files_of
from tidegate.ledger.events import PushedModel
from tidegate.ledger.points import reached

_GRAPHS = frozenset({"saved_model.pb", "saved_model.pbtxt"})
_THREADS = 4


def upload(
    source: Path,
    destination: Destination,
    version: int,
    model: PushedModel,
    tell: Tell | None = None,
) -> None:
    """Uploads a version whose number is claimed; nothing is left if that fails.

    Args:
        source: Folder of the SavedModel.
        destination: The store.
        version: The version.
        model: Its digests.
        tell: Called with the bytes uploaded and those of all.

    Raises:
        InfrastructureError: The store does not answer, or the model changed.
    """
    store, root = stores.opened(destination.url)
    folder = f"{root}/{version}"
    count = Count(model.size, tell)
    files = files_of(source)
    graphs = {name: path for name, path in files.items() if name in _GRAPHS}
    others = {name: path for name, path in files.items() if name not in _GRAPHS}

    def put(name: str) -> None:
        store.put_file(str(files[name]), f"{folder}/{name}")
        count.add(model.files[name].size)
        reached("push.copying")

    try:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(put, others))
        # What was hashed before is what was uploaded only if it is the same still.
        _demand_same(source, model)
        for name in graphs:
            put(name)
        _demand_there(store, folder, model, destination, version)
    except BaseException as error:
        with suppress(Exception):  # what is left of it is no version for anyone
            discard_upload(destination, version)
        if isinstance(error, Exception):
            raise _told(destination.uri_of(version), error) from error
        raise


def discard_upload(destination: Destination, version: int) -> None:
    """Takes a version away, its graph first, so that it is none for any server.

    Raises:
        Exception: What the store raises.
    """
    store, root = stores.opened(destination.url)
    folder = f"{root}/{version}"
    for name in _GRAPHS:
        if store.exists(f"{folder}/{name}"):
            store.rm_file(f"{folder}/{name}")
    store.rm(folder, recursive=True)


def _demand_same(source: Path, model: PushedModel) -> None:
    if digest_of(source).digest != model.digest:
        raise InfrastructureError(
            "the model changed while it was pushed",
            where=str(source),
            expected="files that nobody writes to",
            got="other digests than before",
            fix="run it again when the model is written",
        )


def _demand_there(
    store: Any, folder: str, model: PushedModel, destination: Destination, version: int
) -> None:
    """Refuses an upload that the store has less of than it was given."""
    store.invalidate_cache()
    for name, file in model.files.items():
        size = store.info(f"{folder}/{name}").get("size")
        if size is not None and int(size) != file.size:
            raise InfrastructureError(
                "the store does not have all of a file",
                where=f"{destination.uri_of(version)}/{name}",
                expected=f"{file.size:,} bytes",
                got=f"{int(size):,} bytes",
                fix="run it again",
            )


def _told(uri: str, error: Exception) -> Exception:
    return error if isinstance(error, TidegateError) else stores.unreached(uri, error)
