"""A push makes a version, whole or not at all, and the ledger says so."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.ledger.small_models import (
    BY,
    FILES,
    GRAPH,
    REASON,
    content_at,
    names_at,
    pushed_once,
    small_model,
)

from tidegate.errors import InfrastructureError, Problems, SecurityError, UsageError
from tidegate.ledger import claims, digests, pushing
from tidegate.ledger.claims import claimed, next_version
from tidegate.ledger.destination import destination_of
from tidegate.ledger.digests import digest_of, model_digest
from tidegate.ledger.events import CanaryShare, FileDigest, Provenance
from tidegate.ledger.folders import versions_there
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.points import watched
from tidegate.ledger.pushing import push
from tidegate.places import Place


def test_a_push_makes_the_version_the_champion(pushed: str, tmp_path: Path) -> None:
    model = small_model(tmp_path / "model")
    provenance = Provenance(pipeline="flights", metrics={"auc": 0.75})
    before = int(time.time())
    event = push(model, pushed, provenance, by=BY, reason=REASON, run="r1")
    assert before <= event.version <= time.time()
    assert (event.number, event.kind, event.run) == (1, "push", "r1")
    assert (event.by, event.reason) == (BY, REASON)
    for name, content in FILES.items():
        assert content_at(pushed, f"{event.version}/{name}") == content
    assert event.model is not None
    assert event.model.provenance == provenance
    assert event.model.files["saved_model.pb"] == FileDigest(
        size=len(GRAPH), sha256=hashlib.sha256(GRAPH).hexdigest()
    )
    assert event.model.digest == digest_of(model).digest
    state = Ledger(pushed).state()
    assert state.champion == event.version
    assert Ledger(pushed).events() == (event,)
    pointer = json.loads(content_at(pushed, "ledger/champion.json"))
    assert pointer["champion"] == event.version
    assert pointer["digest"] == event.model.digest
    config = content_at(pushed, "ledger/models.config").decode()
    assert f"versions: {event.version}\n" in config
    assert 'name: "flights"' in config


def test_nothing_is_left_of_the_staging(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    event = pushed_once(pushed, tmp_path)
    assert {one.name for one in pushed.iterdir()} == {str(event.version), "ledger"}
    left = {one.name for one in (pushed / "ledger").iterdir()} - {".pointer.lock"}
    assert left == {"000000000001.json", "champion.json", "models.config", "versions"}


def test_versions_are_never_skipped_nor_used_twice(pushed: str, tmp_path: Path) -> None:
    versions = [pushed_once(pushed, tmp_path).version for _ in range(4)]
    assert versions == sorted(set(versions))
    assert Ledger(pushed).state().champions == tuple(versions)


@pytest.mark.parametrize(
    ("now", "used", "expected"),
    [(100, (), 100), (100, (7,), 100), (100, (100,), 101), (100, (250, 3), 251)],
)
def test_a_version_is_now_or_one_more_than_the_last(
    now: int, used: tuple[int, ...], expected: int
) -> None:
    assert next_version(now, used) == expected


def test_folders_of_other_pushers_count_for_the_number(
    pushed: str, tmp_path: Path
) -> None:
    far = 3_000_000_000
    small_model(tmp_path / "pushed" / str(far))
    assert pushed_once(tmp_path / "pushed", tmp_path).version == far + 1


@pytest.mark.parametrize("pushers", [2, 8])
def test_pushes_at_once_become_versions_of_their_own(
    pushers: int, pushed: str, tmp_path: Path
) -> None:
    models = [small_model(tmp_path / str(one), str(one)) for one in range(pushers)]
    ready = threading.Barrier(pushers)

    def one(model: Path) -> int:
        ready.wait()
        return push(model, pushed, Provenance(), by=BY, reason=REASON).version

    with ThreadPoolExecutor(pushers) as pool:
        versions = list(pool.map(one, models))
    assert len(set(versions)) == pushers
    state = Ledger(pushed).state()
    assert set(state.champions) == set(versions)
    assert state.last == pushers
    for mark, version in enumerate(versions):
        words = content_at(pushed, f"{version}/assets/words.txt")
        assert words == b"a\n" + str(mark).encode()
    pointer = json.loads(content_at(pushed, "ledger/champion.json"))
    assert (pointer["champion"], pointer["event"]) == (state.champion, pushers)


def test_a_folder_that_appears_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = tmp_path / "pushed"
    taken: list[int] = []

    def other_pusher(name: str) -> None:
        if name == "push.claimed" and not taken:
            version = max(int(one.name) for one in pushed.glob("ledger/versions/*"))
            taken.append(version)
            small_model(pushed / str(version), "another's")

    with watched(other_pusher):
        event = pushed_once(pushed, tmp_path)
    assert event.version > taken[0]
    words = (pushed / str(taken[0]) / "assets/words.txt").read_bytes()
    assert words == b"a\nanother's"


@pytest.mark.parametrize(
    ("becomes", "champion_is_first", "canary"),
    [("champion", False, None), ("canary", True, 25), ("none", True, None)],
)
def test_a_version_becomes_what_is_asked_for(
    becomes: pushing.Becomes,
    champion_is_first: bool,
    canary: int | None,
    pushed: str,
    tmp_path: Path,
) -> None:
    first = pushed_once(pushed, tmp_path)
    second = pushed_once(pushed, tmp_path, becomes=becomes, percent=25)
    state = Ledger(pushed).state()
    assert state.champion == (first if champion_is_first else second).version
    share = CanaryShare(version=second.version, percent=25)
    assert state.canary == (share if canary else None)


def test_the_first_version_is_the_champion_rather_than_a_canary_of_nothing(
    pushed: str, tmp_path: Path
) -> None:
    event = pushed_once(pushed, tmp_path, becomes="canary")
    assert (event.champion, event.canary) == (event.version, None)


def test_a_version_that_is_to_be_nothing_leaves_no_champion(
    pushed: str, tmp_path: Path
) -> None:
    assert pushed_once(pushed, tmp_path, becomes="none").champion is None
    assert json.loads(content_at(pushed, "ledger/champion.json"))["champion"] is None


@pytest.mark.parametrize(
    "name", ["saved_model.pb", "variables/variables.index", "variables"]
)
def test_a_model_that_is_not_whole_is_refused(
    name: str, pushed: str, tmp_path: Path
) -> None:
    model = small_model(tmp_path / "model")
    if name == "variables":
        (model / "saved_model.pb").write_bytes(GRAPH[:-1])
    else:
        (model / name).unlink()
    with pytest.raises(UsageError, match="whole SavedModel"):
        push(model, pushed, Provenance(), by=BY, reason=REASON)
    assert names_at(pushed) == set()


def test_a_model_artifact_is_taken_for_the_model_in_it(tmp_path: Path) -> None:
    small_model(tmp_path / "artifact" / "Format-Serving")
    event = push(
        tmp_path / "artifact", tmp_path / "to", Provenance(), by=BY, reason=REASON
    )
    assert event.model is not None
    assert set(event.model.files) == set(FILES)


def test_a_link_is_refused(pushed: str, tmp_path: Path) -> None:
    model = small_model(tmp_path / "model")
    secret = tmp_path / "secret"
    secret.write_text("x")
    (model / "assets/more").symlink_to(secret)
    with pytest.raises(SecurityError, match="files and folders"):
        push(model, pushed, Provenance(), by=BY, reason=REASON)
    assert names_at(pushed) == set()


def test_nobody_pushes_without_a_name_and_a_reason(pushed: str, tmp_path: Path) -> None:
    model = small_model(tmp_path / "model")
    with pytest.raises(Problems) as caught:
        push(model, pushed, Provenance(), by=" ", reason="")
    assert len(caught.value.errors) == 2
    with pytest.raises(UsageError, match="share"):
        push(
            model,
            pushed,
            Provenance(),
            by=BY,
            reason=REASON,
            becomes="canary",
            percent=100,
        )


def test_a_model_that_changes_meanwhile_is_not_pushed(
    pushed: str, tmp_path: Path
) -> None:
    model = small_model(tmp_path / "model")

    def write(name: str) -> None:
        if name in ("push.copying", "push.claimed"):
            for path in model.glob("*/*"):
                path.write_bytes(path.read_bytes() + b"+")

    with (
        watched(write),
        pytest.raises(InfrastructureError, match="changed while it was"),
    ):
        push(model, pushed, Provenance(), by=BY, reason=REASON)
    assert Ledger(pushed).events() == ()
    assert not {one for one in names_at(pushed) if not one.startswith("ledger")}


@pytest.mark.parametrize("stage", ["write", "fsync", "rename"])
def test_a_full_disk_publishes_nothing(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = tmp_path / "pushed"
    first = pushed_once(pushed, tmp_path)
    served = (pushed / "ledger/champion.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": (digests, "_hashed")}.get(stage, (os, stage))
    with monkeypatch.context() as patch:
        patch.setattr(*target, full)
        with pytest.raises(InfrastructureError, match="no room"):
            pushed_once(pushed, tmp_path)
    assert (pushed / "ledger/champion.json").read_bytes() == served
    assert not list(pushed.glob(".staging-*"))
    assert Ledger(pushed).state().champion == first.version
    assert pushed_once(pushed, tmp_path).number == 2


def test_all_is_on_the_disk_before_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[str] = set()
    renamed: list[set[str]] = []
    rename = os.rename

    def sync(handle: int) -> None:
        synced.add(os.readlink(f"/proc/self/fd/{handle}"))

    def published(source: Path, target: Path) -> None:
        within = f"{source}/"
        renamed.append({one.removeprefix(within) for one in synced if within in one})
        assert str(source) in synced
        rename(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "rename", published)
    pushed_once(tmp_path / "pushed", tmp_path)
    assert renamed == [{*FILES, "variables", "assets"}]
    assert str(tmp_path / "pushed") in synced


def test_a_version_that_the_ledger_cannot_be_told_of_is_taken_back(
    pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pushed_once(pushed, tmp_path)
    place = type(destination_of(pushed).ledger())
    create = place.create

    def full(self: Place, name: str, content: bytes) -> bool:
        if name.endswith(".json"):
            raise InfrastructureError("there is no room left to write to")
        return create(self, name, content)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(place, "create", full)
        with pytest.raises(InfrastructureError, match="no room"):
            pushed_once(pushed, tmp_path)
    assert versions_there(destination_of(pushed)) == (first.version,)
    assert not [one for one in names_at(pushed) if one.startswith(".")]


def test_a_version_whose_event_was_written_without_an_answer_stays(
    pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = type(destination_of(pushed).ledger())
    create = place.create

    def unanswered(self: Place, name: str, content: bytes) -> bool:
        made = create(self, name, content)  # type: ignore[arg-type]
        if name.endswith(".json"):
            raise InfrastructureError("no answer")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(place, "create", unanswered)
        with pytest.raises(InfrastructureError, match="no answer"):
            pushed_once(pushed, tmp_path)
    state = Ledger(pushed).state()
    assert versions_there(destination_of(pushed)) == (state.champion,)


def test_a_store_that_breaks_keeps_nothing_of_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    pushed = "memory://breaks/pushed"
    store = fsspec.filesystem("memory")
    whole = type(store).put_file

    def broken(self: object, here: str, there: str, **more: object) -> None:
        if there.endswith("saved_model.pb"):
            raise ConnectionError("gone")
        whole(self, here, there, **more)

    monkeypatch.setattr(type(store), "put_file", broken)
    with pytest.raises(InfrastructureError, match="did not answer"):
        pushed_once(pushed, tmp_path)
    assert {one.split("/")[0] for one in names_at(pushed)} == {"ledger"}
    assert Ledger(pushed).events() == ()
    store.rm("/breaks", recursive=True)


def test_the_graph_is_uploaded_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    whole, order = type(store).put_file, []

    def told(self: object, here: str, there: str, **more: object) -> None:
        order.append(there)
        whole(self, here, there, **more)

    monkeypatch.setattr(type(store), "put_file", told)
    pushed_once("memory://last/pushed", tmp_path)
    assert len(order) == len(FILES)
    assert order[-1].endswith("/saved_model.pb")
    store.rm("/last", recursive=True)


def test_a_claim_says_what_is_pushed(pushed: str, tmp_path: Path) -> None:
    provenance = Provenance(pipeline="flights")
    event = pushed_once(pushed, tmp_path, run="r7", provenance=provenance)
    said = claimed(destination_of(pushed), event.version)
    assert said is not None
    assert (said.by, said.reason, said.run) == (BY, REASON, "r7")
    assert event.model is not None
    assert (said.model.digest, said.model.provenance) == (
        event.model.digest,
        provenance,
    )
    assert claimed(destination_of(pushed), 5) is None


def test_a_claim_is_lost_to_who_came_first(
    pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims.time, "time", lambda: 1000.0)
    place = destination_of(pushed).claims()
    names = type(place).names
    hidden = iter([True])

    def blind(self: object) -> list[str]:
        # As when another claims it between the look and the claim.
        found = names(self)  # type: ignore[arg-type]
        return [] if next(hidden, False) else found

    place.create("1000", b"another's")
    model = digest_of(small_model(tmp_path / "model"))
    monkeypatch.setattr(type(place), "names", blind)
    got = claims.claim(destination_of(pushed), model, by=BY, reason=REASON, run=None)
    assert got == 1001
    assert place.read("1000") == b"another's"


def test_the_models_digest_is_over_names_sizes_and_contents(tmp_path: Path) -> None:
    one = digest_of(small_model(tmp_path / "one"))
    again = digest_of(small_model(tmp_path / "again"))
    assert one == again
    renamed = {name.replace("words", "wörds"): d for name, d in one.files.items()}
    assert model_digest(renamed) != one.digest
    backwards = dict(reversed(list(one.files.items())))
    assert model_digest(backwards) == one.digest
    file = one.files["assets/words.txt"]
    line = f"16:assets/words.txt {file.size} {file.sha256}\n".encode()
    expected = hashlib.sha256(line).hexdigest()
    assert model_digest({"assets/words.txt": file}) == expected


def test_empty_folders_of_a_model_are_kept_in_a_folder(tmp_path: Path) -> None:
    model = small_model(tmp_path / "model")
    shutil.rmtree(model / "assets")
    (model / "assets").mkdir()
    event = push(model, tmp_path / "to", Provenance(), by=BY, reason=REASON)
    assert (tmp_path / "to" / str(event.version) / "assets").is_dir()


def test_progress_is_told_in_bytes(pushed: str, tmp_path: Path) -> None:
    model, told = small_model(tmp_path / "model"), list[tuple[int, int]]()
    push(
        model,
        pushed,
        Provenance(),
        by=BY,
        reason=REASON,
        tell=lambda done, total: told.append((done, total)),
    )
    size = sum(map(len, FILES.values()))
    assert told[-1] == (size, size)
