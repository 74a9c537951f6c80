"""A pull request's plan: against another commit, as Markdown, never too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from tests.delivery.git_checkouts import GOLDEN, committed, git

from delivery import base as bases
from delivery import plan as plans
from delivery.errors import DeliveryError
from delivery.plan_page import Against, Compared, cut, page, word_for
from delivery.specs import PLACEHOLDER, Outcome
from tidegate.runners.kubeflow.planning import plan, read

TIME = "20261122T051000Z"
NOW = datetime(2050, 1, 1, tzinfo=timezone.utc)
MAIN = Against("origin/main", 40 * "a", TIME)


def test_main_is_fetched_without_its_history(origin: Path, build: Path) -> None:
    commit = bases.commit_of(build, "origin/main")
    assert commit == git(origin, "rev-parse", "main")
    assert git(build, "rev-list", "--count", "origin/main") == "1"


def test_main_is_fetched_anew(origin: Path, build: Path) -> None:
    before = bases.commit_of(build, "origin/main")
    git(origin, "checkout", "--quiet", "main")
    committed(origin, "fourth")
    assert bases.commit_of(build, "origin/main") != before


def test_main_that_was_fetched_before_does_where_the_remote_is_gone(
    origin: Path, build: Path
) -> None:
    commit = bases.commit_of(build, "origin/main")
    origin.rename(origin.with_name("gone"))
    assert bases.commit_of(build, "origin/main") == commit


def test_remote_that_cannot_be_reached_is_told(origin: Path, build: Path) -> None:
    origin.rename(origin.with_name("gone"))
    with pytest.raises(DeliveryError, match="origin/main cannot be fetched") as raised:
        bases.commit_of(build, "origin/main")
    assert raised.value.code == 4


def test_whole_clone_keeps_its_history(origin: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch=change", f"file://{origin}", str(clone))
    bases.commit_of(clone, "origin/main")
    assert not bases.shallow(clone)
    assert git(clone, "rev-list", "--count", "HEAD") == "3"


def test_branch_that_git_does_not_find_is_a_mistake(build: Path) -> None:
    with pytest.raises(DeliveryError, match="no commit called") as raised:
        bases.commit_of(build, "origin/mian")
    assert raised.value.code == 2


@pytest.mark.parametrize("way", ["shallow", "whole", "cut"])
@pytest.mark.parametrize("behind", [False, True])
def test_branch_that_is_behind_is_known(
    origin: Path, build: Path, way: str, behind: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if behind:
        git(origin, "checkout", "--quiet", "main")
        committed(origin, "newer")
    if way == "whole":
        git(build, "fetch", "--quiet", "--unshallow")
    commit = bases.commit_of(build, "origin/main")
    if way == "cut":
        origin.rename(origin.with_name("gone"))
        assert bases.holds(build, "origin/main", commit) is None
    else:
        assert bases.holds(build, "origin/main", commit) is not behind


def test_page_says_that_a_branch_is_behind() -> None:
    same = plan(read(GOLDEN), read(GOLDEN))
    compared = [Compared("a.yaml", same, word_for(same))]
    told = {
        holds: page(compared, Against("origin/main", 40 * "a", TIME, holds))
        for holds in (True, False, None)
    }
    assert "is behind its base" in told[False]
    assert "cannot be known" in told[None]
    assert "behind" not in told[True]
    assert "cannot be known" not in told[True]


def test_name_that_git_does_not_know_is_told(build: Path) -> None:
    with pytest.raises(DeliveryError, match="no commit called 'release'") as raised:
        bases.commit_of(build, "release")
    assert "origin" in " ".join(raised.value.lines)
    assert raised.value.code == 2


def test_base_lies_beside_the_checkout_and_is_gone_after(build: Path) -> None:
    commit = bases.commit_of(build, "origin/main")
    with bases.checked_out(build, commit) as folder:
        assert (folder / "file").read_text() == "second"
        assert (folder / ".git").exists()
    assert not folder.exists()
    assert git(build, "worktree", "list").count("\n") == 0
    assert (build / "file").read_text() == "third"


@pytest.fixture
def specs(tmp_path: Path) -> tuple[Path, Path]:
    """Specs of a base, and of a change to it."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    text = GOLDEN.read_text()
    for folder, name in ((old, "a"), (new, "a"), (old, "b"), (new, "b"), (new, "c")):
        (folder / f"{name}.prod.yaml").write_text(text)
    image = next(line for line in text.splitlines() if "image: " in line)
    (new / "b.prod.yaml").write_text(text.replace(image, f"{image}0"))
    return old, new


