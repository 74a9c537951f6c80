"""The environment of the tools is whole and of today's lock, or made anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bootstrapping import toolchain
from bootstrapping.console import SetUpError
from bootstrapping.environment import STAMP
from bootstrapping.interpreters import Interpreter
from supply import environment
from supply.environment import Tools, suitable

LOCK = "# inputs: none\npip-audit==1.0 \\\n    --hash=sha256:00\n"
HERE = Interpreter("/usr/bin/python3", (3, 11), True)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """Tools of a made-up checkout, with a uv that only makes folders."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / environment.LOCK).write_text(LOCK)
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n'
        'test -e "$(dirname "$0")/broken" && [ "$1" = pip ] && exit 1\n'
        'if [ "$1" = venv ]; then for last; do :; done\n'
        '  mkdir -p "$last/bin" && ln -s /bin/sh "$last/bin/python"; fi\n'
    )
    uv.chmod(0o755)
    monkeypatch.setattr(toolchain, "uv", lambda *_: str(uv))
    monkeypatch.setattr(toolchain, "for_uv", lambda *_: dict(os.environ))
    monkeypatch.setattr(environment.interpreters, "find", lambda _: [HERE])
    return Tools(tmp_path, tmp_path / "venvs")


def calls(tools: Tools) -> list[str]:
    path = tools.root / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_environment_is_made_once_and_by_hash(tools: Tools) -> None:
    first = tools.ensure(os.environ)
    assert first.exists()
    made = calls(tools)
    assert "--require-hashes" in made[1]
    # A source package would run its own code, with what it asks for, to be built.
    assert "--only-binary :all:" in made[1]
    assert tools.ensure(os.environ) == first
    assert calls(tools) == made


def test_new_lock_makes_it_anew(tools: Tools) -> None:
    tools.ensure(os.environ)
    lock = tools.root / "requirements" / environment.LOCK
    lock.write_text(LOCK.replace("1.0", "1.1"))
    assert not tools.whole()
    tools.ensure(os.environ)
    assert len(calls(tools)) == 4


@pytest.mark.parametrize("lost", [STAMP, "bin/python"])
def test_what_was_cut_short_is_made_anew(tools: Tools, lost: str) -> None:
    tools.ensure(os.environ)
    (tools.folder / lost).unlink()
    (tools.folder / "left-over").touch()
    assert not tools.whole()
    tools.ensure(os.environ)
    assert not (tools.folder / "left-over").exists()


def test_failed_installation_is_not_taken_for_whole(tools: Tools) -> None:
    (tools.root / "broken").touch()
    with pytest.raises(SetUpError):
        tools.ensure(os.environ)
    assert not tools.whole()


def test_newest_python_is_taken_and_an_old_one_refused() -> None:
    newer = Interpreter("/usr/bin/python3.13", (3, 13), False)
    assert suitable([HERE, newer]) is newer
    with pytest.raises(SetUpError, match="no Python here"):
        suitable([Interpreter("/usr/bin/python3.9", (3, 9), True)])
