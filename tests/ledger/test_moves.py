"""Promote, roll back, canary, abandon: one event each, and servers follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import fsspec
import pytest
from tests.ledger.small_models import (
    BY,
    FILES,
    REASON,
    content_at,
    pushed_once,
    remove_at,
    small_model,
)

from tidegate.champion.champion import newest_version
from tidegate.champion.work import state_of
from tidegate.errors import Problems, SecurityError, TidegateError, UsageError
from tidegate.ledger.destination import destination_of
from tidegate.ledger.events import CanaryShare, Event, Provenance
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import abandon, canary, promote, rollback
from tidegate.ledger.points import watched

WHO = {"by": BY, "reason": REASON}


def _three(pushed: str, tmp_path: Path) -> list[int]:
    return [pushed_once(pushed, tmp_path).version for _ in range(3)]


def _pointer(pushed: str) -> tuple[int, int | None]:
    said = json.loads(content_at(pushed, "ledger/champion.json"))
    return said["event"], said["champion"]


def test_a_rollback_goes_to_the_champion_before(pushed: str, tmp_path: Path) -> None:
    one, two, three = _three(pushed, tmp_path)
    event = rollback(pushed, **WHO, run="r9")
    assert (event.kind, event.version, event.champion) == ("rollback", two, two)
    assert (event.number, event.by, event.reason, event.run) == (4, BY, REASON, "r9")
    assert _pointer(pushed) == (4, two)
    assert rollback(pushed, **WHO).champion == one
    with pytest.raises(UsageError, match="no champion to go back to") as caught:
        rollback(pushed, **WHO)
    assert str(three) in str(caught.value.fix)
    assert Ledger(pushed).state().champions == (one, two, three, two, one)


def test_a_rollback_goes_where_it_is_told(pushed: str, tmp_path: Path) -> None:
    one, two, three = _three(pushed, tmp_path)
    none = pushed_once(pushed, tmp_path, becomes="none").version
    assert rollback(pushed, to=one, **WHO).champion == one
    for to, words in ((one, "already"), (7, "no version 7"), (none, "never the champ")):
        with pytest.raises(UsageError, match=words) as caught:
            rollback(pushed, to=to, **WHO)
        assert words == "already" or str(two) in str(caught.value.expected)
    assert rollback(pushed, to=three, **WHO).champion == three


def test_the_champion_of_pipelines_follows(pushed: str, tmp_path: Path) -> None:
    one, two, three = _three(pushed, tmp_path)
    states = [state_of(newest_version(pushed))]
    rollback(pushed, **WHO)
    found = newest_version(pushed)
    assert found is not None
    assert found.number == two
    states.append(state_of(found))
    promote(pushed, one, **WHO)
    found = newest_version(pushed)
    assert found is not None
    assert found.number == one
    assert len({*states, state_of(found)}) == 3
    promote(pushed, three, **WHO)
    assert state_of(newest_version(pushed)) == states[0]


def test_a_version_that_became_nothing_is_no_champion_of_pipelines(
    pushed: str, tmp_path: Path
) -> None:
    first = pushed_once(pushed, tmp_path, becomes="none").version
    assert newest_version(pushed) is None
    promote(pushed, first, **WHO)
    pushed_once(pushed, tmp_path, becomes="canary")
    found = newest_version(pushed)
    assert found is not None
    assert found.number == first


def test_a_canary_comes_and_is_promoted(pushed: str, tmp_path: Path) -> None:
    first = pushed_once(pushed, tmp_path).version
    second = pushed_once(pushed, tmp_path, becomes="none").version
    event = canary(pushed, second, 30, **WHO)
    share = CanaryShare(version=second, percent=30)
    assert (event.kind, event.champion, event.canary) == ("canary", first, share)
    config = content_at(pushed, "ledger/models.config").decode()
    assert f'key: "canary" value: {second}' in config
    event = promote(pushed, second, **WHO)
    assert (event.champion, event.canary) == (second, None)
    assert '"canary"' not in content_at(pushed, "ledger/models.config").decode()


def test_a_canary_is_abandoned(pushed: str, tmp_path: Path) -> None:
    first = pushed_once(pushed, tmp_path).version
    second = pushed_once(pushed, tmp_path, becomes="canary").version
    event = abandon(pushed, **WHO)
    assert (event.version, event.champion, event.canary) == (second, first, None)
    with pytest.raises(UsageError, match="no canary"):
        abandon(pushed, **WHO)


def test_a_canary_stays_beside_another_champion(pushed: str, tmp_path: Path) -> None:
    one, two, three = _three(pushed, tmp_path)
    canary(pushed, one, 5, **WHO)
    assert rollback(pushed, **WHO).canary == CanaryShare(version=one, percent=5)
    assert rollback(pushed, **WHO).canary is None
    assert Ledger(pushed).state().champion == one
    assert {two, three} < set(Ledger(pushed).state().versions)


def test_what_cannot_be_a_canary_is_refused(pushed: str, tmp_path: Path) -> None:
    first = pushed_once(pushed, tmp_path, becomes="none").version
    for version, percent, words in (
        (first, 10, "needs a champion"),
        (7, 10, "no version 7"),
        (first, 100, "share"),
        (first, -1, "share"),
    ):
        with pytest.raises(UsageError, match=words):
            canary(pushed, version, percent, **WHO)
    promote(pushed, first, **WHO)
    with pytest.raises(UsageError, match="already"):
        canary(pushed, first, 10, **WHO)


@pytest.mark.parametrize(
    "move",
    [
        lambda pushed, version: promote(pushed, version, **WHO),
        lambda pushed, version: rollback(pushed, to=version, **WHO),
        lambda pushed, version: canary(pushed, version, 5, **WHO),
    ],
    ids=["promote", "rollback", "canary"],
)
def test_a_version_that_is_not_whole_is_not_served(
    move: Callable[[str, int], Event], pushed: str, tmp_path: Path
) -> None:
    one, two, three = _three(pushed, tmp_path)
    remove_at(pushed, f"{two}/saved_model.pb")
    before = Ledger(pushed).events()
    with pytest.raises(UsageError, match="cannot be served") as caught:
        move(pushed, two)
    assert "saved_model.pb" in str(caught.value.got)
    assert str(one) in str(caught.value.fix)
    assert Ledger(pushed).events() == before
    assert _pointer(pushed) == (3, three)


def test_a_rollback_passes_over_a_version_that_is_gone(
    pushed: str, tmp_path: Path
) -> None:
    one, two, _ = _three(pushed, tmp_path)
    remove_at(pushed, str(two))
    assert rollback(pushed, **WHO).champion == one


def test_a_rollback_needs_no_whole_champion(pushed: str, tmp_path: Path) -> None:
    _, two, three = _three(pushed, tmp_path)
    remove_at(pushed, str(three))
    event = rollback(pushed, **WHO)
    assert (event.number, event.champion) == (4, two)


def _change(pushed: str, version: int) -> None:
    """Gives a version another content of the same size."""
    Path(pushed, str(version), "variables/variables.index").write_bytes(b"INDEX")


def test_another_content_of_the_same_size_is_not_served(tmp_path: Path) -> None:
    pushed = str(tmp_path / "pushed")
    _, two, _ = _three(pushed, tmp_path)
    _change(pushed, two)
    for move in (promote, lambda to, two, **who: rollback(to, to=two, **who)):
        with pytest.raises(SecurityError, match="not those that were pushed"):
            move(pushed, two, **WHO)


def test_a_rollback_passes_over_what_was_changed(tmp_path: Path) -> None:
    pushed = str(tmp_path / "pushed")
    one, two, three = _three(pushed, tmp_path)
    four = pushed_once(pushed, tmp_path).version
    _change(pushed, three)
    remove_at(pushed, f"{two}/saved_model.pb")
    told: dict[int, str] = {}
    assert rollback(pushed, **WHO, tell=told.__setitem__).champion == one
    assert list(told) == [three, two]
    assert "not those that were pushed" in told[three]
    assert "saved_model.pb" in told[two]
    assert Ledger(pushed).state().champions[-2:] == (four, one)


def test_a_rollback_to_nothing_names_what_helps(tmp_path: Path) -> None:
    pushed = str(tmp_path / "the pushed")
    one, two, _ = _three(pushed, tmp_path)
    good = pushed_once(pushed, tmp_path, becomes="none").version
    _change(pushed, two)
    remove_at(pushed, str(one))
    with pytest.raises(SecurityError, match="no champion to go back to") as caught:
        rollback(pushed, **WHO)
    for text in (f"{two}: ", "not those that were pushed", f"{one}: ", "lacks"):
        assert text in str(caught.value.got)
    at = f"--pushed '{pushed}'"
    assert f'models promote {good} --reason "…" {at}' in str(caught.value.fix)
    assert f"models verify {at}" in str(caught.value.fix)


def test_another_size_is_not_served_from_a_store(pushed: str, tmp_path: Path) -> None:
    one, two, _ = _three(pushed, tmp_path)
    store, path = fsspec.core.url_to_fs(pushed)
    store.pipe_file(f"{path}/{two}/assets/words.txt", b"another's\n")
    with pytest.raises(UsageError, match="cannot be served"):
        promote(pushed, two, **WHO)
    assert rollback(pushed, **WHO).champion == one


def test_a_version_of_another_pusher_comes_onto_the_ledger(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    small_model(pushed / "1234")
    (pushed / "1235").mkdir()
    assert newest_version(str(pushed)) is not None
    event = promote(pushed, 1234, **WHO)
    assert (event.kind, event.champion) == ("push", 1234)
    assert event.model is not None
    assert set(event.model.files) == set(FILES)
    with pytest.raises(UsageError, match="1235 cannot be served") as caught:
        promote(pushed, 1235, **WHO)
    assert "lacks saved_model.pb" in str(caught.value.got)
    with pytest.raises(UsageError, match="no version 1236"):
        promote(pushed, 1236, **WHO)


def test_a_killed_push_is_promoted_with_all_that_was_known(
    pushed: str, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "push.published":
            raise Killed

    first = pushed_once(pushed, tmp_path)
    provenance = Provenance(pipeline="flights", metrics={"auc": 0.8})
    with watched(kill), pytest.raises(Killed):
        pushed_once(pushed, tmp_path, provenance=provenance)
    assert Ledger(pushed).state().champion == first.version
    there = {int(n) for n in _versions(pushed)} - {first.version}
    event = promote(pushed, there.pop(), **WHO)
    assert event.kind == "push"
    assert event.model is not None
    assert event.model.provenance == provenance


def _half_pushed(pushed: str, tmp_path: Path) -> int:
    """A version that is whole and claimed, of a push that was killed."""

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "push.published":
            raise Killed

    first = pushed_once(pushed, tmp_path).version
    with watched(kill), pytest.raises(Killed):
        pushed_once(pushed, tmp_path, provenance=Provenance(pipeline="flights"))
    (half,) = {int(name) for name in _versions(pushed)} - {first}
    return half


def test_a_killed_push_whose_files_changed_is_refused(
    pushed: str, tmp_path: Path
) -> None:
    half = _half_pushed(pushed, tmp_path)
    store, path = fsspec.core.url_to_fs(pushed)
    store.pipe_file(f"{path}/{half}/assets/words.txt", b"another's\n")
    with pytest.raises(SecurityError, match="not those that were pushed"):
        promote(pushed, half, **WHO)
    assert len(Ledger(pushed).events()) == 1


@pytest.mark.parametrize("signed", [True, False])
def test_a_killed_push_keeps_its_signature(
    signed: bool, pushed: str, tmp_path: Path
) -> None:
    half = _half_pushed(pushed, tmp_path)
    if signed:
        destination_of(pushed).signatures().create(f"{half}.sig", b"{}")
    model = promote(pushed, half, **WHO).model
    assert model is not None
    assert model.signature == (f"signatures/{half}.sig" if signed else None)
    assert model.provenance.pipeline == "flights"


def test_a_move_that_was_killed_after_its_event_can_be_done_again(
    pushed: str, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "move.recorded":
            raise Killed

    one, _, three = _three(pushed, tmp_path)
    with watched(kill), pytest.raises(Killed):
        promote(pushed, one, **WHO)
    assert _pointer(pushed) == (3, three)
    with pytest.raises(UsageError, match="already"):
        promote(pushed, one, **WHO)
    assert _pointer(pushed) == (4, one)


def test_who_and_why_must_be_said(pushed: str, tmp_path: Path) -> None:
    one, *_ = _three(pushed, tmp_path)
    with pytest.raises(Problems):
        rollback(pushed, by="", reason=" ")
    with pytest.raises(UsageError, match="why"):
        promote(pushed, one, by=BY, reason="")
    assert len(Ledger(pushed).events()) == 3


def test_nothing_moves_where_nothing_was_pushed(pushed: str) -> None:
    with pytest.raises(UsageError, match="no champion to go back to"):
        rollback(pushed, **WHO)
    with pytest.raises(UsageError, match="no version 3"):
        promote(pushed, 3, **WHO)
    with pytest.raises(UsageError, match="no canary"):
        abandon(pushed, **WHO)
    assert Ledger(pushed).events() == ()


def test_of_two_rollbacks_at_once_each_knows_of_the_other(
    pushed: str, tmp_path: Path
) -> None:
    one, two, three = _three(pushed, tmp_path)

    def back(_: int) -> Event | TidegateError:
        try:
            return rollback(pushed, **WHO)
        except TidegateError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(back, range(4)))
    champions = [one.champion for one in told if isinstance(one, Event)]
    assert sorted(champions, key=str) == sorted([one, two], key=str)
    assert sum(isinstance(one, UsageError) for one in told) == 2
    assert Ledger(pushed).state().champions == (one, two, three, two, one)
    assert _pointer(pushed) == (5, one)


@pytest.mark.parametrize("move", ["promote", "abandon"])
@pytest.mark.parametrize("other", ["rollback", "canary", "abandon"])
def test_what_somebody_moved_meanwhile_is_not_moved(
    move: str, other: str, pushed: str, tmp_path: Path
) -> None:
    one, two, three = _three(pushed, tmp_path)
    canary(pushed, one, 10, **WHO)
    expected = (three, one)
    seen: list[str] = []

    def meanwhile(name: str) -> None:
        seen.append(name)
        if name == "move.decided" and seen.count(name) == 1:
            {
                "rollback": lambda: rollback(pushed, **WHO),
                "canary": lambda: canary(pushed, two, 5, **WHO),
                "abandon": lambda: abandon(pushed, **WHO),
            }[other]()

    moved = partial(promote, version=one) if move == "promote" else abandon
    with watched(meanwhile), pytest.raises(UsageError, match="meanwhile") as caught:
        moved(pushed, **WHO, expected=expected)
    assert str(one) in str(caught.value.expected)
    assert len(Ledger(pushed).events()) == 5


def test_what_stands_as_expected_is_moved(pushed: str, tmp_path: Path) -> None:
    one, _, three = _three(pushed, tmp_path)
    canary(pushed, one, 10, **WHO)
    assert promote(pushed, one, **WHO, expected=(three, one)).champion == one
    canary(pushed, three, 10, **WHO)
    assert abandon(pushed, **WHO, expected=(one, three)).canary is None


def test_an_event_that_came_first_is_heeded(pushed: str, tmp_path: Path) -> None:
    one, _, _ = _three(pushed, tmp_path)
    seen: list[str] = []

    def other(name: str) -> None:
        seen.append(name)
        if name == "move.decided" and seen.count(name) == 1:
            rollback(pushed, by="Bob", reason="was quicker")

    with watched(other):
        event = promote(pushed, one, **WHO)
    assert [told.by for told in Ledger(pushed).events()][3:] == ["Bob", BY]
    assert (event.number, event.champion) == (5, one)
    assert _pointer(pushed) == (5, one)


def _versions(pushed: str) -> list[str]:
    store, path = fsspec.core.url_to_fs(pushed)
    store.invalidate_cache()
    names = [one.rsplit("/", 1)[-1] for one in store.ls(path, detail=False)]
    return [one for one in names if one.isdigit()]
