"""The tasks of a DAG: what waits for what, and which are exit tasks.

The rules: argocompiler/dag.go:addImplicitDependencies, DAG, task and depends;
importer.go:importerTask, which makes an importer wait for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALL_COMPLETED = 2  # TriggerStrategy ALL_UPSTREAM_TASKS_COMPLETED


def producers(task: Any) -> set[str]:
    """Names of the tasks whose outputs a task takes."""
    found = {
        spec.task_output_parameter.producer_task
        for spec in task.inputs.parameters.values()
        if spec.WhichOneof("kind") == "task_output_parameter"
    }
    return found | {
        spec.task_output_artifact.producer_task
        for spec in task.inputs.artifacts.values()
        if spec.WhichOneof("kind") == "task_output_artifact"
    }


def waits_for(dag: Any) -> dict[str, set[str]]:
    """Each task of a DAG with the tasks that it waits for."""
    return {
        name: set(task.dependent_tasks) | producers(task)
        for name, task in dag.tasks.items()
    }


def is_exit_task(task: Any) -> bool:
    """True for a task that runs whether or not those before it succeeded."""
    return bool(task.trigger_policy.strategy == ALL_COMPLETED)


def exit_tasks(dag: Any) -> dict[str, str]:
    """Each task that an exit task watches over, to the exit task."""
    return {
        watched: name
        for name, task in sorted(dag.tasks.items())
        if is_exit_task(task)
        for watched in task.dependent_tasks
    }


def in_order(waiting: Mapping[str, set[str]]) -> tuple[list[str], set[str]]:
    """Tasks in an order in which they may run, and those in or behind a cycle."""
    left = {
        name: {p for p in before if p in waiting} for name, before in waiting.items()
    }
    done: list[str] = []
    while ready := sorted(name for name, before in left.items() if not before):
        done.extend(ready)
        for name in ready:
            del left[name]
        for before in left.values():
            before.difference_update(ready)
    return done, set(left)
