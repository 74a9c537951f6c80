"""The commands say what was done, and end with the right code."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp_server import Fault, Server
from typer.testing import CliRunner
from vertex_stand_in import StandIn

from tidegate.cli.main import app
from tidegate.errors import TidegateError
from tidegate.submission import following, vertex
from tidegate.submission.following import Pace

SPAN = {"span": {"parameterType": "NUMBER_INTEGER"}}


@pytest.fixture
def command(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command against the server: its exit code and what it printed."""
    monkeypatch.setenv("TIDEGATE_KFP_HOST", server.url)
    monkeypatch.setattr(following, "PACE", Pace(first=0.001, longest=0.01))

    def run(*words: str | Path) -> tuple[int, str]:
        result = CliRunner().invoke(
            app, list(map(str, words)), standalone_mode=False, catch_exceptions=True
        )
        error = result.exception
        if isinstance(error, TidegateError):
            return int(error.exit_code), str(error)
        if error is not None and not isinstance(error, SystemExit):
            raise error
        code = result.return_value if result.exit_code == 0 else result.exit_code
        return int(code or 0), result.output

    return run


def test_a_run_is_submitted_and_shown(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    path = spec_path(**SPAN)
    code, text = command("submit", path, "--param", "span=9")
    (run,) = server.store.runs.values()
    assert code == 0
    assert run["display_name"].startswith("flights 20")
    assert f"{server.url}/#/runs/details/{run['run_id']}" in text
    assert run["runtime_config"] == {"parameters": {"span": 9}}


def test_the_same_command_finds_its_run(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    words = ("submit", spec_path(**SPAN), "--run-name", "sep", "--param")
    assert command(*words, "span=9")[0] == 0
    code, text = command(*words, "span=9")
    assert code == 0
    assert "there already" in text
    code, text = command(*words, "span=10")
    assert code == 2
    assert "another --run-name" in text
    assert len(server.store.runs) == 1


@pytest.mark.parametrize(
    ("failing", "code"), [(None, 0), ("gate", 1), ("trainer", 3), ("data-tests", 3)]
)
@pytest.mark.parametrize("option", ["--wait", "--follow"])
def test_waiting_ends_as_the_run_does(
    server: Server,
    command: Callable[..., Any],
    spec_path: Callable[..., Path],
    option: str,
    failing: str | None,
    code: int,
) -> None:
    server.store.failing = {failing} if failing else set()
    got, text = command("submit", spec_path(), option)
    assert got == code
    assert ("data-tests  " in text) == (option == "--follow")


def test_json_is_the_only_output(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    server.store.failing = {"gate"}
    code, text = command("submit", spec_path(), "--follow", "--json", "--run-name", "x")
    said = json.loads(text)
    assert code == said["exit_code"] == 1
    assert said["gates_shut"] == ["gate"]
    (run,) = server.store.runs.values()
    assert (said["run_id"], said["found"]) == (run["run_id"], False)
    code, text = command("follow", said["url"], "--json")
    assert (code, json.loads(text)["state"]) == (1, "FAILED")


def test_when_time_is_up_the_error_says_how_to_go_on(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    server.store.endless = True
    code, text = command("submit", spec_path(), "--wait", "--timeout", "1", "--json")
    (run,) = server.store.runs.values()
    assert code == 4
    assert f"tidegate follow {run['run_id']} --host {server.url}" in text


def test_an_uploaded_version_is_run(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    path = spec_path(**SPAN)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert command("upload", path, "--version", "1")[0] == 0
    assert "there already" in command("upload", path, "--version", "1")[1]
    said = command("upload", path, "--version", "1", "--json")[1]
    assert json.loads(said)["sha256"] == sha256
    assert command("submit", "--pipeline", "flights")[0] == 2
    assert command("submit", "--pipeline", "flights", "--param", "span=1")[0] == 0
    (run,) = server.store.runs.values()
    assert "pipeline_version_reference" in run


def test_a_schedule_lives_and_dies(
    server: Server, command: Callable[..., Any], spec_path: Callable[..., Path]
) -> None:
    create = ("schedule", "create", spec_path(), "--name", "n", "--cron", "0 6 * * *")
    assert "created" in command(*create)[1]
    assert "there already" in command(*create)[1]
    assert command(*create, "--at-once", "2")[0] == 2
    assert "0 0 6 * * *  enabled" in command("schedule", "list")[1]
    assert command("schedule", "pause", "n")[0] == 0
    (listed,) = json.loads(command("schedule", "list", "--json")[1])
    assert listed["state"] == "disabled"
    for verb in ("resume", "delete"):
        assert command("schedule", verb, "n")[0] == 0
    assert command("schedule", "list")[1] == "no schedules\n"
    assert command("schedule", "list", "--experiment", "none")[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("submit",),
        ("submit", "none.yaml"),
        ("submit", "SPEC", "--run-name", " x"),
        ("submit", "SPEC", "--target", "vertex"),
        ("submit", "SPEC", "--version", "1"),
        ("schedule", "create", "SPEC", "--name", "n"),
        ("schedule", "create", "SPEC", "--name", "n", "--cron", "6", "--every", "x"),
        ("schedule", "create", "SPEC", "--name", "n", "--every", "1h", "--target",
         "vertex"),
    ],
)  # fmt: skip
def test_a_wrong_command_sends_nothing(
    server: Server,
    command: Callable[..., Any],
    spec_path: Callable[..., Path],
    words: tuple[str, ...],
) -> None:
    path = str(spec_path())
    code, _ = command(*(path if word == "SPEC" else word for word in words))
    assert code == 2
    assert not server.seen


def test_without_a_server_it_says_so(
    command: Callable[..., Any],
    spec_path: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TIDEGATE_KFP_HOST")
    code, text = command("submit", spec_path())
    assert code == 2
    assert "TIDEGATE_KFP_HOST" in text


def test_vertex_is_submitted_to_once(
    command: Callable[..., Any],
    spec_path: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = StandIn()
    monkeypatch.setattr(vertex, "load", lambda: library)
    where = ("--target", "vertex", "--project", "p", "--region", "r")
    words = ("submit", spec_path(), *where, "--run-name", "sep")
    assert "submitted" in command(*words, "--follow")[1]
    code, text = command(*words, "--json")
    assert (code, json.loads(text)["found"]) == (0, True)
    assert len(library.jobs) == 1
    create = ("schedule", "create", spec_path(), *where, "--name", "n", "--cron")
    assert command(*create, "0 6 * * *")[0] == 0
    assert "0 6 * * *" in command("schedule", "list", *where)[1]
    for verb in ("pause", "resume", "delete"):
        assert command("schedule", verb, "n", *where)[0] == 0


def _started(server: Server, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tidegate.cli.main", *map(str, words)],
        env={**os.environ, "TIDEGATE_KFP_HOST": server.url, "TIDEGATE_KFP_TOKEN": "t"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _until(said: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not said():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_after_a_kill_the_same_command_finds_the_run(
    server: Server, spec_path: Callable[..., Path]
) -> None:
    hold = [Fault("before", silent=True, delay=2)]
    server.fault = lambda s: (
        hold.pop() if hold and (s.method, s.path) == ("POST", "/runs") else None
    )
    words = ("submit", spec_path(), "--run-name", "sep")
    first = _started(server, *words)
    _until(lambda: server.store.runs)
    first.kill()
    first.communicate()
    again = _started(server, *words)
    text, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    assert "there already" in text
    assert len(server.store.runs) == 1


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_follow(
    server: Server, spec_path: Callable[..., Path]
) -> None:
    server.store.endless = True
    process = _started(server, "submit", spec_path(), "--follow")
    _until(lambda: any(s.path.startswith("/runs/") for s in server.seen))
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    (run,) = server.store.runs.values()
    assert process.returncode == 130
    assert run["state"] in ("PENDING", "RUNNING")
    assert f"tidegate follow {run['run_id']} --host {server.url}" in text


def test_an_environment_says_where_runs_go(
    server: Server,
    command: Callable[..., Any],
    spec_path: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TIDEGATE_KFP_HOST")
    file = tmp_path / "prod.yaml"
    file.write_text(
        "image: registry.example/t:1\n"
        f"submit: {{host: '{server.url}', experiment: all, service_account: runner}}\n"
        "pipelines: {flights: {submit: {experiment: flights}}}\n"
    )
    path = spec_path(**SPAN)
    assert command("submit", path, "--env", file, "--param", "span=9")[0] == 0
    (run,) = server.store.runs.values()
    assert run["service_account"] == "runner"
    names = [one["display_name"] for one in server.store.experiments.values()]
    assert "flights" in names
    assert "all" not in names
    code, text = command("submit", path, "--env", "nowhere", "--param", "span=9")
    assert (code, "there is no environment nowhere" in text) == (2, True)
