"""What a killed process left, or what went away since, is put right."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from filelock import FileLock
from tests.ledger.killing import Trial, ended, forked
from tests.ledger.small_models import (
    BY,
    GRAPH,
    REASON,
    content_at,
    names_at,
    pushed_once,
    remove_at,
    small_model,
)

from tidegate.champion.champion import newest_version
from tidegate.errors import ComponentError, Problems, TidegateError
from tidegate.ledger.destination import destination_of
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import canary, promote, rollback
from tidegate.ledger.pointer import behind, pointer_of, read_pointer, remake
from tidegate.ledger.points import watched
from tidegate.ledger.staging import staged

WHO = {"by": BY, "reason": REASON}


def test_nothing_is_healed_where_all_is_well(pushed: str, tmp_path: Path) -> None:
    assert heal(pushed) == ()
    pushed_once(pushed, tmp_path)
    before = names_at(pushed)
    assert heal(pushed) == ()
    assert names_at(pushed) == before


def test_a_champion_that_is_gone_makes_place_for_the_one_before(
    pushed: str, tmp_path: Path
) -> None:
    one, two, three = (pushed_once(pushed, tmp_path).version for _ in range(3))
    remove_at(pushed, f"{three}/saved_model.pb")
    remove_at(pushed, str(two))
    said = heal(pushed)
    assert f"version {one} is the champion again" in said[0]
    event = Ledger(pushed).events()[-1]
    assert (event.kind, event.version, event.by) == ("rollback", one, "tidegate")
    assert str(three) in event.reason
    assert "saved_model.pb" in event.reason
    assert json.loads(content_at(pushed, "ledger/champion.json"))["champion"] == one
    assert all("again" not in line for line in heal(pushed))


def test_a_champion_of_another_size_is_not_whole(pushed: str, tmp_path: Path) -> None:
    one = pushed_once(pushed, tmp_path).version
    two = pushed_once(pushed, tmp_path).version
    remove_at(pushed, f"{two}/assets/words.txt")
    assert "words.txt" in heal(pushed)[0]
    assert Ledger(pushed).state().champion == one


def test_a_champion_that_may_not_be_read_is_not_gone(tmp_path: Path) -> None:
    trial = Trial(tmp_path, versions=2)
    tmp_path.chmod(0o755)
    for path in (*tmp_path.parents,)[:3]:
        path.chmod(0o755)
    champion = Ledger(trial.pushed).state().champion
    (trial.pushed / str(champion) / "variables").chmod(0)

    def as_another() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        with pytest.raises(TidegateError, match="did not answer"):
            newest_version(str(trial.pushed))

    assert ended(forked(as_another)) == 0
    (trial.pushed / str(champion) / "variables").chmod(0o755)


def test_the_last_champion_stays_although_it_is_gone(
    pushed: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = pushed_once(pushed, tmp_path).version
    pushed_once(pushed, tmp_path, becomes="none")
    remove_at(pushed, str(one))
    assert "models promote" in heal(pushed)[0]
    assert Ledger(pushed).state().champion == one
    assert len(Ledger(pushed).events()) == 2
    assert newest_version(pushed) is None
    assert "passed over" in caplog.text


def test_readers_fall_back_without_writing(
    pushed: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two, three = (pushed_once(pushed, tmp_path).version for _ in range(3))
    remove_at(pushed, str(three))
    before = names_at(pushed)
    found = newest_version(pushed)
    assert found is not None
    assert found.number == two
    assert f"{three} is passed over" in caplog.text
    assert names_at(pushed) == before
    rollback(pushed, **WHO)
    remove_at(pushed, str(two))
    found = newest_version(pushed)
    assert found is not None
    assert found.number == one


def test_a_canary_that_is_gone_is_taken_out(pushed: str, tmp_path: Path) -> None:
    one, two, three = (pushed_once(pushed, tmp_path).version for _ in range(3))
    canary(pushed, one, 10, **WHO)
    remove_at(pushed, str(one))
    remove_at(pushed, str(three))
    assert len(heal(pushed)) == 4
    state = Ledger(pushed).state()
    assert (state.champion, state.canary) == (two, None)
    kinds = [(event.kind, event.by) for event in Ledger(pushed).events()[4:]]
    assert kinds == [("rollback", "tidegate"), ("abandon", "tidegate")]


def test_a_push_heals_before_it_stands_beside(pushed: str, tmp_path: Path) -> None:
    one = pushed_once(pushed, tmp_path).version
    two = pushed_once(pushed, tmp_path).version
    remove_at(pushed, str(two))
    event = pushed_once(pushed, tmp_path, becomes="canary")
    assert event.champion == one


@pytest.mark.parametrize("name", ["champion.json", "models.config"])
@pytest.mark.parametrize("content", [None, b"", b'{"event": 1}'])
def test_what_servers_read_is_made_again(
    name: str, content: bytes | None, pushed: str, tmp_path: Path
) -> None:
    pushed_once(pushed, tmp_path)
    right = content_at(pushed, f"ledger/{name}")
    place = destination_of(pushed).ledger()
    if content is None:
        remove_at(pushed, f"ledger/{name}")
    else:
        place.replace(name, content)
    if name == "champion.json":
        assert read_pointer(destination_of(pushed)) is None
    assert behind(Ledger(pushed)) == (name,)
    assert heal(pushed) == (f"made {name} again from the events",)
    assert content_at(pushed, f"ledger/{name}") == right
    assert behind(Ledger(pushed)) == ()


def test_a_pointer_that_is_behind_is_brought_up_by_any_move(
    pushed: str, tmp_path: Path
) -> None:
    one, two = (pushed_once(pushed, tmp_path).version for _ in range(2))
    old = pointer_of(Ledger(pushed).state()).model_copy(update={"champion": 7})
    place = destination_of(pushed).ledger()
    place.replace("champion.json", old.model_dump_json().encode())
    promote(pushed, one, **WHO)
    assert json.loads(content_at(pushed, "ledger/champion.json"))["champion"] == one
    assert two


def test_who_wrote_the_pointer_last_knew_the_last_event(
    pushed: str, tmp_path: Path
) -> None:
    one, two = (pushed_once(pushed, tmp_path).version for _ in range(2))
    ledger = Ledger(pushed)
    event = (
        Ledger(pushed)
        .events()[-1]
        .model_copy(
            update={"number": 3, "kind": "promote", "version": one, "champion": one}
        )
    )
    seen: list[str] = []

    def another_event(name: str) -> None:
        seen.append(name)
        if name == "pointer.written" and seen.count(name) == 1:
            Ledger(pushed).append(lambda _: event.model_copy(update={"model": None}))

    with watched(another_event):
        remake(ledger)
    assert seen.count("pointer.written") == 2
    said = json.loads(content_at(pushed, "ledger/champion.json"))
    assert (said["event"], said["champion"]) == (3, one)
    assert two


def test_staging_of_the_dead_is_removed_and_of_the_living_not(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    dead = pushed / ".staging-dead"
    small_model(dead)
    (pushed / ".staging-dead.lock").touch()
    small_model(pushed / ".staging-older")
    with staged(pushed) as living:
        (living / "half").write_text("x")
        said = heal(str(pushed))
        assert living.is_dir()
        assert (living / "half").read_text() == "x"
    assert [line.split()[1] for line in said] == [".staging-dead,", ".staging-older,"]
    assert not list(pushed.glob(".staging-*"))


def test_a_lock_without_a_folder_is_left_while_its_push_may_be_starting(
    tmp_path: Path,
) -> None:
    young, old = tmp_path / ".staging-a.lock", tmp_path / ".staging-b.lock"
    for path in (young, old):
        path.touch()
    os.utime(old, (1, 1))
    with FileLock(tmp_path / ".staging-c.lock"):
        os.utime(tmp_path / ".staging-c.lock", (1, 1))
        assert heal(tmp_path) == ()
        assert young.exists()
        assert not old.exists()
        assert (tmp_path / ".staging-c.lock").exists()


def test_unfinished_files_are_removed_once_they_are_old(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    pushed_once(pushed, tmp_path)
    old = pushed / "ledger" / ".000000000002.json.17.0123abcd"
    new = pushed / "ledger/versions" / ".1234.17.0123abcd"
    for path in (old, new):
        path.write_text("{")
    os.utime(old, (time.time() - 7200,) * 2)
    assert heal(pushed) == ("removed 1 unfinished file of the ledger",)
    assert not old.exists()
    assert new.exists()
    assert len(Ledger(pushed).events()) == 1


def test_versions_that_the_ledger_does_not_know_are_told(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    small_model(pushed / "12")
    version = pushed_once(pushed, tmp_path).version
    assert heal(pushed) == ()
    small_model(pushed / str(version + 1))
    half = small_model(pushed / str(version + 2))
    (half / "saved_model.pb").write_bytes(GRAPH[:-1])
    said = heal(pushed)
    assert f"tidegate models promote {version + 1}" in said[0]
    assert "not whole" in said[1]
    assert len(said) == 2


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"format_version": 2}'])
def test_a_damaged_event_is_refused_loudly(
    content: bytes | None, pushed: str, tmp_path: Path
) -> None:
    for _ in range(3):
        pushed_once(pushed, tmp_path)
    place = destination_of(pushed).ledger()
    remove_at(pushed, "ledger/000000000002.json")
    if content is not None:
        place.replace("000000000002.json", content)
    with pytest.raises(ComponentError, match="event of the ledger") as caught:
        heal(pushed)
    assert "000000000002.json" in str(caught.value.where)
    with pytest.raises(ComponentError):
        newest_version(pushed)
    with pytest.raises(ComponentError):
        pushed_once(pushed, tmp_path)
    remove_at(pushed, "ledger/000000000001.json")
    with pytest.raises((ComponentError, Problems)):
        Ledger(pushed).events()


@pytest.mark.parametrize(
    ("changes", "where", "got"),
    [
        ({"kind": "psuh"}, "kind", "Input should be 'push'"),
        ({"model": {"digest": "x"}}, "model.files", "Field required"),
        ({"version": 0}, "version", "greater than or equal to 1"),
    ],
)
def test_a_damaged_event_is_told_by_its_first_fault(
    changes: dict[str, object], where: str, got: str, tmp_path: Path
) -> None:
    path = tmp_path / "pushed/ledger/000000000001.json"
    pushed_once(tmp_path / "pushed", tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(ComponentError) as caught:
        Ledger(tmp_path / "pushed").state()
    assert str(caught.value.got).startswith(f"{where}: ")
    assert got in str(caught.value.got)


def test_an_event_of_a_newer_tidegate_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "pushed/ledger/000000000001.json"
    pushed_once(tmp_path / "pushed", tmp_path)
    newer = {"format_version": 2, "colour": "blue"}
    path.write_text(json.dumps({**json.loads(path.read_text()), **newer}))
    with pytest.raises(ComponentError, match="by a newer Tidegate") as caught:
        Ledger(tmp_path / "pushed").state()
    assert "upgrade" in str(caught.value.fix)


def test_an_event_under_anothers_number_is_refused(pushed: str, tmp_path: Path) -> None:
    for _ in range(2):
        pushed_once(pushed, tmp_path)
    place = destination_of(pushed).ledger()
    place.replace("000000000002.json", place.read("000000000001.json"))
    with pytest.raises(ComponentError, match="cannot be read"):
        Ledger(pushed).state()
