"""A private repository's plan: against what the build of main kept for it."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from tests.delivery.git_checkouts import committed, compiled_text, git
from tests.delivery.stand_in_bucket import Bucket, serving

from delivery import base as bases
from delivery import main_specs
from delivery import plan as plans
from delivery.errors import DeliveryError
from delivery.stores import FolderStore

IMAGE = f"europe-docker.pkg.dev/project/pipelines/tidegate@sha256:{64 * 'a'}"
BASE = "origin/main"
# Later than newer_on_main.
NOW = datetime(2050, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def private(compiled: Path, tmp_path: Path) -> Path:
    """A build that may not fetch."""
    git(compiled, "remote", "set-url", "origin", f"file://{tmp_path}/private.git")
    return compiled


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where main keeps its specs."""
    return tmp_path / "kept"


def keep(folder: Path, origin: Path, commit: str, branch: str = "main") -> str:
    """Keeps what a commit of the origin would have been compiled to."""
    said = git(origin, "show", f"{commit}:file")
    whole = git(origin, "rev-parse", commit)
    made = main_specs.MainSpecs(
        whole, IMAGE, {"a.prod.yaml": compiled_text(said, IMAGE)}
    )
    name = f"{branch}/{bases.time_of(origin, whole)}-{whole}.json"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(made.text)
    return whole


def plan_of(root: Path, kept: object) -> str:
    return plans.make_plan(root, BASE, {"MAIN_SPECS": str(kept)}, NOW)


def test_plan_is_against_the_commit_that_the_branch_is_made_from(
    private: Path, origin: Path, kept: Path
) -> None:
    commit = keep(kept, origin, "main")
    text = plan_of(private, kept)
    assert "1 compiled specs of 1 would change" in text.replace("spec ", "specs ")
    assert "small-second" in text
    assert "small-third" in text
    assert f"`origin/main` at {commit[:12]} of 20" in text
    assert " UTC, " in text
    assert "its merge base" in text
    assert f"{kept}/main/" in text
    assert "sha256" not in text
    assert "ot compared" not in text


