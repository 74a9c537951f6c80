"""The code that made a model."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import tidegate
from tidegate.pusher.code import code_record
from tidegate.pusher.environment import environment_record


def git(folder: Path, *words: str) -> str:
    """What git says, as nobody in particular."""
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """The pipeline.py of a project with git."""
    file = tmp_path / "flights" / "pipeline.py"
    file.parent.mkdir()
    file.write_text("nodes = []\n")
    (tmp_path / "flights" / "user_code").mkdir()
    (tmp_path / "flights" / "user_code" / "train.py").write_text("epochs = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    return file


def test_the_commit_is_that_of_the_pipelines_git(pipeline: Path) -> None:
    found = code_record(str(pipeline), {})
    assert found.commit == git(pipeline.parent, "rev-parse", "HEAD")
    assert found.dirty is False
    assert found.tidegate == tidegate.__version__


def test_changed_files_are_told(pipeline: Path) -> None:
    pipeline.write_text("nodes = [1]\n")
    assert code_record(str(pipeline), {}).dirty is True


def test_files_that_git_does_not_know_are_no_change(pipeline: Path) -> None:
    (pipeline.parent / "notes.txt").write_text("x")
    assert code_record(str(pipeline), {}).dirty is False


def test_an_image_says_its_commit_itself(pipeline: Path) -> None:
    found = code_record(str(pipeline), {"TIDEGATE_CODE_VERSION": "abc"})
    assert (found.commit, found.dirty) == ("abc", None)


def test_there_may_be_no_git(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.py"
    file.write_text("")
    found = code_record(str(file), {})
    assert (found.commit, found.dirty) == (None, None)
    assert found.digest is not None


def test_git_may_not_be_installed(
    pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(pipeline.parent))
    assert code_record(str(pipeline), {}).commit is None


def test_the_digest_is_over_all_python_files(pipeline: Path) -> None:
    before = code_record(str(pipeline), {}).digest
    (pipeline.parent / "data.csv").write_text("x")
    cached = pipeline.parent / "__pycache__"
    cached.mkdir()
    (cached / "pipeline.py").write_text("x")
    hidden = pipeline.parent / ".venv"
    hidden.mkdir()
    (hidden / "x.py").write_text("x")
    assert code_record(str(pipeline), {}).digest == before
    (pipeline.parent / "user_code" / "train.py").write_text("epochs = 2\n")
    assert code_record(str(pipeline), {}).digest != before


def test_the_name_of_a_file_counts(pipeline: Path) -> None:
    before = code_record(str(pipeline), {}).digest
    train = pipeline.parent / "user_code" / "train.py"
    train.rename(train.with_name("training.py"))
    assert code_record(str(pipeline), {}).digest != before


def test_without_a_folder_there_is_no_digest() -> None:
    assert code_record(None, {}).digest is None


def test_the_environment_is_what_decides_the_result() -> None:
    found = environment_record({"TIDEGATE_IMAGE": "registry.example/t@sha256:0"})
    assert found.image == "registry.example/t@sha256:0"
    assert {"numpy", "pyarrow", "tensorflow", "tfx"} <= set(found.packages)
    assert found.python.count(".") == 2
    assert environment_record({}).image is None
