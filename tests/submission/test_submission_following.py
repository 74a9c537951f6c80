"""A run is followed to its end, whatever the network does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp_server import Fault, Server
from submission_trial import compiled

from tidegate.errors import ExitCode, InfrastructureError
from tidegate.submission import experiments, following, spec_file, uploads
from tidegate.submission.connection import Connection
from tidegate.submission.following import Change, Pace

QUICK = Pace(first=0.001, longest=0.002, outage=5)
SPEC = {"pipeline_spec": compiled()}


def started(connection: Connection, **content: Any) -> str:
    where = experiments.find_or_make(connection, "e", None)
    body = {
        "display_name": "x",
        "experiment_id": where["experiment_id"],
        **(content or SPEC),
    }
    return str(connection.call("POST", "/runs", body=body)["run_id"])


def followed(
    connection: Connection, run_id: str, **options: Any
) -> tuple[dict[str, Any], list[Change], list[str]]:
    changes: list[Change] = []
    told: list[str] = []
    run = following.follow(
        following.looker(connection, run_id),
        changes.append,
        tell=told.append,
        pace=options.pop("pace", QUICK),
        **options,
    )
    return run, changes, told


def test_every_change_is_told_once(connection: Connection) -> None:
    run, changes, told = followed(connection, started(connection))
    assert run["state"] == "SUCCEEDED"
    assert not told
    assert [change.task for change in changes] == [
        None, None, "data-tests", "gate", "trainer", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("failing", "code", "gates"),
    [
        ((), ExitCode.OK, []),
        (("gate",), ExitCode.TESTS_FAILED, ["gate"]),
        (("trainer",), ExitCode.BROKEN, []),
        (("data-tests",), ExitCode.BROKEN, []),
    ],
)
def test_the_exit_code_says_how_it_ended(
    server: Server,
    connection: Connection,
    failing: tuple[str, ...],
    code: ExitCode,
    gates: list[str],
) -> None:
    server.store.failing = set(failing)
    run, _, _ = followed(connection, started(connection))
    assert following.failed(run) == list(failing)
    assert following.shut_gates(run) == gates
    assert following.exit_code(run) == code


def test_a_gate_and_another_task_that_failed_are_no_shut_gate() -> None:
    details = [{"display_name": n, "state": "FAILED"} for n in ("gate", "trainer")]
    run = {**SPEC, "state": "FAILED", "run_details": {"task_details": details}}
    assert following.exit_code(run) == ExitCode.BROKEN


def test_a_failed_run_without_a_task_is_no_shut_gate() -> None:
    assert following.exit_code({**SPEC, "state": "FAILED"}) == ExitCode.BROKEN


def test_a_gate_of_an_uploaded_version_is_known(
    server: Server, connection: Connection, spec_path: Callable[..., Path]
) -> None:
    server.store.failing = {"gate"}
    spec = spec_file.read(spec_path({"platforms": {}}))
    uploads.upload(connection, spec, "flights", "1", None)
    named, _ = uploads.reference(connection, "flights", None, None)
    identity = started(connection, pipeline_version_reference=named)
    run, _, _ = followed(connection, identity)
    assert following.exit_code(run) == ExitCode.TESTS_FAILED


def test_a_cancelled_run_is_told(server: Server, connection: Connection) -> None:
    identity = started(connection)
    connection.call("POST", f"/runs/{identity}:terminate")
    run, changes, _ = followed(connection, identity)
    assert [change.state for change in changes] == ["CANCELING", "CANCELED"]
    assert following.exit_code(run) == ExitCode.INTERRUPTED


def test_an_outage_is_sat_out(server: Server, connection: Connection) -> None:
    identity = started(connection)
    left = [Fault(status=503)] * 30
    server.fault = lambda seen: left.pop() if left else None
    run, _, told = followed(connection, identity)
    assert run["state"] == "SUCCEEDED"
    assert any("still waiting" in line for line in told)


def test_an_outage_without_end_is_not(server: Server, connection: Connection) -> None:
    identity = started(connection)
    server.fault = lambda seen: Fault(status=503)
    with pytest.raises(InfrastructureError):
        followed(connection, identity, pace=Pace(0.001, 0.002, outage=0.0))


def test_time_is_up(server: Server, connection: Connection) -> None:
    server.store.endless = True
    with pytest.raises(InfrastructureError, match="goes on"):
        followed(connection, started(connection), limit=0.2)


def test_helpers_are_hidden_without_a_specification() -> None:
    names = ["root", "root-driver", "gate-driver", "gate", "executor"]
    details = [{"display_name": name, "state": "RUNNING"} for name in names]
    run = {"run_details": {"task_details": details}}
    assert [task["display_name"] for task in following.tasks(run)] == ["gate"]


def test_a_gate_within_an_exit_handler_is_known() -> None:
    spec = compiled()
    tasks = spec["root"]["dag"]["tasks"]
    spec["components"]["comp-exit-handler-1"] = {"dag": {"tasks": tasks}}
    handler = {"componentRef": {"name": "comp-exit-handler-1"}}
    spec["root"]["dag"] = {"tasks": {"exit-handler-1": handler}}
    names = ("exit-handler-1", "gate", "exit-handler-1-driver")
    details = [{"display_name": name, "state": "FAILED"} for name in names]
    run = {
        "state": "FAILED",
        "pipeline_spec": spec,
        "run_details": {"task_details": details},
    }
    assert following.shut_gates(run) == ["gate"]
