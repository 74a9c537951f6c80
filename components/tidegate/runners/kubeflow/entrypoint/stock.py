"""Runs any TFX executor as TFX's own launcher would; imports TFX.

There is no driver and no metadata store: what a driver would do is done here, and
the properties of the outputs go to KFP.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.components.base import base_beam_executor, base_executor
from tfx.orchestration.portable import outputs_utils
from tfx.proto.orchestration import execution_result_pb2, pipeline_pb2
from tfx.types import artifact_utils
from tfx.types.artifact import Artifact
from tfx.types.value_artifact import ValueArtifact

from tidegate.errors import UsageError
from tidegate.runners.beam_args import merged
from tidegate.runners.kubeflow.entrypoint.metadata import Properties
from tidegate.runners.kubeflow.entrypoint.places import make_input, make_output
from tidegate.runners.kubeflow.entrypoint.step import Here, Step
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Typed

_LOG = logging.getLogger("tidegate.entrypoint")
_KINDS = {
    "int": metadata_store_pb2.INT,
    "double": metadata_store_pb2.DOUBLE,
    "string": metadata_store_pb2.STRING,
    "bool": metadata_store_pb2.BOOLEAN,
    "json": metadata_store_pb2.STRUCT,
}
_FIELDS = {
    "int": "int_value",
    "double": "double_value",
    "string": "string_value",
    "bool": "bool_value",
}
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
    inputs = {key: [_artifact(one) for one in all] for key, all in step.inputs.items()}
    outputs = {key: [_artifact(one)] for key, one in step.outputs.items()}
    _make_folders(inputs, outputs)
    properties = dict(step.properties)
    if step.invocation.driver == "file_based":
        _drive(properties, outputs)
    executor = kind(_context(kind, step))
    _LOG.info("%s: running %s", step.invocation.node, step.invocation.executor)
    result = executor.Do(inputs, outputs, properties)
    _take_over(result or _left_behind(step), outputs)
    outputs_utils.tag_output_artifacts_with_version(outputs)
    return (
        {key: _properties(one) for key, (one,) in outputs.items()},
        {
            key: one.read()
            for key, (one,) in outputs.items()
            if key in step.given.output_parameters and isinstance(one, ValueArtifact)
        },
    )


def _artifact(here: Here) -> Artifact:
    made: Artifact = _type(here.kind)()
    made.uri = here.path
    made.id = here.id
    for name, typed in here.properties.declared.items():
        if typed.kind == "proto":
            _set_proto(made.mlmd_artifact.properties[name], typed.value)
        else:
            setattr(made, name, typed.value)
    for name, typed in here.properties.custom.items():
        _set_custom(made, name, typed)
    return made


def _type(kind: ArtifactType) -> Any:
    """The type's class, made anew where this image does not have it."""
    module, _, name = kind.path.rpartition(".")
    with contextlib.suppress(ImportError, AttributeError, ValueError):
        found = getattr(importlib.import_module(module), name)
        if kind.name == found.TYPE_NAME:
            return found
    described = metadata_store_pb2.ArtifactType(name=kind.name)
    for name, declared in kind.properties.items():
        described.properties[name] = _KINDS[declared]
    return artifact_utils.get_artifact_type_class(described)


def _set_custom(made: Artifact, name: str, typed: Typed) -> None:
    if typed.kind == "proto":
        _set_proto(made.mlmd_artifact.custom_properties[name], typed.value)
    elif typed.kind == "json":
        made.set_json_value_custom_property(name, typed.value)
    else:
        value = made.mlmd_artifact.custom_properties[name]
        setattr(value, _FIELDS[typed.kind], typed.value)


def _set_proto(value: Any, known: Mapping[str, str]) -> None:
    value.proto_value.type_url = known["type"]
    value.proto_value.value = bytes.fromhex(known["hex"])


def _properties(artifact: Artifact) -> Properties:
    # Asking for the proto writes what was changed within JSON values into it.
    proto = artifact.mlmd_artifact
    return Properties(
        {
            name: _typed(value, lambda name=name: getattr(artifact, name))
            for name, value in proto.properties.items()
        },
        {
            name: _typed(
                value,
                lambda name=name: artifact.get_json_value_custom_property(name),
            )
            for name, value in proto.custom_properties.items()
        },
    )


def _typed(value: Any, as_json: Any) -> Typed:
    field = value.WhichOneof("value")
    if field == "struct_value":
        return Typed("json", as_json())
    if field == "proto_value":
        packed = value.proto_value
        return Typed("proto", {"type": packed.type_url, "hex": packed.value.hex()})
    for kind, known in _FIELDS.items():
        if field == known:
            return Typed(kind, getattr(value, field))
    return Typed("json", None)


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
