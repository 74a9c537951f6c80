"""Where a version stands, and against which other one it is held. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tidegate.errors import ComponentError
from tidegate.ledger.events import Event
from tidegate.ledger.state import State

Kind = Literal["canary", "promoted", "abandoned", "first", "passed over"]


@dataclass(frozen=True)
class Standing:
    """One version before the decision.

    Attributes:
        version: The version.
        kind: "canary" is to be decided upon; "promoted" and "abandoned" were
            already, "first" never had anything beside it; of one "passed over"
            the ledger says something else meanwhile.
        opponent: The champion that it is held against; None for the last two.
        event: The event that decided already; None where none did.
    """

    version: int
    kind: Kind
    opponent: int | None = None
    event: Event | None = None

    @property
    def held(self) -> bool:
        """Whether there is anything to replay."""
        return self.opponent is not None


def standing(events: Sequence[Event], version: int, where: str) -> Standing:
    """Where a version stands.

    A decision that was made already is judged again against the same champion, so
    that a step that was stopped behind it still has its report.

    Args:
        events: The ledger, in order.
        version: The version.
        where: The ledger, for messages.

    Raises:
        ComponentError: The version was never pushed.
    """
    state = State.after(events)
    if version not in state.versions:
        raise ComponentError(
            f"version {version} is not on the ledger",
            where=where,
            expected="the version that the Pusher pushed",
            got=", ".join(map(str, state.versions)) or "no version",
            fix="give push_to of the Pusher",
        )
    if state.canary is not None and state.canary.version == version:
        return Standing(version, "canary", state.champion)
    decided = _decision(events, version)
    if version == state.champion:
        before = _champion_before(events, state.since)
        kind: Kind = "first" if before is None else "promoted"
        return Standing(version, kind, before, state.since)
    if decided is not None and decided.kind == "abandon":
        return Standing(version, "abandoned", decided.champion, decided)
    return Standing(version, "passed over", None, decided)


def _decision(events: Sequence[Event], version: int) -> Event | None:
    """The last event that is about the version."""
    return next((one for one in reversed(events) if one.version == version), None)


def _champion_before(events: Sequence[Event], event: Event | None) -> int | None:
    if event is None:
        return None
    before = [one.champion for one in events if one.number < event.number]
    return before[-1] if before else None
