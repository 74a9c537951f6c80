"""What of a component's outputs KFP cannot hand on.

The rules: driver/resolve.go:GetProducerTask (outputs of nested pipelines) and
launcher_v2.go:getArtifactSchema (types of artifacts).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format

from tidegate.errors import UsageError
from tidegate.runners.spec_run import artifacts
from tidegate.runners.spec_run.spec_file import CompiledSpec


def output_problems(
    spec: CompiledSpec, path: str, component: Any
) -> Iterator[UsageError]:
    """Problems of the outputs of a DAG."""
    outputs = component.dag.outputs
    for name in sorted(outputs.artifacts):
        for selector in outputs.artifacts[name].artifact_selectors:
            yield from _selected(
                spec, f"{path}.{name}", component, selector.producer_subtask,
                selector.output_artifact_key, "artifacts",
            )  # fmt: skip
    for name in sorted(outputs.parameters):
        for selector in parameter_selectors(outputs.parameters[name]):
            yield from _selected(
                spec, f"{path}.{name}", component, selector.producer_subtask,
                selector.output_parameter_key, "parameters",
            )  # fmt: skip


def parameter_selectors(output: Any) -> list[Any]:
    """Where an output parameter of a DAG may come from, in order."""
    if output.WhichOneof("kind") == "value_from_oneof":
        return list(output.value_from_oneof.parameter_selectors)
    return [output.value_from_parameter]


def _selected(
    spec: CompiledSpec, where: str, component: Any, task: str, key: str, side: str
) -> Iterator[UsageError]:
    fix = "compile the pipeline again"
    if task not in component.dag.tasks:
        message = f'the output comes from "{task}", which is no task of the DAG'
        yield UsageError(message, where=where, fix=fix)
        return
    producer = spec.component(component.dag.tasks[task].component_ref.name)
    if producer is None:
        return
    if key not in getattr(producer.output_definitions, side):
        message = f'cannot find output key "{key}" in producer task "{task}"'
        yield UsageError(message, where=where, fix=fix)


def type_problems(path: str, component: Any) -> Iterator[UsageError]:
    """Output artifacts of a type that the launcher cannot record."""
    for name, output in sorted(component.output_definitions.artifacts.items()):
        try:
            artifacts.title(json_format.MessageToDict(output.artifact_type))
        except ValueError as error:
            yield UsageError(
                f'failed to determine schema for output "{name}": {error}',
                where=path,
                fix="give the artifact a schemaTitle, such as system.Dataset",
            )
