"""Runs any TFX executor as TFX's own launcher would; imports TFX.

There is no driver and no metadata store: what a driver would do is done here, and
the properties of the outputs go to KFP.
"""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor
from tfx.orchestration.portable import outputs_utils
from tfx.proto.orchestration import execution_result_pb2, pipeline_pb2
from tfx.types.artifact import Artifact
from tfx.types.value_artifact import ValueArtifact

from tidegate.errors import UsageError
from tidegate.runners import tfx_stores
from tidegate.runners.beam_args import merged
from tidegate.runners.kubeflow.entrypoint.metadata import Properties
from tidegate.runners.kubeflow.entrypoint.places import make_input, make_output
from tidegate.runners.kubeflow.entrypoint.step import Step
from tidegate.runners.kubeflow.entrypoint.tfx_artifacts import artifact, properties_of

_LOG = logging.getLogger("tidegate.entrypoint")
Artifacts = dict[str, list[Artifact]]


def executor_class(path: str) -> Any:
    """The class at an import path, of which the import may take seconds.

    Raises:
        UsageError: The image does not have it.
    """
    module, _, name = path.rpartition(".")
    found: Any = None
    try:
        found = getattr(importlib.import_module(module or path), name, None)
    except ModuleNotFoundError as error:
        # One that the module itself needs is another matter.
        if not f"{module or path}.".startswith(f"{error.name}."):
            raise
    if found is None:
        raise UsageError(
            "the image does not have the executor of the step",
            where=path,
            expected=f"a class {name} in the module {module or path}",
            got="none",
            fix="build the image with the package or the project that it is in",
        )
    return found


def run(step: Step, kind: Any) -> tuple[dict[str, Properties], dict[str, Any]]:
    """Runs the executor; returns the outputs' properties and values.

    Args:
        step: The step.
        kind: The executor's class.

    Returns:
        The properties of each output, and the value of each that is to be an output
        parameter too.

    Raises:
        Exception: Whatever the executor raises.
    """
    inputs = {key: [artifact(one) for one in all] for key, all in step.inputs.items()}
    outputs = {key: [artifact(one)] for key, one in step.outputs.items()}
    _make_folders(inputs, outputs)
    tfx_stores.register()
    properties = dict(step.properties)
    if step.invocation.driver == "file_based":
        _drive(properties, outputs)
    executor = kind(_context(kind, step))
    _LOG.info("%s: running %s", step.invocation.node, step.invocation.executor)
    result = executor.Do(inputs, outputs, properties)
    _take_over(result or _left_behind(step), outputs)
    outputs_utils.tag_output_artifacts_with_version(outputs)
    return (
        {key: properties_of(one) for key, (one,) in outputs.items()},
        {
            key: one.read()
            for key, (one,) in outputs.items()
            if key in step.given.output_parameters and isinstance(one, ValueArtifact)
        },
    )


def _make_folders(inputs: Artifacts, outputs: Artifacts) -> None:
    for listed in inputs.values():
        for one in listed:
            if isinstance(one, ValueArtifact):
                one.read()
            else:
                make_input(one.uri)
    for (one,) in outputs.values():
        if isinstance(one, ValueArtifact):
            # A value is a file, which TFX makes empty beforehand.
            Path(one.uri).parent.mkdir(parents=True, exist_ok=True)
            Path(one.uri).write_bytes(b"")
        else:
            make_output(one.uri)


def _drive(properties: dict[str, Any], outputs: Artifacts) -> None:
    """Does what the driver of a file-based ExampleGen does before the executor."""
    from tfx.components.example_gen import driver

    resolved = driver.FileBasedDriver(None).resolve_exec_properties(
        properties, None, None
    )
    properties.update(resolved)
    ((examples,),) = outputs.values()
    driver.update_output_artifact(properties, examples.mlmd_artifact)


def _context(kind: Any, step: Step) -> Any:
    folder = step.temporary
    invocation = step.invocation
    node = pipeline_pb2.PipelineNode()
    node.node_info.id = invocation.node
    known: dict[str, Any] = {
        "tmp_dir": str(folder / "executor"),
        "unique_id": "1",
        "executor_output_uri": str(_output_file(step)),
        "stateful_working_dir": str(folder / "stateful"),
        "pipeline_node": node,
        "pipeline_info": pipeline_pb2.PipelineInfo(id=invocation.pipeline),
        "pipeline_run_id": step.run or "",
    }
    if issubclass(kind, base_beam_executor.BaseBeamExecutor):
        args = merged(invocation.beam_args)
        return kind.Context(beam_pipeline_args=args, **known)
    return base_executor.BaseExecutor.Context(extra_flags=[], **known)


def _output_file(step: Step) -> Path:
    return step.temporary / "executor_output.pb"


def _left_behind(step: Step) -> Any:
    """What the executor wrote instead of returning it; None if nothing."""
    file = _output_file(step)
    if not file.is_file():
        return None
    return execution_result_pb2.ExecutorOutput.FromString(file.read_bytes())


def _take_over(result: Any, outputs: Artifacts) -> None:
    """Puts the properties that the executor returned onto the outputs."""
    for key, listed in result.output_artifacts.items() if result else ():
        if key in outputs and len(listed.artifacts) == 1:
            (one,) = outputs[key]
            proto, returned = one.mlmd_artifact, listed.artifacts[0]
            for name, value in returned.properties.items():
                proto.properties[name].CopyFrom(value)
            for name, value in returned.custom_properties.items():
                proto.custom_properties[name].CopyFrom(value)
