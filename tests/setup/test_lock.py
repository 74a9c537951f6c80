"""Locks are whole, of today's requirements, and name no package index."""

from __future__ import annotations

from pathlib import Path

import pytest

import lock as locking
from bootstrapping import metadata
from bootstrapping.environment import only, packages

ROOT = Path(__file__).resolve().parents[2]
STACKS = [each for each in locking.LOCKS if not each.lines]


def text_of(lock: locking.Lock) -> str:
    return lock.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", locking.LOCKS, ids=lambda lock: lock.name)
def test_lock_is_of_todays_requirements(lock: locking.Lock) -> None:
    assert locking.stale(lock, text_of(lock)) is None


@pytest.mark.parametrize("lock", STACKS, ids=lambda lock: lock.name)
def test_changed_requirement_makes_the_lock_stale(
    lock: locking.Lock, tmp_path: Path
) -> None:
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    package = ROOT / "components" / "tidegate" / "__init__.py"
    copied = tmp_path / "components" / "tidegate" / "__init__.py"
    copied.parent.mkdir(parents=True)
    copied.write_bytes(package.read_bytes())
    changed = setup.replace('"filelock>=', '"filelock>')
    assert changed != setup
    (tmp_path / "setup.py").write_text(changed, encoding="utf-8")
    fault = locking.stale(lock, text_of(lock), tmp_path)
    assert fault
    assert "older than the requirements" in fault


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("left-pad==1.0\n", "without a hash: left-pad"),
        ("--index-url https://packages.example/index\n", "names the host"),
    ],
)
def test_lock_that_was_tampered_with_is_refused(line: str, fault: str) -> None:
    lock = locking.LOCKS[0]
    told = locking.stale(lock, text_of(lock) + line)
    assert told
    assert fault in told


def test_missing_lock_is_stale() -> None:
    assert locking.stale(locking.LOCKS[0], "") is not None


@pytest.mark.parametrize("lock", STACKS, ids=lambda lock: lock.name)
def test_lock_holds_what_builds_source_packages(lock: locking.Lock) -> None:
    part = only(text_of(lock), ("pip", "setuptools", "wheel"))
    assert part.count("==") == 3
    assert part.count("--hash=") >= 3


def test_comments_do_not_change_what_is_installed() -> None:
    text = text_of(locking.LOCKS[0])
    assert packages("# another line\n" + text) == packages(text)


def test_setup_file_is_read_without_setuptools() -> None:
    said = metadata.declared(ROOT / "setup.py")
    assert said["name"] == "tidegate"
    assert said["package_dir"] == {"": "components"}
    assert "tidegate = tidegate.cli.main:main" in str(said["entry_points"])


@pytest.mark.parametrize(
    ("marker", "version"), [('< "3.11"', "1.16.0"), ('>= "3.11"', "1.21.0")]
)
def test_python_decides_the_tfx(marker: str, version: str) -> None:
    said = metadata.declared(ROOT / "setup.py")["install_requires"]
    assert f"tfx=={version}; python_version {marker}" in said
