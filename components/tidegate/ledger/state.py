"""What follows from the events: versions, champion, canary. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tidegate.errors import ComponentError
from tidegate.ledger.events import CanaryShare, Event

_NONE: Mapping[int, Event] = MappingProxyType({})


@dataclass(frozen=True)
class State:
    """What is true after some events.

    Attributes:
        champion: The version that serves; None where there is none.
        canary: The version that serves a share beside it.
        versions: The push of every version, by version.
        champions: All champions in order, the present one last; one that became
            champion twice is there twice.
        former: Those that a rollback goes to, the next one last: champions that
            were not themselves rolled back.
        since: The event that made the champion the champion; None without one.
        last: Number of the last event; 0 before the first.
    """

    champion: int | None = None
    canary: CanaryShare | None = None
    versions: Mapping[int, Event] = field(default=_NONE, repr=False)
    champions: tuple[int, ...] = ()
    former: tuple[int, ...] = ()
    since: Event | None = field(default=None, repr=False)
    last: int = 0

    @classmethod
    def after(cls, events: Iterable[Event]) -> State:
        """The state after events, which are in order and without a gap.

        Raises:
            ComponentError: An event does not follow from those before it.
        """
        state = cls()
        for event in events:
            state = state.then(event)
        return state

    def then(self, event: Event) -> State:
        """The state after one more event.

        Raises:
            ComponentError: It does not follow.
        """
        versions = self.versions
        if event.kind == "push" and event.version not in versions:
            versions = MappingProxyType({**versions, event.version: event})
        fault = _fault(self, event, versions)
        if fault is not None:
            raise ComponentError(
                "the ledger contradicts itself",
                where=f"event {event.number}",
                got=fault,
                fix="restore the ledger's files, which nobody may change, from a copy",
            )
        after = replace(
            self,
            champion=event.champion,
            canary=event.canary,
            versions=versions,
            last=event.number,
        )
        if event.champion is None or event.champion == self.champion:
            return after
        return replace(
            after,
            champions=(*self.champions, event.champion),
            former=_former(self, event),
            since=event,
        )


def _former(before: State, event: Event) -> tuple[int, ...]:
    """Those to go back to, after an event that changes the champion."""
    if before.champion is None:
        return ()
    if event.kind != "rollback" or event.champion not in before.former:
        return (*before.former, before.champion)
    # What was rolled back is not gone back to: that would undo the rollback.
    kept = before.former
    while kept[-1] != event.champion:
        kept = kept[:-1]
    return kept[:-1]


def _fault(before: State, event: Event, versions: Mapping[int, Event]) -> str | None:
    """Why an event cannot follow; None if it can."""
    if event.number != before.last + 1:
        return f"event {before.last + 1} is not there"
    if event.kind == "push":
        if event.version in before.versions:
            return f"version {event.version} was pushed before"
        if event.model is None:
            return f"the push of version {event.version} does not say what was pushed"
    elif event.version not in versions:
        return f"version {event.version} was never pushed"
    if event.champion is None and before.champion is not None:
        return f"nothing serves after version {before.champion}"
    if event.champion is not None and event.champion not in versions:
        return f"the champion {event.champion} was never pushed"
    if event.champion not in (before.champion, event.version):
        return f"the champion {event.champion} is not what the event is about"
    return _canary_fault(before, event, versions)


def _canary_fault(
    before: State, event: Event, versions: Mapping[int, Event]
) -> str | None:
    if event.canary is None:
        return None
    version = event.canary.version
    if version not in versions:
        return f"the canary {version} was never pushed"
    if version == event.champion or event.champion is None:
        return f"the canary {version} has no other champion beside it"
    if event.canary != before.canary and version != event.version:
        return f"the canary {version} is not what the event is about"
    return None