def test_what_main_built_since_is_left_out_and_counted(
    private: Path, origin: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = keep(kept, origin, "main")
    newer_on_main(origin, monkeypatch)
    keep(kept, origin, "main")
    text = plan_of(private, kept)
    assert base[:12] in text
    assert "Main has 1 newer build" in text
    assert "newer-on-main" not in text


def newer_on_main(origin: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit of main that the change is not made from."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z")
    git(origin, "checkout", "--quiet", "main")
    return committed(origin, "newer-on-main")


def test_newest_of_main_does_where_nothing_older_is_known(
    private: Path, origin: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keep(kept, origin, "main~1")
    newest = newer_on_main(origin, monkeypatch)
    keep(kept, origin, "main")
    text = plan_of(private, kept)
    assert first[:12] not in text
    assert f"at {newest[:12]} of 2040-01-01 00:00 UTC" in text
    assert "the newest that main has built" in text
    assert "cannot be known" in text
    assert "newer-on-main" in text


def test_older_commit_that_was_built_last_is_not_the_newest(
    private: Path, origin: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = newer_on_main(origin, monkeypatch)
    keep(kept, origin, "main")
    keep(kept, origin, "main~2")
    assert newest[:12] in plan_of(private, kept)


def of_the_future(kept: Path) -> str:
    """Something that is dated later than now, as a clock that is ahead does it."""
    file = kept / "main" / f"20900101T000000Z-{40 * 'f'}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("anything")
    return str(file)


def test_what_is_dated_in_the_future_is_passed_over_and_named(
    private: Path, origin: Path, kept: Path
) -> None:
    older = keep(kept, origin, "main~1")
    late = of_the_future(kept)
    text = plan_of(private, kept)
    assert f"at {older[:12]} of" in text
    assert f"Passed over, for its commit is dated in the future: {late}." in text
    assert "An owner of the project may remove it" in text


def test_nothing_but_the_future_is_nothing_to_compare_with(
    private: Path, kept: Path
) -> None:
    late = of_the_future(kept)
    text = plan_of(private, kept)
    assert "**Not compared:**" in text
    assert "no build of main has kept its specs" in text
    assert f"Passed over, for its commit is dated in the future: {late}." in text


def test_builds_of_other_branches_are_none_of_main(
    private: Path, origin: Path, kept: Path
) -> None:
    keep(kept, origin, "main", branch="release")
    keep(kept, origin, "main", branch=main_specs.folder_of("main/next"))
    text = plan_of(private, kept)
    assert "**Not compared:**" in text
    assert f"no build of main has kept its specs in {kept} yet" in text
    assert "push to main" in text


def test_git_comes_before_what_was_kept(
    compiled: Path, origin: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(kept, origin, "main")
    newest = newer_on_main(origin, monkeypatch)
    text = plan_of(compiled, kept)
    assert f"at {newest[:12]} of 2040-01-01 00:00 UTC" in text
    assert "the newest of it, not the merge base" in text
    assert str(kept) not in text


def test_without_a_place_to_look_at_nothing_is_compared_and_it_says_how(
    private: Path,
) -> None:
    text = plan_of(private, "")
    assert "**Not compared:**" in text
    assert "_MAIN_SPECS" in text
    assert "make plan BASE=origin/main" in text


def test_denied_read_is_told_with_its_fix_and_fails(
    private: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bucket = Bucket(listing=(403, b'{"error": {"message": "no storage.objects.list"}}'))
    with serving(bucket) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(DeliveryError, match="403 no storage") as raised:
            plan_of(private, "gs://acme-specs/here")
    assert raised.value.code == 4
    (fix,) = raised.value.lines
    assert "roles/storage.objectViewer on gs://acme-specs:" in fix
    page = (private / plans.PAGE).read_text()
    assert "**Not compared:**" in page
    assert fix in page
    assert "no storage.objects.list" in page


def test_plan_is_read_from_a_bucket(
    private: Path, origin: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(kept, origin, "main")
    (file,) = (kept / "main").iterdir()
    bucket = Bucket(objects={f"here/main/{file.name}": file.read_bytes()})
    with serving(bucket) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        text = plan_of(private, "gs://acme-specs/here")
    assert f"gs://acme-specs/here/main/{file.name}" in text
    assert "small-second" in text


def test_half_of_a_file_is_not_read(private: Path, origin: Path, kept: Path) -> None:
    keep(kept, origin, "main")
    (file,) = (kept / "main").iterdir()
    file.rename(file.with_name(f".{file.name}.77.abcd"))
    keep(kept, origin, "main~1")
    assert "small-first" in plan_of(private, kept)


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"form": 2}, 2, "merge main into this branch"),
        ({"commit": 40 * "0"}, 5, "is not what main writes there"),
        ({"specs": {}}, 5, "is not what main writes there"),
        ({"specs": {"../a.prod.yaml": "x"}}, 5, "is not what main writes there"),
        ({"specs": {"a.prod.yaml\n": "x"}}, 5, "is not what main writes there"),
        ({"specs": {"a.prod.yaml": 1}}, 5, "is not what main writes there"),
        ({"specs": None}, 5, "is not what main writes there"),
        ({"image": "tidegate:latest"}, 2, "not named by its digest"),
    ],
)
def test_file_of_another_kind_is_refused(
    private: Path,
    origin: Path,
    kept: Path,
    change: dict[str, object],
    code: int,
    told: str,
) -> None:
    keep(kept, origin, "main")
    (file,) = (kept / "main").iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(DeliveryError) as raised:
        plan_of(private, kept)
    assert raised.value.code == code
    assert told in " ".join((raised.value.message, *raised.value.lines))
    assert "**Not compared:**" in (private / plans.PAGE).read_text()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null", b"3"])
def test_file_that_is_no_specs_is_refused(
    private: Path, origin: Path, kept: Path, content: bytes
) -> None:
    keep(kept, origin, "main")
    (file,) = (kept / "main").iterdir()
    file.write_bytes(content)
    with pytest.raises(DeliveryError, match="is not what main writes"):
        plan_of(private, kept)


@pytest.mark.parametrize("branch", ["main", "release/1.x", "a b#c", "ä"])
def test_branch_may_have_any_name(
    private: Path, origin: Path, kept: Path, branch: str
) -> None:
    keep(kept, origin, "main", branch=main_specs.folder_of(branch))
    assert [path.parent for path in kept.glob("**/*.json")] == [
        kept / main_specs.folder_of(branch)
    ]
    assert len(main_specs.kept(FolderStore(kept), branch)) == 1


def test_history_that_is_cut_off_still_names_the_parent(
    build: Path, origin: Path
) -> None:
    assert bases.ancestors(build) == [
        git(origin, "rev-parse", "change"),
        git(origin, "rev-parse", "main"),
    ]


def test_whole_history_is_known_to_its_beginning(origin: Path) -> None:
    wanted = git(origin, "rev-list", "change").split()
    assert bases.ancestors(origin) == wanted
    assert len(wanted) == 3


def test_clock_may_be_wrong_by_any_time(
    origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@999999999999 +0000")
    commit = committed(origin, "from a clock that is broken")
    assert bases.time_of(origin, commit) == "99991231T235959Z"
