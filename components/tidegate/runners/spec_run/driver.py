"""What KFP's driver decides before a container starts.

The rules: driver/container.go:Container, driver/driver.go:provisionOutputs and
initPodSpecPatch, metadata/client.go:GenerateOutputURI and GetPipeline.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format

from tidegate.runners.kubeflow.image_variable import tells_image
from tidegate.runners.kubeflow.local_copies import local_path
from tidegate.runners.spec_run import conditions, parameters, placeholders
from tidegate.runners.spec_run.inputs import Inputs
from tidegate.runners.spec_run.launcher import LOGS
from tidegate.runners.spec_run.upstream import DriverError


@dataclass(frozen=True)
class Planned:
    """A container that is to run.

    Attributes:
        executor_input: As the driver hands it to the launcher.
        words: Command and arguments, input parameters filled in.
        environment: Variables of the pod.
    """

    executor_input: dict[str, Any]
    words: tuple[str, ...]
    environment: dict[str, str]


def triggers(task: Any, inputs: Inputs) -> bool:
    """Whether the task's condition holds; True where it has none.

    Raises:
        DriverError: It cannot be evaluated.
    """
    condition = task.trigger_policy.condition
    if not condition:
        return True
    try:
        return conditions.holds(condition, {"inputs": inputs.as_json()})
    except ValueError as error:
        raise DriverError(f'condition "{condition}": {error}') from error


def run_root(root: str, pipeline: str, run: str) -> str:
    """Root of the artifacts of one run; a query string is not kept."""
    return f"{root.partition('?')[0].rstrip('/')}/{pipeline}/{run}"


def executor_input(
    inputs: Inputs, component: Any, task_name: str, root: str
) -> dict[str, Any]:
    """The ExecutorInput of a task that will run.

    Args:
        inputs: Resolved.
        component: Of the task.
        task_name: A part of the URIs of its outputs.
        root: As `run_root` gives it.
    """
    # Outputs of two attempts of the same name do not meet.
    base = f"{root}/{task_name}/{uuid.uuid4()}"
    made: dict[str, Any] = {}
    for name, declared in sorted(component.output_definitions.artifacts.items()):
        artifact: dict[str, Any] = {
            "name": name,
            "type": json_format.MessageToDict(declared.artifact_type),
            "uri": f"{base}/{name}",
        }
        if declared.HasField("metadata"):
            artifact["metadata"] = json_format.MessageToDict(declared.metadata)
        made[name] = {"artifacts": [artifact]}
    logs = {
        "name": LOGS,
        "type": {"schemaTitle": "system.Artifact"},
        "uri": f"{base}/{LOGS}",
    }
    made[LOGS] = {"artifacts": [logs]}
    outputs: dict[str, Any] = {"artifacts": made}
    if files := {
        name: {"outputFile": f"/tmp/kfp/outputs/{name}"}
        for name in sorted(component.output_definitions.parameters)
    }:
        outputs["parameters"] = files
    outputs["outputFile"] = str(local_path(base) / "output_metadata.json")
    return {"inputs": inputs.as_json(), "outputs": outputs}


def plan(
    inputs: Inputs,
    container: Any,
    given: dict[str, Any],
    variables: Mapping[str, str],
    pod: str,
) -> Planned:
    """The container as its pod has it.

    Args:
        inputs: Resolved.
        container: Of the executor.
        given: The ExecutorInput.
        variables: From secrets and config maps.
        pod: Name of the pod.

    Raises:
        DriverError: A placeholder cannot be filled in.
    """
    try:
        words = placeholders.by_driver(
            [*container.command, *container.args], inputs.parameters
        )
    except ValueError as error:
        raise DriverError(f"failed to resolve container args: {error}") from error
    environment = {"KFP_POD_NAME": pod, "KFP_POD_UID": pod, **variables}
    for variable in container.env:
        if tells_image(variable.name, variable.value, container.image):
            continue  # It would be untrue here, where no image is used.
        environment[variable.name] = placeholders.by_kubernetes(
            variable.value, environment
        )
    text = placeholders.by_kubernetes(
        json.dumps(given, ensure_ascii=False), environment
    )
    try:
        expanded = json.loads(text)
    except ValueError as error:
        raise DriverError(f"failed to unmarshal executor input: {error}") from error
    return Planned(
        expanded,
        tuple(placeholders.by_kubernetes(word, environment) for word in words),
        environment,
    )


def output_types(component: Any) -> dict[str, str]:
    """Output parameter to its type."""
    return {
        name: parameters.type_of(declared)
        for name, declared in component.output_definitions.parameters.items()
    }
