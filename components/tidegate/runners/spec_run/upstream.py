"""Outputs of earlier tasks, sought in nested pipelines and loops, too.

The rules: driver/resolve.go:resolveUpstreamParameters, resolveUpstreamArtifacts,
GetProducerTask and CollectInputs.
"""

from __future__ import annotations

from typing import Any, Literal

from tidegate.runners.spec_run.outputs_refused import parameter_selectors
from tidegate.runners.spec_run.state import DagRun, TaskRun

Side = Literal["parameters", "artifacts"]


class DriverError(Exception):
    """The driver of a task fails: the task is not begun."""


def producer_of(dag: DagRun, name: str) -> TaskRun:
    """The task of `dag` by its name, if its driver has been there.

    Raises:
        DriverError: It has not.
    """
    run = dag.tasks.get(name)
    if run is None or run.state is None:
        raise DriverError(f"producer task, {name}, not in tasks")
    return run


def outputs_of(run: TaskRun, key: str, side: Side) -> tuple[list[Any], bool]:
    """An output of a task, sought in nested DAGs, too, and whether of a loop.

    The iterations of a loop are collected, those of loops in it into the same list
    (resolve.go:CollectInputs).
    """
    if run.dag is None:
        found = getattr(run.outputs, side)
        if key not in found and side == "artifacts":
            raise DriverError(
                f'cannot find output artifact key "{key}" in producer task "{run.name}"'
            )
        return [found.get(key)], False
    if run.dag.count is None:
        return _through(run, key, side)
    collected: list[Any] = []
    for iteration in run.dag.tasks.values():
        collected.extend(_through(iteration, key, side)[0])
    return collected, True


def _through(run: TaskRun, key: str, side: Side) -> tuple[list[Any], bool]:
    """An output of a DAG, from the task of it that makes it (GetProducerTask)."""
    if run.dag is None:
        raise DriverError(f"producer task, {run.name}, not in tasks")
    outputs = getattr(run.dag.component.dag.outputs, side)
    if key not in outputs:
        raise DriverError(f'output key "{key}" not found in parent task "{run.name}"')
    if side == "parameters":
        chosen = _chosen(run.dag, parameter_selectors(outputs[key]), key, run.name)
        inner = chosen.output_parameter_key
    else:
        chosen = _chosen(run.dag, list(outputs[key].artifact_selectors), key, run.name)
        inner = chosen.output_artifact_key
    return outputs_of(producer_of(run.dag, chosen.producer_subtask), inner, side)


def _chosen(dag: DagRun, selectors: list[Any], key: str, producer: str) -> Any:
    """The selector that counts: the only one, else the first whose task succeeded."""
    if len(selectors) == 1:
        return selectors[0]
    for selector in selectors:
        run = dag.tasks.get(selector.producer_subtask)
        if run is not None and run.state in ("COMPLETE", "CACHED"):
            return selector
    raise DriverError(
        f'processing OneOf: No successful task found for output key "{key}" in parent '
        f'task "{producer}"'
    )