def test_each_spec_is_told_what_happens_to_it(specs: tuple[Path, Path]) -> None:
    old, new = specs
    (new / "e.prod.yaml").write_bytes((new / "a.prod.yaml").read_bytes())
    outcomes = {
        **{f"{one}.prod.yaml": Outcome(f"{one}.prod.yaml", 0, "") for one in "abd"},
        "e.prod.yaml": Outcome("e.prod.yaml", 2, "✗ no way"),
    }
    found = {one.file[0]: one for one in plans.compare(old, new, outcomes)}
    words = {name: one.word for name, one in found.items()}
    assert words["a"] == "the same"
    assert "change" in words["b"]
    assert (words["c"], words["d"]) == ("new", "removed")
    assert words["e"] == "new: the base has none that compiles"
    assert [name for name, one in found.items() if one.changes] == list("bcde")
    text = page(list(found.values()), MAIN)
    assert "4 compiled specs of 5 would change" in text
    assert "✗ no way" in text
    assert "image" in text.split("### b.prod.yaml")[1]
    assert "### a.prod.yaml" not in text


def test_spec_that_cannot_be_read_is_no_reason_to_fail(
    specs: tuple[Path, Path],
) -> None:
    old, new = specs
    (old / "a.prod.yaml").write_text("[")
    outcomes = {"a.prod.yaml": Outcome("a.prod.yaml", 0, "")}
    found = {one.file: one for one in plans.compare(old, new, outcomes)}
    assert found["a.prod.yaml"].word == "not compared"


def test_nothing_that_changes_is_said_in_a_sentence() -> None:
    same = plan(read(GOLDEN), read(GOLDEN))
    text = page([Compared("a.yaml", same, word_for(same))], MAIN)
    assert "Nothing changes in any compiled spec" in text
    assert "###" not in text


def test_values_cannot_leave_their_block() -> None:
    why = "```\n# not a heading\n````"
    text = page(
        [Compared("a.yaml", None, "not compared", why)], replace(MAIN, name="b`c")
    )
    assert "`````\n```\n# not a heading\n````\n`````" in text
    assert "`bc`" in text


def test_long_page_is_cut_at_a_line_and_says_so() -> None:
    lines = [f"  ~ step-{number} changes … somehow" for number in range(5_000)]
    compared = [Compared("a.yaml", None, "not compared", "\n".join(lines))]
    text = page(compared, MAIN)
    short = cut(text, 50_000, "the log of this step")
    assert 49_000 < len(short.encode()) <= 50_000
    assert short.endswith("All of it: the log of this step**\n")
    assert "Cut here" in short
    kept = short.splitlines()
    assert kept.count("```") == 2
    assert kept[kept.index("```") + 1 :][0] == lines[0]
    assert cut(text, 10**9, "") == text


def test_page_goes_wherever_a_summary_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, summary = tmp_path / "builder", tmp_path / "summary.md"
    output.mkdir()
    summary.write_text("before\n")
    text = "## Plan\n" + 60_000 * "x" + "\n"
    variables = {"BUILDER_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    plans.publish(text, tmp_path, variables)
    assert (tmp_path / "build" / "plan.md").read_text() == text
    assert summary.read_text() == f"before\n{text}"
    assert len((output / "output").read_bytes()) <= 50_000
    assert text in capsys.readouterr().out


def test_base_is_compiled_by_its_own_sources(compiled: Path) -> None:
    text = plans.make_plan(compiled, "origin/main", {}, NOW)
    assert "of 1 would change" in text
    assert "small-second" in text
    assert "small-third" in text


@pytest.mark.parametrize("how", ["refuses", "asks", "none"])
def test_origin_that_cannot_be_read_is_told_and_fails_nothing(
    compiled: Path, tmp_path: Path, how: str
) -> None:
    """As of a private repository, whose builds have no credentials."""
    if how == "none":
        git(compiled, "remote", "remove", "origin")
    elif how == "refuses":
        git(compiled, "remote", "set-url", "origin", f"file://{tmp_path}/private.git")
    else:
        git(compiled, "remote", "set-url", "origin", "https://localhost:9/private.git")
    summary = tmp_path / "summary.md"
    output = tmp_path / "builder"
    output.mkdir()
    told = {"GITHUB_STEP_SUMMARY": str(summary), "BUILDER_OUTPUT": str(output)}
    text = plans.make_plan(compiled, "origin/main", told, NOW)
    assert "**Not compared:** `origin/main` cannot be read" in text
    assert "make plan BASE=origin/main" in text
    assert "would change" not in text
    assert summary.read_text() == text == (output / "output").read_text()
    assert (compiled / plans.PAGE).read_text() == text


def test_base_that_cannot_be_compiled_is_told_and_fails_nothing(
    compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.compile_all(compiled, PLACEHOLDER)

    def broken(*_: object) -> list[Outcome]:
        raise DeliveryError("the pipelines in /tmp/base cannot be compiled at all")

    monkeypatch.setattr(plans, "compile_into", broken)
    monkeypatch.setattr(plans, "compiled_for_a_plan", lambda root: True)
    text = plans.make_plan(compiled, "origin/main", {}, NOW)
    assert "not compared" in text
    assert "/tmp/base" not in text


def test_checkout_that_cannot_be_compiled_fails_the_plan(
    compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> list[Path]:
        raise DeliveryError("1 of 1 specs were refused", code=2)

    monkeypatch.setattr(plans, "compile_all", refused)
    with pytest.raises(DeliveryError, match="refused"):
        plans.make_plan(compiled, "origin/main", {}, NOW)
