"""An environment is whole and stamped, or made anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrapping import toolchain
from bootstrapping.choice import Choice
from bootstrapping.console import SetUpError
from bootstrapping.environment import STAMP, Environments
from bootstrapping.interpreters import Interpreter
from tidegate.stack import TFX_116

ROOT = Path(__file__).resolve().parents[2]
LOCK = "# inputs: none\npip==1.0 \\\n    --hash=sha256:00\n"
CHOICE = Choice(TFX_116, Interpreter("/usr/bin/python3", (3, 10), True))


@pytest.fixture
def venvs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environments:
    """Environments of a made-up checkout, with a uv that only makes folders."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / TFX_116.lock).write_text(LOCK)
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n'
        'test -e "$(dirname "$0")/broken" && exit 1\n'
        'if [ "$1" = venv ]; then for last; do :; done\n'
        '  mkdir -p "$last/bin" && ln -s /bin/sh "$last/bin/python"; fi\n'
    )
    uv.chmod(0o755)
    monkeypatch.setattr(toolchain, "uv", lambda *_: str(uv))
    monkeypatch.setattr(toolchain, "for_uv", lambda *_: dict(os.environ))
    return Environments(tmp_path, tmp_path / "venvs")


def calls(venvs: Environments) -> list[str]:
    return (venvs.root / "calls").read_text().splitlines()


def test_made_environment_is_ready(venvs: Environments) -> None:
    assert not venvs.ready(TFX_116)
    python = venvs.make(CHOICE, os.environ)
    assert python.exists()
    assert venvs.ready(TFX_116)
    assert all("--require-hashes" in call for call in calls(venvs)[1:3])
    assert all("--compile-bytecode" in call for call in calls(venvs)[1:3])


def test_environment_that_was_cut_short_is_made_anew(venvs: Environments) -> None:
    venvs.make(CHOICE, os.environ)
    (venvs.home / TFX_116.name / STAMP).unlink()
    (venvs.home / TFX_116.name / "left-over").touch()
    assert not venvs.ready(TFX_116)
    venvs.make(CHOICE, os.environ)
    assert not (venvs.home / TFX_116.name / "left-over").exists()


def test_failed_step_leaves_no_stamp(venvs: Environments) -> None:
    (venvs.root / "broken").touch()
    with pytest.raises(SetUpError, match="a step of set-up failed"):
        venvs.make(CHOICE, os.environ)
    assert not venvs.ready(TFX_116)


def test_new_lock_is_installed(venvs: Environments) -> None:
    venvs.make(CHOICE, os.environ)
    (venvs.root / "requirements" / TFX_116.lock).write_text(LOCK.replace("00", "11"))
    assert not venvs.ready(TFX_116)


def test_new_metadata_installs_only_the_project(venvs: Environments) -> None:
    venvs.make(CHOICE, os.environ)
    before = len(calls(venvs))
    (venvs.root / "setup.py").write_text("# a new entry point\n")
    assert not venvs.ready(TFX_116)
    venvs.make(CHOICE, os.environ)
    assert [call for call in calls(venvs)[before:] if "--editable" not in call] == []


def test_removed_python_is_noticed(venvs: Environments) -> None:
    venvs.make(CHOICE, os.environ).unlink()
    assert not venvs.ready(TFX_116)


def test_missing_compiler_is_told_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(SetUpError) as caught:
        toolchain.require_compiler("Linux", {})
    assert "apt-get install g++" in " ".join(caught.value.lines)


def test_uv_hears_what_pip_was_told_of_the_index(tmp_path: Path) -> None:
    told = toolchain.for_uv(
        {"PIP_INDEX_URL": "https://packages.example/index", "VIRTUAL_ENV": "/x"},
        tmp_path,
    )
    assert told["UV_DEFAULT_INDEX"] == "https://packages.example/index"
    assert "VIRTUAL_ENV" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [(["--stack", "tfx-9"], 2, "no stack is called 'tfx-9'"), (["--help"], 0, "")],
)
def test_command_ends_readably(arguments: list[str], code: int, words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "bootstrap.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
