"""The command that runs builds: clones, ends, and leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from tests.cloudbuild.build_trial import processes

from cloudbuild import advisories_api
from cloudbuild.breaking import outcomes
from cloudbuild.caches import Caches
from cloudbuild.run_command import Given, pairs, run_build
from cloudbuild.sources import DIFFERENCE, NOW, git, trial_repository, workspace
from tidegate.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small repository with one commit."""
    folder = tmp_path / "checkout"
    (folder / DIFFERENCE.parent).mkdir(parents=True)
    (folder / DIFFERENCE).write_text(f"steps:\n{NOW}")
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def written(folder: Path, **build: object) -> Path:
    path = folder / "build.yaml"
    path.write_text(yaml.safe_dump(build))
    return path


def test_a_file_is_run_on_a_clone_of_its_commit(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "untracked").write_text("")
    command = "test ! -e untracked; cat kubeflow/dev.yaml; echo $_A-$SHORT_SHA $TOKEN"
    file = written(
        tmp_path,
        steps=[
            {
                "id": "look", "name": "i", "script": f"set -e; {command}",
                "automapSubstitutions": True, "secretEnv": ["TOKEN"],
            }
        ],
        substitutions={"_A": "default"},
        availableSecrets={
            "secretManager": [
                {"versionName": "projects/p/secrets/t/versions/1", "env": "TOKEN"}
            ]
        },
    )  # fmt: skip
    (tmp_path / "secrets.yaml").write_text('t: "never-shown"')
    given = Given(
        substitutions=("_A=given",), secrets=tmp_path / "secrets.yaml", fresh=True
    )
    assert run_build(file, given, tmp_path / "out", checkout) == 0
    said = capsys.readouterr().out
    commit = git(checkout, "rev-parse", "HEAD")
    assert f"given-{commit[:7]} ********" in said
    assert "never-shown" not in said
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["status"] == "SUCCESS"
    assert results["steps"][0]["id"] == "look"


@pytest.mark.parametrize(
    ("build", "code", "words"),
    [
        ({"steps": [{"name": "i", "script": "exit 3"}]}, 1, "(exit 3)"),
        ({"steps": [{"name": "i", "scirpt": "x"}]}, 2, "no field 'scirpt'"),
        ({"steps": [{"name": "i", "args": ["${_NO}"]}]}, 2, "_NO, which has no value"),
    ],
)
def test_the_exit_code_says_how_it_went(
    checkout: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    build: dict[str, object],
    code: int,
    words: str,
) -> None:
    file = written(tmp_path, **build)
    assert run_build(file, Given(fresh=True), tmp_path / "out", checkout) == code
    said = capsys.readouterr()
    assert words in said.out + said.err


@pytest.mark.parametrize("text", ["_A", "=x", "a=b", "_A b=c"])
def test_a_substitution_is_a_name_and_a_value(text: str) -> None:
    with pytest.raises(UsageError, match="NAME=value"):
        pairs([text])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_harness_ends_no_process_is_left(
    checkout: Path, tmp_path: Path, how: signal.Signals
) -> None:
    mark = f"7{how.value}.{os.getpid()}"  # Other tests of this machine have others.
    script = f"touch up; setsid sleep {mark} & trap '' INT TERM; sleep {mark}"
    file = written(tmp_path, steps=[{"name": "i", "script": script}])
    code = (
        "import sys; from pathlib import Path; "
        "from cloudbuild.run_command import Given, run_build; "
        "sys.exit(run_build(Path(sys.argv[1]), Given(fresh=True), Path(sys.argv[2]),"
        " Path(sys.argv[3])))"
    )
    out = tmp_path / "out"
    harness = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, file, out, checkout],
        env={**os.environ, "PYTHONPATH": f"{ROOT}/scripts:{ROOT}/components"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 90
        while not (out / "workspace" / "up").exists():
            assert time.monotonic() < end
            assert harness.poll() is None
            time.sleep(0.05)
        assert len(list(processes(mark))) >= 1
        harness.send_signal(how)
        code_of = harness.wait(timeout=60)
    finally:
        harness.kill()
        harness.wait()
    assert code_of == (130 if how == signal.SIGINT else -how)
    end = time.monotonic() + 60
    while list(processes(mark)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not list(processes(mark))
    if how == signal.SIGINT:
        assert json.loads((out / "results.json").read_text())["status"] == "CANCELLED"


def test_a_trial_has_the_change_the_main_before_and_what_is_not_committed(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / DIFFERENCE).write_text(f"changed:\n{NOW}")
    trial = trial_repository(checkout, tmp_path / "a")
    assert trial.older == git(checkout, "rev-parse", "HEAD").strip()
    changed = git(trial.origin, "show", f"{trial.change}:{DIFFERENCE}")
    assert changed == f"changed:\n{NOW}"
    assert "3Gi" in git(trial.origin, "show", f"{trial.main}:{DIFFERENCE}")
    assert f"{trial.main} commit\trefs/heads/main" in trial.refs()
    trial.merge()
    assert f"{trial.change} commit\trefs/heads/main" in trial.refs()
    committed = trial_repository(checkout, tmp_path / "b", committed=True)
    assert "steps:" in git(trial.origin, "show", f"{trial.older}:{DIFFERENCE}")
    assert committed.change != trial.change
    assert git(checkout, "status", "--short") == f" M {DIFFERENCE}\n"


def test_a_workspace_is_one_commit_without_history(
    checkout: Path, tmp_path: Path
) -> None:
    trial = trial_repository(checkout, tmp_path / "trial")
    folder = tmp_path / "workspace"
    workspace(trial.origin, trial.change, folder, "file:///elsewhere")
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    assert git(folder, "remote", "get-url", "origin").strip() == "file:///elsewhere"


def test_environments_are_shared_by_links_but_for_what_is_written_in_place(
    tmp_path: Path,
) -> None:
    stack = tmp_path / "venvs" / "stack"
    stack.mkdir(parents=True)
    (stack / "tidegate-stamp.json").write_text('{"packages": "1"}')
    (stack / "module.py").write_text("x = 1")
    (tmp_path / "venvs" / "other").mkdir()
    caches = Caches(tmp_path / "caches")
    caches.prepare(tmp_path / "venvs")
    copy = tmp_path / "caches" / "environments" / "stack"
    assert (copy / "module.py").samefile(stack / "module.py")
    assert not (copy / "tidegate-stamp.json").samefile(stack / "tidegate-stamp.json")
    assert not (copy.parent / "other").exists()
    (copy / "mine").write_text("")
    caches.prepare(tmp_path / "venvs")
    assert (copy / "mine").exists()  # Of the same packages: kept as it is.
    (stack / "tidegate-stamp.json").write_text('{"packages": "2"}')
    caches.prepare(tmp_path / "venvs")
    assert not (copy / "mine").exists()


def test_the_service_of_advisories_knows_what_was_reviewed() -> None:
    known = advisories_api.known_advisories(ROOT)
    assert known
    (name, version), (first, *_) = next(iter(known.items()))
    query = {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
    said = advisories_api.answer(query, known)
    assert said["vulns"][0]["id"] == first["id"]
    assert advisories_api.answer({**query, "version": "0.0.0"}, known) == {}


def test_every_broken_file_is_refused_by_its_rule(tmp_path: Path) -> None:
    found = list(outcomes(ROOT, tmp_path))
    missed = [
        (one.edit.rule, one.edit.what, one.unfit) for one in found if not one.fault
    ]
    assert missed == []
    assert all(one.fault and one.fault.line >= 1 and one.fault.fix for one in found)
    assert len({one.edit.rule for one in found}) > 40
