"""What a task gets: parameters and artifacts, as KFP's driver resolves them.

The rules: driver/resolve.go:resolveInputs, resolveInputParameter and
resolveInputArtifact; driver/dag.go:DAG and driver/util.go:getItems for loops.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tidegate.runners.spec_run import conditions, parameters
from tidegate.runners.spec_run.state import DagRun
from tidegate.runners.spec_run.upstream import DriverError, outputs_of, producer_of
from tidegate.runners.spec_run.values import (
    KINDS,
    STRING,
    Value,
    kind,
    native,
    text_of,
    whole,
)


class _Null(DriverError):
    """A parameter of the DAG around is null."""


@dataclass(frozen=True)
class RunNames:
    """What placeholders of the run stand for.

    Attributes:
        display_name: Name of the run, for people.
        resource_name: Name of the workflow.
        id: Of the run.
        created: When it was, in UTC, as RFC 3339.
    """

    display_name: str
    resource_name: str
    id: str
    created: str


@dataclass(frozen=True)
class Inputs:
    """The inputs of one task.

    Attributes:
        parameters: By name; defaults of the component are not among them.
        artifacts: By name, as RuntimeArtifacts.
    """

    parameters: dict[str, Value]
    artifacts: dict[str, list[dict[str, Any]]]

    def as_json(self) -> dict[str, Any]:
        """The inputs of an ExecutorInput."""
        said: dict[str, Any] = {}
        if self.parameters:
            said["parameterValues"] = dict(sorted(self.parameters.items()))
        if self.artifacts:
            said["artifacts"] = {
                name: {"artifacts": listed}
                for name, listed in sorted(self.artifacts.items())
            }
        return said


def resolve(
    dag: DagRun, task_name: str, task: Any, component: Any, names: RunNames
) -> Inputs:
    """The inputs of one task of `dag`.

    Raises:
        DriverError: As the driver would say it.
    """
    is_dag = component.WhichOneof("implementation") == "dag"
    values, nulls = _not_given(task, component) if is_dag else ({}, set())
    declared = component.input_definitions.parameters
    for name, source in sorted(task.inputs.parameters.items()):
        target = declared.get(name)
        try:
            value = _parameter(dag, task_name, task, source, names)
        except _Null:
            if target is not None and target.is_optional:
                continue  # The component has its own default.
            raise
        if target is not None and not parameters.allowed(target, value):
            raise DriverError(
                f'validating parameter "{name}": it does not match any of the allowed '
                "literal values"
            )
        values[name] = value
    artifacts = {
        name: _artifact(dag, name, source)
        for name, source in sorted(task.inputs.artifacts.items())
    }
    _select(task, values)
    item = task.parameter_iterator.item_input
    _check_types(declared, values, nulls, without=item)
    return Inputs(values, artifacts)


def items_of(task: Any, inputs: Inputs) -> list[Value]:
    """What a loop goes over (driver/dag.go:DAG, driver/util.go:getItems).

    Raises:
        DriverError: It is no list.
    """
    items = task.parameter_iterator.items
    name = task.parameter_iterator.item_input
    value: Value = items.raw
    if items.WhichOneof("kind") == "input_parameter":
        if items.input_parameter not in inputs.parameters:
            raise DriverError(
                f'iterating on item input "{name}" failed: cannot find input parameter'
            )
        value = inputs.parameters[items.input_parameter]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise DriverError(f'iterating on item input "{name}": {error}') from error
    if not isinstance(value, list):
        raise DriverError(f"value of type {kind(value)} cannot be iterated")
    return value


def of_iteration(task: Any, component: Any, inputs: Inputs, item: Value) -> Inputs:
    """The inputs of one iteration of a loop.

    Raises:
        DriverError: The item is of another type than the loop declares.
    """
    iterator = task.parameter_iterator
    values = {**inputs.parameters, iterator.item_input: whole(item)}
    values.pop(iterator.items.input_parameter, None)
    nulls = {name for name, value in inputs.parameters.items() if value is None}
    _check_types(
        component.input_definitions.parameters,
        values,
        nulls,
        without=iterator.items.input_parameter,
    )
    return Inputs(values, inputs.artifacts)


def _not_given(task: Any, component: Any) -> tuple[dict[str, Value], set[str]]:
    """Optional parameters that a nested DAG is not given: a default, or a null."""
    values: dict[str, Value] = {}
    nulls = set()
    for name, declared in component.input_definitions.parameters.items():
        if name in task.inputs.parameters or not declared.is_optional:
            continue
        has_default, default = parameters.default_of(declared)
        values[name] = default
        if not has_default:
            nulls.add(name)
    return values, nulls


def _parameter(
    dag: DagRun, task_name: str, task: Any, source: Any, names: RunNames
) -> Value:
    which = source.WhichOneof("kind")
    if which == "component_input_parameter":
        name = source.component_input_parameter
        if name not in dag.parameters:
            raise DriverError(f"parent DAG does not have input parameter {name}")
        if dag.parameters[name] is None:
            raise _Null(f"the resolved input parameter is null: {name}")
        return dag.parameters[name]
    if which == "task_output_parameter":
        output = source.task_output_parameter
        run = producer_of(dag, output.producer_task)
        found, many = outputs_of(run, output.output_parameter_key, "parameters")
        return found if many else found[0]
    if which == "task_final_status":
        return _final_status(dag, task, names)
    value = native(source.runtime_value.constant)
    if not isinstance(value, str):
        return value
    return _of_the_run(dag, task_name, value, names)


def _of_the_run(dag: DagRun, task_name: str, value: str, names: RunNames) -> str:
    return {
        "{{$.pipeline_job_name}}": names.display_name,
        "{{$.pipeline_job_resource_name}}": names.resource_name,
        "{{$.pipeline_job_uuid}}": names.id,
        "{{$.pipeline_task_name}}": task_name,
        "{{$.pipeline_task_uuid}}": str(dag.id),
        "{{$.pipeline_job_create_time_utc}}": names.created,
        "{{$.pipeline_job_schedule_time_utc}}": names.created,
    }.get(value, value)


def _final_status(dag: DagRun, task: Any, names: RunNames) -> Value:
    producer = dag.tasks.get(task.dependent_tasks[0]) if task.dependent_tasks else None
    if producer is None or producer.state is None:
        raise DriverError("producer task, , not in tasks")
    return {
        "state": producer.state,
        "pipelineTaskName": producer.name,
        "pipelineJobResourceName": names.resource_name,
        "error": {},
    }


def _artifact(dag: DagRun, name: str, source: Any) -> list[dict[str, Any]]:
    if source.WhichOneof("kind") == "component_input_artifact":
        key = source.component_input_artifact
        if key not in dag.artifacts:
            raise DriverError(f"parent DAG does not have input artifact {key}")
        return dag.artifacts[key]
    output = source.task_output_artifact
    run = producer_of(dag, output.producer_task)
    found, _ = outputs_of(run, output.output_artifact_key, "artifacts")
    return [artifact.for_consumer() for artifact in found if artifact is not None]


def _select(task: Any, values: dict[str, Value]) -> None:
    for name, source in task.inputs.parameters.items():
        selector = source.parameter_expression_selector
        if not selector:
            continue
        if name not in values:
            raise DriverError(
                f'resolving parameter "{name}": value not found in inputs'
            )
        try:
            values[name] = conditions.selected(values[name], selector)
        except ValueError as error:
            raise DriverError(
                f'resolving parameter "{name}": evaluation of parameter expression '
                f'selector "{selector}" failed: {error}'
            ) from error


def _check_types(
    declared: Any, values: dict[str, Value], nulls: set[str], without: str = ""
) -> None:
    """Texts for STRING parameters; for all others, no value of another kind."""
    for name, target in sorted(declared.items()):
        if name == without:
            continue
        wanted = parameters.type_of(target)
        if name not in values:
            if not target.is_optional and not target.HasField("default_value"):
                raise DriverError(
                    "neither value nor default value provided for non-optional "
                    f'parameter "{name}"'
                )
            continue
        value = values[name]
        if value is None and name in nulls:
            continue
        if wanted == STRING:
            values[name] = text_of(value)
        elif value is None:
            raise DriverError(f'got null for input parameter "{name}"')
        elif kind(value) != KINDS.get(wanted):
            raise DriverError(
                f'input parameter "{name}" type mismatch: expect {wanted}, got '
                f"{kind(value)}"
            )
