"""What the driver refuses of a task's inputs (driver/resolve.go), before it runs.

Its checks need the values of a run. Most can be told from the spec: what a task is
given, whether that may be null, and of which type it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tidegate.errors import UsageError
from tidegate.runners.spec_run import conditions, parameters, placeholders
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.tasks_refused import refused
from tidegate.runners.spec_run.values import KINDS, LIST, STRING, kind, native

# What a DAG has of a parameter: a value, a null, or not even that.
Parameter = Literal["value", "null", "absent"]


@dataclass(frozen=True)
class Given:
    """What the task of a DAG hands to it.

    Attributes:
        parameters: Each parameter that the DAG declares.
        artifacts: Names of the artifacts that it gets.
    """

    parameters: dict[str, Parameter]
    artifacts: frozenset[str]


def given_to_nested(task: Any, component: Any, around: Given) -> Given:
    """What the tasks of a nested DAG find (resolve.go:resolveInputs, isDagDriver)."""
    state: dict[str, Parameter] = {}
    for name, declared in component.input_definitions.parameters.items():
        if name in task.inputs.parameters:
            spec = task.inputs.parameters[name]
            source = spec.component_input_parameter
            null = source and around.parameters.get(source) == "null"
            # A null that is handed on is left out, even where there is a default.
            state[name] = "absent" if null else "value"
        elif declared.is_optional:
            state[name] = "value" if declared.HasField("default_value") else "null"
        else:
            state[name] = "absent"
    if task.WhichOneof("iterator") == "parameter_iterator":
        state[task.parameter_iterator.items.input_parameter] = "absent"
        state[task.parameter_iterator.item_input] = "value"
    return Given(state, frozenset(task.inputs.artifacts))


def input_problems(
    spec: CompiledSpec, path: str, task: Any, component: Any, parent: Any, given: Given
) -> Iterator[UsageError]:
    """Problems of the inputs of one task.

    Args:
        spec: The pipeline.
        path: Of the task.
        task: It.
        component: Its component.
        parent: Component of the DAG that it is in.
        given: What that DAG has.
    """
    declared = component.input_definitions.parameters
    for name in sorted(task.inputs.parameters):
        target = declared.get(name)
        yield from _parameter(
            spec, f"{path}.{name}", task, task.inputs.parameters[name], target, parent,
            given,
        )  # fmt: skip
    item = task.parameter_iterator.item_input
    for name in sorted(set(declared) - set(task.inputs.parameters) - {item}):
        yield from _not_given(f"{path}.{name}", declared[name], name)
    for name in sorted(task.inputs.artifacts):
        source = task.inputs.artifacts[name]
        yield from _artifact(spec, f"{path}.{name}", source, parent, given)
    if component.WhichOneof("implementation") == "dag":
        yield from _twice(path, task)
    condition = task.trigger_policy.condition
    if condition and (problem := conditions.problem_of(condition)):
        yield refused(path, f"the condition is no CEL expression: {problem}")


def _parameter(
    spec: CompiledSpec,
    where: str,
    task: Any,
    source: Any,
    target: Any | None,
    parent: Any,
    given: Given,
) -> Iterator[UsageError]:
    which = source.WhichOneof("kind")
    wanted = None if target is None else parameters.type_of(target)
    if wanted is not None and wanted not in KINDS:
        yield refused(where, f"it has unspecified type: {wanted}")
        return
    selector = source.parameter_expression_selector
    if selector and (problem := conditions.problem_of(selector)):
        yield refused(where, f"the expression selector is no CEL: {problem}")
    if which == "component_input_parameter":
        got = source.component_input_parameter
        yield from _from_parent(where, got, target, given)
        of = parent.input_definitions.parameters
        has = parameters.type_of(of[got]) if got in of else None
        yield from _types(where, wanted, None if selector else has)
    elif which == "task_output_parameter":
        output = source.task_output_parameter
        has = _output_type(spec, parent, output.producer_task, output)
        if has == "":
            yield refused(
                where,
                f'cannot find output parameter key "{output.output_parameter_key}" in '
                f'producer task "{output.producer_task}"',
            )
        yield from _types(where, wanted, None if selector else has)
    elif which == "runtime_value":
        yield from _constant(where, source.runtime_value, target, wanted, selector)
    elif which == "task_final_status":
        if not task.dependent_tasks:
            yield refused(where, "the task has no dependent tasks")
        yield from _types(where, wanted, "TASK_FINAL_STATUS")
    else:
        yield refused(where, "parameter spec of this type not implemented yet")


def _from_parent(
    where: str, name: str, target: Any | None, given: Given
) -> Iterator[UsageError]:
    has = given.parameters.get(name, "absent")
    if has == "absent":
        yield refused(
            where,
            f"parent DAG does not have input parameter {name}",
            "give the parameter a default: KFP hands no null into a nested pipeline",
        )
    elif has == "null" and (target is None or not target.is_optional):
        yield refused(
            where,
            f"the resolved input parameter is null: {name}",
            f"give it a value, --param {name}=VALUE, or a default when compiling",
        )


def _output_type(
    spec: CompiledSpec, parent: Any, producer: str, output: Any
) -> str | None:
    """Type of an output; "" where there is no such output, None where none is known."""
    if producer not in parent.dag.tasks:
        return None  # Said of the DAG already.
    task = parent.dag.tasks[producer]
    component = spec.component(task.component_ref.name)
    if component is None:
        return None
    outputs = component.output_definitions.parameters
    key = output.output_parameter_key
    if key not in outputs:
        return ""
    # What the iterations of a loop put out is collected into a list.
    loop = task.WhichOneof("iterator")
    return LIST if loop else parameters.type_of(outputs[key])


def _types(where: str, wanted: str | None, has: str | None) -> Iterator[UsageError]:
    if not wanted or not has or wanted == STRING:
        return
    if KINDS.get(has) != KINDS[wanted]:
        yield refused(
            where, f"type mismatch: expect {wanted}, got {KINDS.get(has, 'nothing')}"
        )


def _constant(
    where: str, value: Any, target: Any | None, wanted: str | None, selector: str
) -> Iterator[UsageError]:
    if value.WhichOneof("value") != "constant":
        yield refused(where, "param runtime value spec of this type not implemented")
        return
    constant = native(value.constant)
    for text in _texts(constant):
        if placeholders.WORKSPACE in text:
            yield refused(
                where,
                "it needs the pipeline's workspace: the backend runs it, run-spec does "
                "not",
            )
            continue
        for unknown in placeholders.in_constant(text):
            yield refused(
                where,
                f"unknown placeholder {unknown}",
                "KFP fills it in only where it is the whole value, or not at all",
            )
    if (
        not selector
        and wanted not in (None, STRING)
        and kind(constant) != KINDS[wanted]
    ):
        yield refused(where, f"type mismatch: expect {wanted}, got {kind(constant)}")
    if target is not None and not parameters.allowed(target, constant):
        yield refused(where, "it does not match any of the allowed literal values")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _not_given(where: str, declared: Any, name: str) -> Iterator[UsageError]:
    if declared.is_optional or parameters.type_of(declared) == "TASK_CONFIG":
        return
    if not declared.HasField("default_value"):
        yield refused(
            where,
            "neither value nor default value provided for non-optional parameter "
            f'"{name}"',
        )
    else:
        yield refused(
            where,
            "KFP's driver takes no default of a parameter that is not optional",
            "compile it with isOptional: true, or give the parameter",
        )


def _artifact(
    spec: CompiledSpec, where: str, source: Any, parent: Any, given: Given
) -> Iterator[UsageError]:
    which = source.WhichOneof("kind")
    if which == "component_input_artifact":
        name = source.component_input_artifact
        if name not in given.artifacts:
            yield refused(where, f"parent DAG does not have input artifact {name}")
    elif which == "task_output_artifact":
        output = source.task_output_artifact
        tasks = parent.dag.tasks
        if output.producer_task not in tasks:
            return
        component = spec.component(tasks[output.producer_task].component_ref.name)
        key = output.output_artifact_key
        if component is not None and key not in component.output_definitions.artifacts:
            yield refused(
                where,
                f'cannot find output artifact key "{key}" in producer task '
                f'"{output.producer_task}"',
            )
    else:
        yield refused(where, "artifact spec of this type not implemented yet")


def _twice(path: str, task: Any) -> Iterator[UsageError]:
    """An artifact under two names: of these the metadata store keeps but one."""
    names: dict[bytes, str] = {}
    for name, source in sorted(task.inputs.artifacts.items()):
        other = names.setdefault(source.SerializeToString(), name)
        if other != name:
            yield refused(
                f"{path}.{name}",
                f"the nested pipeline gets one artifact as {other} and as {name}, of "
                "which KFP keeps one only",
                "hand it in once",
            )
