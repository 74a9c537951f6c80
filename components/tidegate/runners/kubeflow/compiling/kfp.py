"""Steps as a spec that an unpatched open-source KFP v2 runs.

It has containers and importers only: no resolver, no driver hook, no custom job,
none of which open-source KFP executes. What KFP does not carry is in the
invocation, an argument of each container.

The form is PipelineSpec of api/v2alpha1/pipeline_spec.proto in kubeflow/pipelines,
schema version 2.1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate import __version__
from tidegate.runners.kubeflow.compiling import artifact_types, names
from tidegate.runners.kubeflow.compiling.containers import container
from tidegate.runners.kubeflow.compiling.deployment import Step as Needs
from tidegate.runners.kubeflow.compiling.exit_handler import with_exit_handler
from tidegate.runners.kubeflow.compiling.invocations import Plan, invocation
from tidegate.runners.kubeflow.compiling.pipeline import Pipeline
from tidegate.runners.kubeflow.compiling.runtime_parameters import Parameter
from tidegate.runners.kubeflow.compiling.steps import Step
from tidegate.runners.kubeflow.invocation import TYPED

Spec = dict[str, Any]
SCHEMA_VERSION = "2.1.0"
_TYPES = {
    bool: "BOOLEAN",
    int: "NUMBER_INTEGER",
    float: "NUMBER_DOUBLE",
    str: "STRING",
}
_IMPORT_PARAMETER = "uri"


def pipeline_spec(pipeline: Pipeline) -> Spec:
    """The spec, with keys in no particular order."""
    parts = [_compiled(step, pipeline) for step in pipeline.steps]
    spec: Spec = {
        "pipelineInfo": {"name": pipeline.name},
        "schemaVersion": SCHEMA_VERSION,
        "sdkVersion": f"tidegate-{__version__}",
        "deploymentSpec": {"executors": _joined(part.executor for part in parts)},
        "components": _joined(part.component for part in parts),
        "root": {"dag": {"tasks": _joined(part.task for part in parts)}},
    }
    if pipeline.parameters:
        declared = {one.name: _declared(one) for one in pipeline.parameters}
        spec["root"]["inputDefinitions"] = {"parameters": declared}
    if pipeline.deployment.pipeline_root:
        spec["defaultPipelineRoot"] = pipeline.deployment.pipeline_root
    if pipeline.deployment.notify:
        return with_exit_handler(spec, pipeline.deployment)
    return spec


def declaration(parameter: Parameter) -> dict[str, Any]:
    """A parameter as a pipeline's inputs declare it, for any target."""
    said: dict[str, Any] = {"parameterType": parameter.type}
    if parameter.default is not None:
        said["defaultValue"] = parameter.default
    if parameter.optional or parameter.default is not None:
        said["isOptional"] = True
    return said


def _declared(parameter: Parameter) -> dict[str, Any]:
    """The same for open-source KFP, where one without a value is an empty text.

    A sub-pipeline cannot hand on a parameter without a value: its tasks then end
    with "parent DAG does not have input parameter" (backend/src/v2/driver/resolve.go
    of kubeflow/pipelines).
    """
    if not parameter.optional:
        return declaration(parameter)
    return {"parameterType": "STRING", "defaultValue": "", "isOptional": True}


@dataclass(frozen=True)
class _Compiled:
    component: Spec
    executor: Spec
    task: Spec


def _compiled(step: Step, pipeline: Pipeline) -> _Compiled:
    task = names.task_name(step.id)
    if step.imported is not None:
        return _importer(step, task)
    plan = invocation(step, pipeline)
    component = {
        "executorLabel": names.executor_name(task),
        "inputDefinitions": _dropped_empty(
            {
                "artifacts": {
                    part: {"artifactType": _schema(kind.type.name)}
                    for kind in plan.invocation.inputs.values()
                    for part in kind.parts
                },
                "parameters": plan.declared,
            }
        ),
        "outputDefinitions": {"artifacts": _outputs(plan)},
    }
    needs = pipeline.deployment.step(step.id)
    run = {"container": container(plan.invocation, needs, pipeline.deployment.image)}
    return _Compiled(
        component={names.component_name(task): _dropped_empty(component)},
        executor={names.executor_name(task): run},
        task={task: _task(step, task, plan, pipeline)},
    )


def _outputs(plan: Plan) -> Spec:
    found = {
        key: {"artifactType": _schema(kind.name)}
        for key, kind in plan.invocation.outputs.items()
    }
    page = artifact_types.type_schema("system.HTML")
    return {**found, **{key: {"artifactType": page} for key in plan.invocation.pages}}


