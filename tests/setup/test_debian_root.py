"""The Debian root is made whole, from the host's own mirror, or loudly not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import debian_root
import run_stack
from bootstrapping.console import SetUpError
from tidegate.stack import TFX_116, TFX_121


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "sources.list.d/debian.sources",
            "Types: deb\nURIs: http://mirror.example/pub/debian\nSuites: bookworm\n",
            ["http://mirror.example/pub/debian"],
        ),
        (
            "sources.list",
            "# old\ndeb [signed-by=/k] http://mirror.example/pub/debian/ x main\n",
            ["http://mirror.example/pub/debian"],
        ),
        ("sources.list", "deb http://mirror.example/ubuntu noble main\n", []),
        (
            "sources.list.d/other.sources.off",
            "URIs: http://mirror.example/pub/debian\n",
            [],
        ),
    ],
)
def test_mirror_is_the_hosts_own(
    tmp_path: Path, name: str, text: str, found: list[str]
) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert debian_root.mirror(tmp_path) == found


def test_without_root_rights_it_says_that_nothing_was_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetUpError) as caught:
        debian_root.require_rights()
    assert "NOT tested" in caught.value.message
    assert caught.value.code == 4


def test_failed_debootstrap_leaves_no_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'no such mirror'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(debian_root, "require_rights", lambda: None)
    root = debian_root.DebianRoot(tmp_path / "root")
    with pytest.raises(SetUpError) as caught:
        root.make()
    assert "no such mirror" in " ".join(caught.value.lines)
    assert not root.folder.exists()


def test_copy_holds_the_checkout_and_nothing_older(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "kept.py").write_text("x")
    (checkout / ".gitignore").write_text("built\n")
    (checkout / "built").write_text("x")
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    root = debian_root.DebianRoot(tmp_path / "root")
    old = root.folder / "srv" / "old.py"
    old.parent.mkdir(parents=True)
    old.touch()
    root.bring(checkout, "/srv")
    names = sorted(path.name for path in (root.folder / "srv").iterdir())
    assert names == [".gitignore", "kept.py"]


def test_stack_that_fits_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_stack, "fits_here", lambda _: True)
    monkeypatch.setattr(run_stack, "here", lambda stack, target: 7)
    assert run_stack.test(TFX_121, "test") == 7


def test_stack_that_does_not_fit_runs_in_the_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    monkeypatch.setattr(run_stack, "fits_here", lambda _: False)
    monkeypatch.setattr(run_stack, "in_root", lambda *args: calls.append(args) or 1)
    assert run_stack.test(TFX_121, "test") == 1
    assert calls == [(["make", "test"], {"TIDEGATE_STACK": "tfx-1.21"})]


def test_stack_without_a_python_anywhere_is_not_called_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_stack, "fits_here", lambda _: False)
    with pytest.raises(SetUpError, match="NOT tested"):
        run_stack.test(TFX_116, "test")
