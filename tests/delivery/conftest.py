"""What tests of the delivery start from: a repository, and a build of a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.delivery.git_checkouts import committed, compile_into, git

from delivery import plan as plans
from delivery.specs import SPECS


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for text in ("first", "second"):
        committed(folder, text)
    git(folder, "checkout", "--quiet", "-b", "change")
    committed(folder, "third")
    return folder


@pytest.fixture
def build(origin: Path, tmp_path: Path) -> Path:
    """As a build gets it: one commit of one branch, and no history."""
    folder = tmp_path / "workspace"
    words = ("clone", "--quiet", "--depth=1", "--single-branch", "--branch=change")
    git(tmp_path, *words, f"file://{origin}", str(folder))
    return folder


@pytest.fixture
def compiled(build: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build whose compiler writes a spec that holds the checkout's file."""
    monkeypatch.setattr(plans, "compile_into", compile_into)
    monkeypatch.setattr(
        plans,
        "compile_all",
        lambda root, image: compile_into(root / SPECS, root, image),
    )
    return build
