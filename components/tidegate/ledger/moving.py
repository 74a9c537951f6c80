"""Which version serves: promote, roll back, canary, abandon. One event each.

Nothing is copied or removed, so a move takes effect with its event, whole or not
at all; then what servers read is replaced, in one step a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tidegate.errors import TidegateError, UsageError
from tidegate.ledger.events import CanaryShare, Event, Kind, PushedModel
from tidegate.ledger.healing import newest_servable, tidy
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.pointer import remake
from tidegate.ledger.points import reached
from tidegate.ledger.refusals import (
    command,
    demand_former,
    demand_percent,
    demand_unmoved,
    demand_words,
    is_champion,
    named,
    no_champion,
    nothing_before,
    unknown,
    why_passed,
)
from tidegate.ledger.servable import Held, before, found_at
from tidegate.ledger.state import State

# The champion, and the version of the canary.
Standing = tuple[int | None, int | None]


def promote(
    pushed: str | Path,
    version: int,
    *,
    by: str,
    reason: str,
    run: str | None = None,
    expected: Standing | None = None,
) -> Event:
    """Makes a version the champion, and gives the event.

    A version that is whole but not on the ledger, of a push that was killed or of
    another pusher, comes onto the ledger by this.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
        version: The version.
        by: Who answers for it.
        reason: Why.
        run: Id of the pipeline run.
        expected: Champion and canary that were judged; None takes any.

    Raises:
        UsageError: There is no such version, it is the champion, or it is not whole;
            or somebody moved what was judged.
        SecurityError: Its files are not those that were pushed.
        InfrastructureError: The ledger cannot be written.
    """
    ledger = Ledger(pushed)
    held = Held(ledger)

    def decide(state: State) -> Event:
        demand_unmoved(ledger.destination, state, expected)
        if version == state.champion:
            raise is_champion(ledger.destination, version)
        kind: Kind = "promote" if version in state.versions else "push"
        model = None if kind == "promote" else found_at(ledger, version, state)
        if model is None:
            held.demand(version, state)
        return _event(
            state, kind, version, version, state.canary, by, reason, run, model
        )

    return _moved(ledger, by, reason, decide)


def rollback(
    pushed: str | Path,
    *,
    by: str,
    reason: str,
    to: int | None = None,
    run: str | None = None,
    tell: Callable[[int, str], object] | None = None,
) -> Event:
    """Goes back to an earlier champion, and gives the event.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
        by: Who answers for it.
        reason: Why.
        to: A version that was the champion; None takes the newest champion before
            the present one that can be served and was not itself rolled back.
        run: Id of the pipeline run.
        tell: Called with each champion that was passed over, and why.

    Raises:
        UsageError: There is no such champion, or it is not whole.
        SecurityError: Its files are not those that were pushed.
        InfrastructureError: The ledger cannot be written.
    """
    ledger = Ledger(pushed)
    held = Held(ledger)
    passed: dict[int, TidegateError] = {}

    def decide(state: State) -> Event:
        passed.clear()
        version = before(held, state, passed) if to is None else to
        if version is None:
            better = newest_servable(ledger, state)
            raise nothing_before(ledger.destination, passed, better)
        demand_former(ledger.destination, version, state)
        held.demand(version, state)
        return _event(
            state, "rollback", version, version, state.canary, by, reason, run
        )

    event = _moved(ledger, by, reason, decide)
    for version, error in passed.items():
        if tell is not None:
            tell(version, why_passed(error))
    return event


def canary(
    pushed: str | Path,
    version: int,
    percent: int,
    *,
    by: str,
    reason: str,
    run: str | None = None,
) -> Event:
    """Gives a version a share of the requests, and gives the event.

    Another canary makes place for it.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
        version: The version.
        percent: Its share, 1 to 99; 0 only replays a sample to it.
        by: Who answers for it.
        reason: Why.
        run: Id of the pipeline run.

    Raises:
        UsageError: There is no such version, no champion, or it is the champion.
        SecurityError: Its files are not those that were pushed.
        InfrastructureError: The ledger cannot be written.
    """
    share = CanaryShare(version=version, percent=demand_percent(percent))
    ledger = Ledger(pushed)
    held = Held(ledger)

    def decide(state: State) -> Event:
        if version not in state.versions:
            raise unknown(ledger.destination, version, state)
        if version == state.champion:
            raise is_champion(ledger.destination, version)
        if state.champion is None:
            raise no_champion(ledger.destination, state)
        held.demand(version, state)
        return _event(state, "canary", version, state.champion, share, by, reason, run)

    return _moved(ledger, by, reason, decide)


def abandon(
    pushed: str | Path,
    *,
    by: str,
    reason: str,
    run: str | None = None,
    expected: Standing | None = None,
) -> Event:
    """Takes the canary out, and gives the event.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
        by: Who answers for it.
        reason: Why.
        run: Id of the pipeline run.
        expected: Champion and canary that were judged; None takes any.

    Raises:
        UsageError: There is no canary, or somebody moved what was judged.
        InfrastructureError: The ledger cannot be written.
    """
    ledger = Ledger(pushed)

    def decide(state: State) -> Event:
        demand_unmoved(ledger.destination, state, expected)
        if state.canary is None:
            raise UsageError(
                "there is no canary to abandon",
                where=ledger.destination.shown,
                expected=named(state),
                got="none",
                fix=f"{command(ledger.destination, 'list')} shows what there is",
            )
        version = state.canary.version
        return _event(state, "abandon", version, state.champion, None, by, reason, run)

    return _moved(ledger, by, reason, decide)


def _moved(
    ledger: Ledger, by: str, reason: str, decide: Callable[[State], Event]
) -> Event:
    demand_words(by, reason)
    tidy(ledger)
    # Were the last move killed after its event, doing it again would be refused:
    # servers must have heard of it by then.
    remake(ledger)
    reached("move.begun")

    def decided(state: State) -> Event:
        event = decide(state)
        reached("move.decided")
        return event

    event = ledger.append(decided)
    reached("move.recorded")
    remake(ledger)
    reached("move.done")
    if event is None:
        raise AssertionError("a move always makes an event")
    return event


def _event(
    state: State,
    kind: Kind,
    version: int,
    champion: int | None,
    share: CanaryShare | None,
    by: str,
    reason: str,
    run: str | None,
    model: PushedModel | None = None,
) -> Event:
    return Event(
        number=state.last + 1,
        kind=kind,
        version=version,
        champion=champion,
        # Who serves all is no canary any more.
        canary=None if share is None or share.version == champion else share,
        by=by,
        reason=reason,
        run=run,
        model=model,
    )
