"""`tidegate compile`: what it says where its file cannot be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.cli import compile as command
from tidegate.errors import InfrastructureError, TidegateError, UsageError
from tidegate.report import model

ENVIRONMENT = "image: REGISTRY/x:1\n"


def compile_to(output: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The command, without a compiler, which needs TFX."""
    (folder / "kubeflow").mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "pipeline.py").touch()
    (folder / "config.yaml").write_text("name: small\ndata: s3://b/*.csv\n")
    (folder / "kubeflow" / "dev.yaml").write_text(ENVIRONMENT)
    told = SimpleNamespace(
        text=lambda suffix: "spec\n",
        name="small",
        target="kfp",
        nodes=(),
        parameters=(),
        findings=(),
    )
    monkeypatch.setattr(command, "_compiled", lambda *given: told)
    return command.compile_(folder, output=output)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, InfrastructureError), (errno.EROFS, UsageError)],
)
def test_a_file_that_cannot_be_written_after_all_is_told_of(
    number: int,
    kind: type[TidegateError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "spec.yaml"

    def full(path: Path, content: bytes) -> Any:
        raise OSError(number, os.strerror(number), str(path.with_name(".spec")))

    monkeypatch.setattr(model, "write_whole", full)
    with pytest.raises(kind):
        compile_to(output, tmp_path / "small", monkeypatch)


def test_nothing_but_the_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, output = tmp_path / "small", tmp_path / "specs" / "spec.yaml"
    assert compile_to(output, folder, monkeypatch) == 0
    assert output.read_text() == "spec\n"
    assert [one.name for one in output.parent.iterdir()] == ["spec.yaml"]
    assert sorted(one.name for one in folder.iterdir()) == [
        "__init__.py",
        "config.yaml",
        "kubeflow",
        "pipeline.py",
    ]


@pytest.mark.parametrize("name", ["spec.json", "spec.txt", "spec"])
def test_a_form_that_there_is_not_is_refused_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no such form"):
        compile_to(tmp_path / name, tmp_path / "small", monkeypatch)
