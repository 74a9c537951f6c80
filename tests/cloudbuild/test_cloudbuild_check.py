"""`python scripts/cloudbuild check`: its words, its JSON, its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cloudbuild.checkouts import change, write_checkout

from cloudbuild.checking import check
from cloudbuild.document import ROOT
from cloudbuild.rules import RULES


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/cloudbuild"), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_files_of_this_checkout_break_no_rule() -> None:
    assert [str(fault) for fault in check(ROOT)] == []


def test_fault_is_printed_with_place_and_fix(tmp_path: Path) -> None:
    change(write_checkout(tmp_path), "tag", "[promote,", "[promot,")
    done = run("check", "--root", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == "cloudbuild: 7 files, 1 faults\n"
    assert done.stderr == (
        "kubeflow/cloudbuild/tag.yaml:5: the Makefile has no target 'promot'"
        "  [make-target]\n    fix: write promote\n"
    )


def test_json_holds_the_same(tmp_path: Path) -> None:
    changed = change(write_checkout(tmp_path), "tag", "[promote,", "[promot,")
    done = run("check", "--root", str(tmp_path), "--json")
    assert json.loads(done.stdout)["faults"] == [
        {
            "path": changed.name,
            "line": changed.line,
            "message": "the Makefile has no target 'promot'",
            "fix": "write promote",
            "rule": "make-target",
        }
    ]


def test_only_named_files_are_told_of(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    change(tmp_path, "tag", "[promote,", "[promot,")
    other = tmp_path / "mine.yaml"
    other.write_text("steps: [{id: a, nam: b}]\n")
    assert {fault.path for fault in check(tmp_path, [other])} == {"mine.yaml"}
    assert check(tmp_path, [tmp_path / "cloudbuild.yaml"]) == []


@pytest.mark.parametrize("name", ["none.yaml", "none.tf"])
def test_file_that_is_not_there_is_a_fault(tmp_path: Path, name: str) -> None:
    (fault,) = check(write_checkout(tmp_path), [tmp_path / name])
    assert (fault.path, fault.line) == (name, 1)


def test_every_rule_has_a_name_and_a_promise() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(len(rule.promise) > 40 for rule in RULES)
