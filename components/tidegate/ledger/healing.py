"""Puts right what a process that was killed left, or what went away since.

Only commands that write do this; who reads passes over what is broken.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from tidegate.ledger import pointer, staging
from tidegate.ledger.claims import claimed
from tidegate.ledger.destination import (
    LEDGER,
    SIGNATURES,
    VERSIONS,
    Destination,
)
from tidegate.ledger.events import CanaryShare, Event, Kind
from tidegate.ledger.folders import recorded_at, version_at, versions_there
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.refusals import command, promotion
from tidegate.ledger.state import State
from tidegate.report.wording import counted

BY = "tidegate"
# Files under the name that they have until they are whole.
_HIDDEN = re.compile(r"\..+\.[0-9]+\.[0-9a-f]{8}")
_LONGEST_WRITE = 3600.0


def heal(pushed: str | Path | Destination) -> tuple[str, ...]:
    """Puts right what can be put right; what that was, and what was seen, in words.

    Staging folders of dead pushes are removed, never those of a living one. A
    champion that is not whole any more makes place for the newest champion before
    it that is, by an event of its own; a canary that is not whole is taken out.
    What servers read is made again from the events.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.

    Raises:
        ComponentError: The ledger is damaged, which only a copy of it can heal.
        InfrastructureError: The place does not answer or cannot be written to.
    """
    ledger = Ledger(pushed)
    done = tidy(ledger)
    if ledger.numbers():
        done += [*_served(ledger), *_derived(ledger), *_untold(ledger)]
    return tuple(done)


def tidy(ledger: Ledger) -> list[str]:
    """Removes what dead processes left; what that was, in words."""
    root = ledger.destination.local
    if root is None:
        return []
    said = [
        f"removed {name}, of a push that ended" for name in staging.remove_dead(root)
    ]
    hidden = _remove_hidden(root)
    if hidden:
        said.append(f"removed {counted(hidden, 'unfinished files')} of the ledger")
    return said


def fault_of(ledger: Ledger, state: State, version: int) -> str | None:
    """Why a version of the ledger cannot be served; None if it can."""
    model = state.versions[version].model
    files = None if model is None else model.files
    found = recorded_at(ledger.destination, version, files)
    return found if isinstance(found, str) else None


def newest_whole(ledger: Ledger, state: State) -> int | None:
    """The newest champion before the present one that is whole; None without one."""
    for version in reversed(state.former):
        if version != state.champion and fault_of(ledger, state, version) is None:
            return version
    return None


def not_served(ledger: Ledger, state: State) -> str | None:
    """Why the champion cannot be served, and what helps; None if it can."""
    if state.champion is None:
        return None
    fault = fault_of(ledger, state, state.champion)
    if fault is None:
        return None
    broken = f"the champion, version {state.champion}, cannot be served: {fault}"
    if newest_whole(ledger, state) is not None:
        return f"{broken}; put it right: {command(ledger.destination, 'heal')}"
    better = newest_servable(ledger, state)
    helps = "push a model" if better is None else promotion(ledger.destination, better)
    none = "no champion before it is whole that was not rolled back"
    return f"{broken}; {none}, so this helps: {helps}"


def newest_servable(ledger: Ledger, state: State) -> int | None:
    """The newest version that is whole and not the champion; None without one."""
    for version in sorted(state.versions, reverse=True):
        if version != state.champion and fault_of(ledger, state, version) is None:
            return version
    return None


def _served(ledger: Ledger) -> list[str]:
    """Takes out champion and canary that are not whole, by events."""
    said: list[str] = []

    def decide(state: State) -> Event | None:
        said.clear()
        return _champion(ledger, state, said) or _canary(ledger, state, said)

    told: list[str] = []
    while ledger.append(decide) is not None:
        told += said
    return [*told, *said]


def _champion(ledger: Ledger, state: State, said: list[str]) -> Event | None:
    """Goes back to a champion that is whole, if the present one is not."""
    if state.champion is None:
        return None
    fault = fault_of(ledger, state, state.champion)
    if fault is None:
        return None
    broken = f"the champion, version {state.champion}, cannot be served: {fault}"
    to = newest_whole(ledger, state)
    if to is None:
        said.append(not_served(ledger, state) or broken)
        return None
    said.append(f"{broken}; version {to} is the champion again")
    kept = state.canary
    return _event(
        state, "rollback", to, to, kept if kept and kept.version != to else None, broken
    )


def _canary(ledger: Ledger, state: State, said: list[str]) -> Event | None:
    """Takes the canary out, if it is not whole."""
    if state.canary is None:
        return None
    version = state.canary.version
    fault = fault_of(ledger, state, version)
    if fault is None:
        return None
    broken = f"the canary, version {version}, cannot be served: {fault}"
    said.append(f"{broken}; it is taken out")
    return _event(state, "abandon", version, state.champion, None, broken)


def _event(
    state: State,
    kind: Kind,
    version: int,
    champion: int | None,
    canary: CanaryShare | None,
    reason: str,
) -> Event:
    return Event(
        number=state.last + 1,
        kind=kind,
        version=version,
        champion=champion,
        canary=canary,
        by=BY,
        reason=reason,
    )


def _derived(ledger: Ledger) -> list[str]:
    """Makes again what servers read."""
    return [f"made {name} again from the events" for name in pointer.remake(ledger)]


def _untold(ledger: Ledger) -> list[str]:
    """Versions that came after the ledger began, and that it says nothing of."""
    versions = ledger.state().versions
    first = min(versions, default=None)
    said = []
    for number in versions_there(ledger.destination):
        if first is None or number < first or number in versions:
            continue
        found = version_at(ledger.destination, number)
        if isinstance(found, str):
            said.append(
                f"version {number} is not on the ledger and not whole: {found}; "
                "a push that ended, or one that is not done yet"
            )
            continue
        who = claimed(ledger.destination, number)
        pusher = f"a push by {who.by} that ended early" if who else "another pusher"
        said.append(
            f"version {number} is not on the ledger: {pusher}; "
            f"to have it: {promotion(ledger.destination, number)}"
        )
    return said


def _remove_hidden(root: Path) -> int:
    """Removes files that were never finished, and how many that were."""
    count = 0
    folders = (LEDGER, f"{LEDGER}/{VERSIONS}", f"{LEDGER}/{SIGNATURES}")
    for folder in folders:
        for path in (root / folder).glob(".*"):
            if not _HIDDEN.fullmatch(path.name):
                continue
            try:
                if time.time() - path.stat().st_mtime > _LONGEST_WRITE:
                    path.unlink()
                    count += 1
            except OSError:
                continue  # it is finished, or another has removed it
    return count
