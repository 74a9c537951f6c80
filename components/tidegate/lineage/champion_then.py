"""Which model was the champion of a destination, now or at an earlier time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tidegate.errors import TidegateError
from tidegate.lineage.run_record import ChampionAt


def champion_of(pushed: str) -> ChampionAt | None:
    """The champion of a destination now; None where there is none to be had.

    Without a ledger it is the newest model.
    """
    try:
        return champion_then(pushed, None) or _newest(pushed)
    except (TidegateError, OSError):
        # The run itself says so, at the node that needs it.
        return None


def champion_then(pushed: str, when: datetime | None) -> ChampionAt | None:
    """The champion by the ledger, after the events before a time; None for now.

    Raises:
        TidegateError: The ledger is damaged, or its place does not answer.
    """
    from tidegate.ledger.ledger import Ledger
    from tidegate.ledger.state import State

    events = Ledger(pushed).events()
    state = State.after(one for one in events if when is None or one.at < when)
    if state.champion is None:
        return None
    model = state.versions[state.champion].model
    return ChampionAt(
        version=state.champion,
        uri=f"{pushed.rstrip('/')}/{state.champion}",
        digest=None if model is None else model.digest,
    )


def _newest(pushed: str) -> ChampionAt | None:
    from tidegate.champion.champion import newest_version
    from tidegate.ledger.digests import digest_at

    newest = newest_version(pushed)
    if newest is None:
        return None
    digest = digest_at(newest.files).digest
    return ChampionAt(version=newest.number, uri=newest.uri, digest=digest)


def copy_of(champion: ChampionAt, pushed: str, target: Path) -> ChampionAt | None:
    """Copies a champion to where a repeated run is to find it.

    Args:
        champion: The model.
        pushed: The destination that it was pushed to.
        target: Folder of the scratch destination.

    Returns:
        The copy; None where the model is not there any more.

    Raises:
        InfrastructureError: The store does not answer, or the disk is full.
    """
    from tidegate.champion.champion import copy_version
    from tidegate.ledger.destination import destination_of
    from tidegate.ledger.digests import digest_of
    from tidegate.ledger.folders import version_at

    found = version_at(destination_of(pushed), champion.version)
    if isinstance(found, str):
        return None
    folder = target / str(champion.version)
    target.mkdir(parents=True, exist_ok=True)
    copy_version(found, folder)
    return champion.model_copy(
        update={"uri": str(folder), "digest": digest_of(folder).digest}
    )


def still_there(champion: ChampionAt, pushed: str) -> ChampionAt | None:
    """The same version as it is now; None where it is not there any more.

    Raises:
        InfrastructureError: The store does not answer.
    """
    from tidegate.ledger.destination import destination_of
    from tidegate.ledger.digests import digest_at
    from tidegate.ledger.folders import version_at

    found = version_at(destination_of(pushed), champion.version)
    if isinstance(found, str):
        return None
    return champion.model_copy(update={"digest": digest_at(found.files).digest})
