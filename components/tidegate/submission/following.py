"""Follows a run to its end, and says how it ended.

What a failed run means is only half known to the API: it tells which task failed,
not with which exit code. A failed gate is told from a failed component by the
specification, which says what each task executes. So a run whose every failed task
is a gate ends like a shut gate, with exit code 1, and every other failed run with
3. A gate that broke for another reason is told as shut, too; its log says which.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import ExitCode, InfrastructureError
from tidegate.submission.connection import Connection
from tidegate.submission.runs import FINISHED

GATES = "tidegate.gate."
_FAILED = "FAILED"


@dataclass(frozen=True)
class Pace:
    """How often a run is looked at; in seconds.

    Attributes:
        first: After a change.
        longest: While nothing changes; the wait grows by half from look to look.
        outage: For so long the server may be out of reach.
    """

    first: float = 1.0
    longest: float = 15.0
    outage: float = 900.0


PACE = Pace()


@dataclass(frozen=True)
class Change:
    """A task, or the run itself, that has come into a state.

    Attributes:
        task: Name of the task; None for the run.
        state: As the API has it, such as `SUCCEEDED`.
    """

    task: str | None
    state: str


def follow(
    look: Callable[[], dict[str, Any]],
    told: Callable[[Change], None],
    *,
    tell: Callable[[str], None],
    limit: float | None = None,
    pace: Pace | None = None,
) -> dict[str, Any]:
    """The run as it is at its end.

    Args:
        look: Gives the run as it is now, in the form of API v2beta1.
        told: Hears of every change of state.
        tell: Hears one line when the server is out of reach.
        limit: Seconds after which the run is left alone; None for none.
        pace: How often it is looked at.

    Raises:
        InfrastructureError: Time is up, or the server was out of reach too long.
    """
    pace = pace or PACE
    begun = reached = time.monotonic()
    wait = pace.first
    seen: dict[str | None, str] = {}
    while True:
        run = _looked_at(look, tell, reached + pace.outage)
        if run is not None:
            reached = time.monotonic()
            changes = [c for c in _states(run) if seen.get(c.task) != c.state]
            for change in changes:
                seen[change.task] = change.state
                told(change)
            if run.get("state") in FINISHED:
                return run
            wait = pace.first if changes else min(pace.longest, wait * 1.5)
        if limit is not None and time.monotonic() - begun + wait > limit:
            raise InfrastructureError(
                f"the run has not ended within {limit:,.0f} s; it goes on",
                fix="follow it again, with a longer --timeout",
            )
        time.sleep(wait)


def looker(connection: Connection, run_id: str) -> Callable[[], dict[str, Any]]:
    """What gives the run as Kubeflow Pipelines has it now, its pipeline included.

    A run of an uploaded version names that version only; it is read once.
    """
    versions: dict[str, Any] = {}

    def look() -> dict[str, Any]:
        run = connection.call("GET", f"/runs/{run_id}")
        named = run.get("pipeline_version_reference") or {}
        if "pipeline_spec" in run or "pipeline_version_id" not in named:
            return run
        if not versions:
            versions.update(
                connection.call(
                    "GET",
                    f"/pipelines/{named['pipeline_id']}"
                    f"/versions/{named['pipeline_version_id']}",
                )
            )
        return {**run, "pipeline_spec": versions.get("pipeline_spec")}

    return look


def tasks(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The tasks of a run that a person knows of.

    Kubeflow Pipelines lists its own helpers among them: drivers, executors, the
    root. With the specification at hand they are told apart by name.
    """
    known = _executors(run)
    for task in (run.get("run_details") or {}).get("task_details") or ():
        name = str(task.get("display_name") or "")
        own = name in known if known else not _is_helper(name)
        if own and name:
            yield task


def exit_code(run: Mapping[str, Any]) -> ExitCode:
    """The exit code of a command that waited for this run."""
    state = run.get("state")
    if state in ("SUCCEEDED", "SKIPPED"):
        return ExitCode.OK
    if state == "CANCELED":
        return ExitCode.INTERRUPTED
    return ExitCode.TESTS_FAILED if shut_gates(run) else ExitCode.BROKEN


def failed(run: Mapping[str, Any]) -> list[str]:
    """Names of the tasks that failed."""
    return [str(t["display_name"]) for t in tasks(run) if t.get("state") == _FAILED]


def shut_gates(run: Mapping[str, Any]) -> list[str]:
    """The gates that failed, if nothing else did; else nothing."""
    executors = _executors(run)
    names = failed(run)
    gates = [name for name in names if GATES in executors.get(name, "")]
    return gates if gates == names else []


def _states(run: Mapping[str, Any]) -> list[Change]:
    states = {str(t["display_name"]): str(t.get("state", "")) for t in tasks(run)}
    own = [Change(None, str(run["state"]))] if run.get("state") else []
    return [*own, *(Change(name, state) for name, state in states.items() if state)]


def _executors(run: Mapping[str, Any]) -> dict[str, str]:
    """Each task that executes something, with what its container is called with.

    Tasks within an exit handler or a condition count, that which holds them does
    not: it fails whenever one of them does.
    """
    said = run.get("pipeline_spec") or {}
    spec = said.get("pipeline_spec", said)
    executors = (spec.get("deploymentSpec") or {}).get("executors") or {}
    components = spec.get("components") or {}
    found: dict[str, str] = {}
    for holder in (spec.get("root") or {}, *components.values()):
        for name, task in ((holder.get("dag") or {}).get("tasks") or {}).items():
            component = components.get((task.get("componentRef") or {}).get("name"))
            label = (component or {}).get("executorLabel")
            if label is None:
                continue
            args = (executors.get(label, {}).get("container") or {}).get("args") or ()
            shown = (task.get("taskInfo") or {}).get("name") or name
            found[str(name)] = found[str(shown)] = " ".join(map(str, args))
    return found


def _is_helper(name: str) -> bool:
    return name in ("root", "executor") or name.endswith("-driver")


def _looked_at(
    look: Callable[[], dict[str, Any]], tell: Callable[[str], None], until: float
) -> dict[str, Any] | None:
    """The run; None while the server is out of reach, which may be for a while."""
    try:
        return look()
    except InfrastructureError as error:
        if time.monotonic() > until:
            raise
        tell(f"still waiting: {error.got or error.message}")
        return None
