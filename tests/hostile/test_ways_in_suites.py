"""Hostile suites, rules and schemas end with a place and an exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.hostile.command import Ended, tidegate
from tests.hostile.suites import DATA, SCHEMAS, SUITES, Written

LONGEST = 100_000


def room(written: Written, folder: Path, name: str) -> Path:
    """A folder with the file, the data, and things that it might reach for."""
    (folder / "outside.py").write_text("def f(t): return [False] * t.num_rows\n")
    inside = folder / "suite"
    inside.mkdir()
    (inside / "in.csv").write_bytes(DATA)
    (inside / "link.py").symlink_to(folder / "outside.py")
    (inside / "folder.py").mkdir()
    os.mkfifo(inside / "pipe.py")
    for beside, content in written.files.items():
        (inside / beside).write_bytes(content)
    (inside / name).write_bytes(written.content)
    return inside


def ends(written: Written, ended: Ended, code: int) -> None:
    ended.demand_no_break()
    assert ended.code == code, ended.text
    assert len(ended.text) < LONGEST
    shown = ended.text.replace("\n", "")
    assert all(sign.isprintable() for sign in shown)
    if code:
        assert written.says in ended.text, ended.text


@pytest.mark.parametrize("written", SUITES, ids=lambda written: written.name)
def test_a_hostile_suite_is_refused_or_fails(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = room(written, tmp_path, "s.yaml")
    monkeypatch.chdir(inside)
    before = set(inside.rglob("*")) - set(inside.rglob("__pycache__*"))
    lint = written.code if written.lint is None else written.lint
    ends(written, tidegate("tests", "lint", "s.yaml"), lint)
    json = ["--json"] if written.code in (0, 1) else []
    ended = tidegate("check", "in.csv", "--tests", "s.yaml", *json)
    if json:
        ended.demand_no_break()
        assert ended.code == written.code, ended.text
        assert written.says in ended.text
        assert ended.json["rows"] == 3
    else:
        ends(written, ended, written.code)
    assert set(inside.rglob("*")) == before, "it wrote something"


@pytest.mark.parametrize("written", SCHEMAS, ids=lambda written: written.name)
def test_a_hostile_schema_is_refused_or_fails(written: Written, tmp_path: Path) -> None:
    inside = room(written, tmp_path, "s.pbtxt")
    schema = str(inside / "s.pbtxt")
    ended = tidegate("check", str(inside / "in.csv"), "--schema", schema)
    ends(written, ended, written.code)


def test_names_are_unique() -> None:
    for corpus in (SUITES, SCHEMAS):
        names = [written.name for written in corpus]
        assert len(set(names)) == len(names)


def test_every_fault_of_a_suite_is_told_at_once(tmp_path: Path) -> None:
    written = next(one for one in SUITES if one.name == "several faults")
    inside = room(written, tmp_path, "s.yaml")
    text = tidegate("tests", "lint", str(inside / "s.yaml")).text
    assert all(f"s.yaml:{line}: " in text for line in (3, 4, 5)), text


@pytest.mark.parametrize("content", ["not YAML: [", "dataset: x\ntests: 5\n"])
def test_lint_tells_the_faults_of_all_suites(tmp_path: Path, content: str) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(content)
    ended = tidegate(
        "tests", "lint", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    )
    assert ended.code == 2
    assert "a.yaml:" in ended.err
    assert "b.yaml:" in ended.err
