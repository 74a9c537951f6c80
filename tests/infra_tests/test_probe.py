"""A child that crashes, hangs, floods or eats memory is ended, with the reason."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tidegate.infra_tests import probe as probing
from tidegate.infra_tests.confinement import Limits, without_network
from tidegate.infra_tests.probe import Probe, probe

MEMORY = 300 * 10**6


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    # Wherever a runner of tests in parallel has begun, the stub is found.
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(probing, "_CHILD", "stub_child")


def run(way: str, tmp_path: Path, seconds: float = 20.0) -> Probe:
    found = probe(tmp_path, way, [b"\x00\xff"], Limits(seconds, MEMORY), str(tmp_path))
    assert not list(tmp_path.iterdir()), "something was left behind"
    return found


def test_hears_what_the_child_tells(tmp_path: Path) -> None:
    found = run("well", tmp_path)

    assert found.found == {"loads": {"seconds": 0.1}}
    assert (found.began, found.ended) == ("loads", None)
    assert found.peak >= 1000


@pytest.mark.parametrize(
    ("way", "seconds", "told"),
    [
        ("crash", 20.0, "SIGSEGV"),
        ("exit", 20.0, "code 7"),
        ("hang", 0.5, "not done after 0.5 s"),
        ("hang silently", 0.5, "not done after 0.5 s"),
        ("memory", 20.0, "more than 300 MB"),
        ("noise", 20.0, "cannot be read"),
        ("flood", 20.0, "more than is read"),
    ],
)
def test_says_why_it_ended(way: str, seconds: float, told: str, tmp_path: Path) -> None:
    started = time.monotonic()

    found = run(way, tmp_path, seconds)

    assert found.ended is not None
    assert told in found.ended
    assert "loads" not in found.found
    assert time.monotonic() - started < 60


def test_ends_what_the_child_started(tmp_path: Path) -> None:
    found = run("leave another behind", tmp_path)

    group = int(found.found["sleep"]["group"])
    deadline = time.monotonic() + 60
    while _is_there(group) and time.monotonic() < deadline:
        time.sleep(0.02)  # the system takes a moment to forget it
    assert not _is_there(group)


def test_the_child_does_not_outlive_who_watches_it(tmp_path: Path) -> None:
    watching = (
        "import pathlib;"
        "from tidegate.infra_tests import probe;"
        "from tidegate.infra_tests.confinement import Limits;"
        "probe._CHILD = 'stub_child';"
        f"probe.probe(pathlib.Path({str(tmp_path)!r}), 'say who and hang', [],"
        f" Limits(60, {MEMORY}), {str(tmp_path)!r})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", watching], env=environment) as watcher:
        said = None
        deadline = time.monotonic() + 60
        while said is None and time.monotonic() < deadline:
            said = next(tmp_path.glob("*/who-*"), None)
            time.sleep(0.02)
        watcher.kill()

    assert said is not None
    group = int(said.name.removeprefix("who-"))
    deadline = time.monotonic() + 60
    while _is_there(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_there(group)


def _is_there(group: int) -> bool:
    """Whether one of a group runs; who has ended may wait for ever to be asked for."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    states = []
    for told in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group, *_ = told.read_text().rpartition(")")[2].split()
            if int(its_group) == group:
                states.append(state)
    return not states or any(state != "Z" for state in states)


def test_the_child_has_little_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    found = run("look around", tmp_path)

    around = found.found["around"]
    assert "AWS_SECRET_ACCESS_KEY" not in around["environment"]
    assert around["stdin"] == ""
    assert around["cwd"] == ["request.json", "said"]
    assert not around["file"]
    assert around["network"] is (found.cut_off is not None)


def test_says_that_there_is_no_way_to_cut_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    without_network.cache_clear()
    try:
        assert "unshare" in str(run("well", tmp_path).cut_off)
    finally:
        without_network.cache_clear()
