"""What a run knows of its tasks while it goes on.

`phase` is Argo's word for how a task ended; `state` is what ML Metadata has of it,
which is what an exit task is told and what a oneOf looks at. They are not the same:
the state of a nested pipeline is brought up to date by launchers only
(metadata/client.go:UpdateDAGExecutionsState), so one whose tasks all came from the
cache is RUNNING for ever.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from tidegate.runners.spec_run.cache import Outputs
from tidegate.runners.spec_run.values import Value

Phase = Literal["waiting", "running", "succeeded", "failed", "skipped", "omitted"]
State = Literal["RUNNING", "COMPLETE", "FAILED", "CACHED", "CANCELED"]


@dataclass
class TaskRun:
    """One task of a DAG.

    Attributes:
        name: Of the task.
        path: Names of the tasks down to it, with slashes.
        phase: How far it is, in Argo's words.
        state: In ML Metadata; None before its driver has written it.
        outputs: What it put out.
        dag: The DAG that it is, None for a container or an importer.
    """

    name: str
    path: str
    phase: Phase = "waiting"
    state: State | None = None
    outputs: Outputs = field(default_factory=Outputs)
    dag: DagRun | None = None


@dataclass
class DagRun:
    """One DAG: the root, or a task that is a pipeline itself.

    Attributes:
        component: Its component message.
        path: Names of the tasks down to it; "" for the root.
        parameters: Its input parameters.
        artifacts: Its input artifacts, as RuntimeArtifacts.
        task: The task that it is, None for the root.
        parent: The DAG that it is in, None for the root.
        tasks: Its tasks by name; of a loop, its iterations by number.
        id: Of its execution.
        made_by: The task's message, None for the root.
        count: Number of iterations, None for what is no loop.
    """

    component: Any
    path: str
    parameters: dict[str, Value]
    artifacts: dict[str, list[dict[str, Any]]]
    task: TaskRun | None = None
    parent: DagRun | None = None
    tasks: dict[str, TaskRun] = field(default_factory=dict)
    id: int = field(default_factory=lambda: secrets.randbelow(2**31))
    made_by: Any = None
    count: int | None = None

    def __post_init__(self) -> None:
        names = sorted(self.component.dag.tasks)
        if self.count is not None:
            names = [str(number) for number in range(self.count)]
        for name in names:
            path = f"{self.path}/{name}" if self.path else name
            self.tasks[name] = TaskRun(name, path)

    @property
    def failed(self) -> bool:
        """True where a task failed (Argo's assessDAGPhase, no exit task counted)."""
        from tidegate.runners.spec_run.graph import is_exit_task

        return any(
            run.phase == "failed"
            for name, run in self.tasks.items()
            if self.count is not None
            or not is_exit_task(self.component.dag.tasks[name])
        )


def bring_up_to_date(dag: DagRun) -> None:
    """Sets the states of a DAG and those around it, as a launcher does at its end."""
    if dag.task is None or dag.parent is None:
        return  # The root has no expected number of tasks.
    states = [run.state for run in dag.tasks.values()]
    done = sum(state in ("COMPLETE", "CACHED", "CANCELED") for state in states)
    if done == len(dag.tasks):
        dag.task.state = "COMPLETE"
    elif "FAILED" in states:
        dag.task.state = "FAILED"
    else:
        return
    bring_up_to_date(dag.parent)
