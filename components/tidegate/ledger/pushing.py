"""Push: a model becomes a version, whole or not at all, and the ledger says so.

In a folder the model is staged, hashed while it is copied, synced and renamed in
one step. In a store it is uploaded, the graph last: without the graph a version is
none for any server. Only then the event makes it champion or canary.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

from tidegate.errors import InfrastructureError, disk_full
from tidegate.ledger import claims, signing
from tidegate.ledger.destination import SIGNATURES, Destination, destination_of
from tidegate.ledger.digests import Tell, copied, digest_of, sync_folder
from tidegate.ledger.events import CanaryShare, Event, Provenance, PushedModel
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.model_folder import demand_whole
from tidegate.ledger.pointer import remake
from tidegate.ledger.points import reached
from tidegate.ledger.refusals import demand_percent, demand_words
from tidegate.ledger.staging import discard, staged
from tidegate.ledger.state import State
from tidegate.ledger.uploading import discard_upload, upload

Becomes = Literal["champion", "canary", "none"]
Claim = Callable[[PushedModel], int]


def push(
    model: Path,
    pushed: str | Path,
    provenance: Provenance,
    *,
    by: str,
    reason: str,
    run: str | None = None,
    becomes: Becomes = "champion",
    percent: int = 10,
    key: Path | None = None,
    tell: Tell | None = None,
) -> Event:
    """Makes a model a version of a destination, and gives its event.

    The first version of a destination becomes the champion although it was to be
    a canary: there is nothing that it could stand beside.

    Args:
        model: Folder of the SavedModel, or a Model artifact that holds one.
        pushed: Folder of the versions, or a URL that fsspec knows.
        provenance: Where the model comes from.
        by: Who answers for it.
        reason: Why it is pushed.
        run: Id of the pipeline run.
        becomes: What it is to be: the champion, a canary, or "none" yet.
        percent: A canary's share of the requests, 0 to 99.
        key: Private key to sign the model with; None leaves it unsigned.
        tell: Called with the bytes copied and those of all.

    Raises:
        UsageError: The model is not whole, or a setting is wrong.
        SecurityError: The model holds links.
        InfrastructureError: It cannot be written; nothing was published then.
    """
    source = demand_whole(model)
    demand_words(by, reason)
    share = demand_percent(percent) if becomes == "canary" else 0
    if key is not None:
        signing.demand_signer(key)
    destination = destination_of(pushed)
    ledger = Ledger(destination)
    heal(destination)
    reached("push.begun")
    write = _staged if destination.local is not None else _uploaded
    known = tuple(ledger.state().versions)

    def claim(what: PushedModel) -> int:
        version = claims.claim(
            destination, what, by=by, reason=reason, run=run, known=known
        )
        reached("push.claimed")
        return version

    with _told(destination):
        version, what = write(source, destination, provenance, claim, key, tell)
    try:
        event = ledger.append(
            partial(_event, version, what, becomes, share, by, reason, run)
        )
    except BaseException:
        _take_back(ledger, version)
        raise
    reached("push.recorded")
    remake(ledger)
    reached("push.done")
    if event is None:
        raise AssertionError("a push always makes an event")
    return event


def _event(
    version: int,
    model: PushedModel,
    becomes: Becomes,
    percent: int,
    by: str,
    reason: str,
    run: str | None,
    state: State,
) -> Event:
    """What the ledger is to say, whatever others pushed meanwhile."""
    champion, canary = state.champion, state.canary
    if becomes == "champion" or (becomes == "canary" and champion is None):
        champion = version
    elif becomes == "canary":
        canary = CanaryShare(version=version, percent=percent)
    return Event(
        number=state.last + 1,
        kind="push",
        version=version,
        champion=champion,
        canary=canary,
        by=by,
        reason=reason,
        run=run,
        model=model,
    )


def _staged(
    source: Path,
    destination: Destination,
    provenance: Provenance,
    claim: Claim,
    key: Path | None,
    tell: Tell | None,
) -> tuple[int, PushedModel]:
    """Writes a version into a folder: it is there once all of it is."""
    root = Path(destination.where)
    with staged(root) as folder:
        reached("push.staged")
        model = copied(source, folder, tell)
        demand_whole(folder)
        model = model.model_copy(update={"provenance": provenance})
        reached("push.copied")
        while True:
            version = claim(model)
            model = _signed(destination, version, model, folder, key)
            if _renamed(folder, root / str(version)):
                break
        sync_folder(root)
        reached("push.published")
        return version, model


def _uploaded(
    source: Path,
    destination: Destination,
    provenance: Provenance,
    claim: Claim,
    key: Path | None,
    tell: Tell | None,
) -> tuple[int, PushedModel]:
    """Writes a version into a store: it is one once its graph is there."""
    model = digest_of(source).model_copy(update={"provenance": provenance})
    reached("push.copied")
    version = claim(model)
    model = _signed(destination, version, model, source, key)
    upload(source, destination, version, model, tell)
    reached("push.published")
    return version, model


def _take_back(ledger: Ledger, version: int) -> None:
    """Takes a version away that the ledger could not be told of.

    A server that takes the largest folder would serve it otherwise.
    """
    destination = ledger.destination
    with suppress(Exception):  # what is left is told when the ledger is healed
        if version in ledger.state().versions:
            return  # It was told after all, and only the answer was lost.
        if destination.local is not None:
            discard(destination.local, str(version))
        else:
            discard_upload(destination, version)


def _signed(
    destination: Destination,
    version: int,
    model: PushedModel,
    folder: Path,
    key: Path | None,
) -> PushedModel:
    if key is None:
        return model
    name = f"{version}.sig"
    destination.signatures().create(name, signing.signature_of(folder, key))
    reached("push.signed")
    return model.model_copy(update={"signature": f"{SIGNATURES}/{name}"})


def _renamed(folder: Path, target: Path) -> bool:
    """Gives a version its folder; False if another has it, such as a stock Pusher."""
    if os.path.lexists(target):
        return False
    try:
        os.rename(folder, target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True


@contextmanager
def _told(destination: Destination) -> Iterator[None]:
    """Makes an error of ours of a folder that cannot be written."""
    try:
        yield
    except OSError as error:
        raise disk_full(error) or InfrastructureError(
            "the model cannot be pushed, and nothing was published",
            where=destination.shown,
            got=error.strerror or str(error),
            fix="check the folder and the rights of this account, and run again",
        ) from error
