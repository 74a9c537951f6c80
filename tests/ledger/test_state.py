"""Versions, champion and canary follow from the events, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import ComponentError
from tidegate.ledger.events import CanaryShare, Event, Kind, PushedModel
from tidegate.ledger.state import State

MODEL = PushedModel(digest="0" * 64, files={})
KINDS: tuple[Kind, ...] = ("push", "canary", "promote", "rollback", "abandon")


def _event(
    kind: Kind,
    version: int,
    champion: int | None,
    number: int = 1,
    canary: int | None = None,
) -> Event:
    return Event(
        number=number,
        kind=kind,
        version=version,
        champion=champion,
        canary=None if canary is None else CanaryShare(version=canary, percent=10),
        by="Ada",
        reason="why",
        model=MODEL if kind == "push" else None,
    )


def _after(*told: tuple[Kind, int, int | None]) -> State:
    return State.after(
        _event(*one, number=number) for number, one in enumerate(told, 1)
    )


def test_before_the_first_event_there_is_nothing() -> None:
    assert State.after(()) == State()
    assert State().champion is None


def test_a_rollback_goes_back_one_by_one_and_never_to_what_was_rolled_back() -> None:
    pushes: list[tuple[Kind, int, int | None]] = [("push", n, n) for n in (1, 2, 3)]
    state = _after(*pushes)
    assert (state.champion, state.former) == (3, (1, 2))
    state = _after(*pushes, ("rollback", 2, 2))
    assert (state.champion, state.former) == (2, (1,))
    state = _after(*pushes, ("rollback", 2, 2), ("rollback", 1, 1))
    assert (state.champion, state.former) == (1, ())
    assert state.champions == (1, 2, 3, 2, 1)


def test_a_promotion_can_be_rolled_back() -> None:
    state = _after(("push", 1, 1), ("push", 2, 2), ("promote", 1, 1))
    assert (state.champion, state.former) == (1, (1, 2))
    state = _after(("push", 1, 1), ("push", 2, 2), ("rollback", 1, 1), ("push", 3, 3))
    assert (state.champion, state.former) == (3, (1,))


def test_going_back_to_what_was_rolled_back_keeps_the_way_back() -> None:
    state = _after(
        ("push", 1, 1), ("push", 2, 2), ("rollback", 1, 1), ("rollback", 2, 2)
    )
    assert (state.champion, state.former) == (2, (1,))


def test_since_is_the_event_that_made_the_champion() -> None:
    state = _after(("push", 1, 1), ("push", 2, 1), ("promote", 2, 2), ("push", 3, 2))
    assert state.since is not None
    assert state.since.number == 3


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([_event("push", 1, 1, number=2)], "event 1 is not there"),
        ([_event("promote", 1, 1)], "never pushed"),
        ([_event("push", 1, 2)], "champion 2 was never pushed"),
        ([_event("push", 1, 1), _event("push", 1, 1, 2)], "pushed before"),
        ([_event("push", 1, 1), _event("push", 2, None, 2)], "nothing serves"),
        ([_event("push", 1, 1, canary=1)], "no other champion"),
        ([_event("push", 1, None, canary=1)], "no other champion"),
        ([_event("push", 1, 1, canary=7)], "canary 7 was never pushed"),
        (
            [_event("push", 1, 1), _event("push", 2, 1, 2), _event("push", 3, 2, 3)],
            "not what the event is about",
        ),
        (
            [
                _event("push", 1, 1),
                _event("push", 2, 1, 2),
                _event("push", 3, 3, 3, canary=2),
            ],
            "canary 2 is not what",
        ),
        (
            [_event("push", 1, 1).model_copy(update={"model": None})],
            "does not say what",
        ),
    ],
)
def test_events_that_contradict_each_other_are_refused(
    events: list[Event], words: str
) -> None:
    with pytest.raises(ComponentError, match="contradicts itself") as caught:
        State.after(events)
    assert words in str(caught.value.got)


@st.composite
def _chosen(draw: st.DrawFn) -> list[Event]:
    """Any sequence of events that a ledger would take."""
    events: list[Event] = []
    state = State()
    for _ in range(draw(st.integers(0, 12))):
        version = draw(st.integers(1, 6))
        champion = draw(st.sampled_from([state.champion, version]))
        canary = draw(st.sampled_from([None, state.canary, version]))
        share = CanaryShare(version=canary, percent=5) if canary == version else canary
        event = Event(
            number=state.last + 1,
            kind=draw(st.sampled_from(KINDS)),
            version=version,
            champion=champion,
            canary=share,  # type: ignore[arg-type]
            by="Ada",
            reason="why",
            model=MODEL,
        )
        try:
            state = state.then(event)
        except ComponentError:
            continue
        events.append(event)
    return events


@given(_chosen())
def test_whatever_was_told_champion_and_canary_were_pushed(events: list[Event]) -> None:
    state = State()
    for number, event in enumerate(events, 1):
        before, state = state, state.then(event)
        pushed = {one.version for one in events[:number] if one.kind == "push"}
        assert set(state.versions) == pushed
        assert state.champion is None or state.champion in pushed
        assert state.canary is None or state.canary.version in pushed
        assert state.canary is None or state.canary.version != state.champion
        # Who serves once is followed by somebody who serves.
        assert before.champion is None or state.champion is not None
        assert set(state.former) <= set(state.champions[:-1]) <= pushed
        assert state.champions[-1:] == (
            () if state.champion is None else (state.champion,)
        )
        assert not state.former or state.former[-1] != state.champion
        assert state.last == number


@given(_chosen())
def test_the_state_is_the_same_event_by_event_and_at_once(events: list[Event]) -> None:
    state = State()
    for event in events:
        state = state.then(event)
    assert state == State.after(events)


@given(_chosen())
def test_rolling_back_ends_at_the_first_champion(events: list[Event]) -> None:
    state = State.after(events)
    for expected in reversed(state.former):
        event = _event("rollback", expected, expected, state.last + 1)
        state = state.then(event)
        assert state.champion == expected
    assert state.former == ()


@given(_chosen())
def test_an_event_survives_its_file(events: list[Event]) -> None:
    for event in events:
        assert Event.model_validate_json(event.model_dump_json()) == event