def _task(step: Step, task: str, plan: Plan, pipeline: Pipeline) -> Spec:
    needs = pipeline.deployment.step(step.id)
    cached = not _sees_outside(step, plan) if needs.cache is None else needs.cache
    said: Spec = {
        "taskInfo": {"name": step.id},
        "componentRef": {"name": names.component_name(task)},
        "dependentTasks": sorted(names.task_name(one) for one in step.upstream),
        "inputs": _dropped_empty(
            {"artifacts": _artifacts(step, plan), "parameters": plan.given}
        ),
        "cachingOptions": {"enableCache": True} if cached else {},
    }
    # A gate decides the same when it is asked again: only its own setting counts.
    own = pipeline.deployment.components.get(step.id)
    said["retryPolicy"] = retry_policy(needs if not step.gate else own or Needs())
    return {
        key: value for key, value in said.items() if value or key == "cachingOptions"
    }


def retry_policy(needs: Needs) -> Spec:
    """A RetryPolicy; nothing where a step that failed is not tried again."""
    retries = needs.retries
    if retries is None or not retries.count:
        return {}
    return {
        "maxRetryCount": retries.count,
        "backoffDuration": _seconds(retries.backoff),
        "backoffFactor": retries.factor,
        "backoffMaxDuration": _seconds(retries.longest),
    }


def _sees_outside(step: Step, plan: Plan) -> bool:
    """Whether the step's result depends on what its inputs do not tell.

    A step without inputs that names files of the project reads these, and their
    digests are in its arguments.
    """
    return step.reads_outside and (bool(step.inputs) or not plan.invocation.files)


def _artifacts(step: Step, plan: Plan) -> Spec:
    return {
        part: {
            "taskOutputArtifact": {
                "producerTask": names.task_name(producer),
                "outputArtifactKey": key,
            }
        }
        for name, (_, origins) in step.inputs.items()
        for part, (producer, key) in zip(
            plan.invocation.inputs[name].parts, origins, strict=True
        )
    }


def _importer(step: Step, task: str) -> _Compiled:
    imported = step.imported
    assert imported is not None
    ((key, kind),) = step.outputs.items()
    schema = _schema(kind.name)
    # The backend takes a constant from the importer, and all else from the task.
    uri: Spec = {"runtimeValue": {"constant": imported.uri}}
    where: Spec = {"constant": imported.uri}
    if imported.by_parameter:
        uri = {"componentInputParameter": imported.uri}
        where = {"runtimeParameter": _IMPORT_PARAMETER}
    metadata = {TYPED: typed_text(kind.name, kind.properties, imported.properties)}
    return _Compiled(
        component={
            names.component_name(task): {
                "executorLabel": names.executor_name(task),
                "inputDefinitions": {
                    "parameters": {_IMPORT_PARAMETER: {"parameterType": "STRING"}}
                },
                "outputDefinitions": {"artifacts": {key: {"artifactType": schema}}},
            }
        },
        executor={
            names.executor_name(task): {
                "importer": {
                    "artifactUri": where,
                    "typeSchema": schema,
                    "metadata": {**imported.properties, **metadata},
                    "reimport": imported.reimport,
                }
            }
        },
        task={
            task: {
                "taskInfo": {"name": step.id},
                "componentRef": {"name": names.component_name(task)},
                "inputs": {"parameters": {_IMPORT_PARAMETER: uri}},
                "cachingOptions": {},
            }
        },
    )


def typed_text(
    kind: str, declared: Mapping[str, Any], properties: Mapping[str, Any]
) -> str:
    """Properties of an artifact with their kinds, as the entrypoint reads them."""
    kinds = {bool: "bool", int: "int", float: "double", str: "string"}
    typed: dict[str, dict[str, Any]] = {"properties": {}, "custom_properties": {}}
    for name, value in properties.items():
        group = "properties" if name in declared else "custom_properties"
        typed[group][name] = {kinds.get(type(value), "json"): value}
    return json.dumps({"type": kind, **typed}, sort_keys=True, separators=(",", ":"))


def _schema(name: str) -> dict[str, str]:
    return artifact_types.type_schema(artifact_types.system_title(name))


def _seconds(duration: str) -> str:
    seconds = int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]
    return f"{seconds}s"


def _dropped_empty(said: Spec) -> Spec:
    return {key: value for key, value in said.items() if value not in ({}, [], "")}


def _joined(parts: Any) -> Spec:
    return {key: value for part in parts for key, value in part.items()}
