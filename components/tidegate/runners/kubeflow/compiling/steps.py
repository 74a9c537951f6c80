"""The nodes of a pipeline as plain steps: all that a compiled spec needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.compiling.artifact_types import described
from tidegate.runners.kubeflow.invocation import ArtifactType

Origin = tuple[str, str]


@dataclass(frozen=True)
class Import:
    """What an Importer brings in.

    Attributes:
        uri: Where the artifact is; or the name of a runtime parameter that says.
        by_parameter: Whether it is such a name.
        reimport: Whether it is registered anew in each run.
        properties: Declared and custom properties of the artifact.
    """

    uri: str
    by_parameter: bool
    reimport: bool
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One node.

    Attributes:
        id: As the pipeline's author knows it.
        executor: Import path of the executor class; "" for an Importer.
        driver: See `Invocation.driver`.
        inputs: Key to the type and, for each producer, its id and output key.
        outputs: Key to the type.
        properties: Execution property to value; those not given are left out.
        runtime: Execution property to the RuntimeParameter that is its value.
        upstream: Ids of the nodes that it waits for.
        beam_args: Arguments for Beam; None where it is no Beam component.
        reads_outside: Whether it reads what no input artifact holds.
        gate: Whether it is a gate, for which a second try changes nothing.
        imported: What it imports, for an Importer.
    """

    id: str
    executor: str
    driver: Literal["file_based"] | None = None
    inputs: Mapping[str, tuple[ArtifactType, Sequence[Origin]]] = field(
        default_factory=dict
    )
    outputs: Mapping[str, ArtifactType] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    runtime: Mapping[str, Any] = field(default_factory=dict)
    upstream: tuple[str, ...] = ()
    beam_args: tuple[str, ...] | None = None
    reads_outside: bool = False
    gate: bool = False
    imported: Import | None = None


def linked(nodes: Iterable[Any], name: str, root: str, beam_args: Sequence[str]) -> Any:
    """A TFX pipeline of the nodes: in order, each knowing its neighbours.

    Args:
        nodes: What `create_components` returned.
        name: Name of the pipeline.
        root: Where its artifacts go.
        beam_args: Arguments for Beam.

    Raises:
        UsageError: Two nodes have one id, or they wait for each other.
    """
    from tfx.orchestration import pipeline as tfx_pipeline

    try:
        return tfx_pipeline.Pipeline(
            pipeline_name=name,
            pipeline_root=root,
            components=list(nodes),
            enable_cache=True,
            beam_pipeline_args=list(beam_args),
        )
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"the pipeline cannot be put together: {error}".splitlines()[0],
            where=name,
            fix="give each node its own id: Gate(…).with_id('ModelGate')",
        ) from error


def as_steps(nodes: Iterable[Any]) -> list[Step]:
    """The linked nodes as steps, in the same order.

    Raises:
        UsageError: A node consumes what no gate has let through.
    """
    return [_step(node) for node in nodes]


def properties_of(nodes: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Node id to execution properties, those not given left out."""
    return {node.id: _given(node.exec_properties) for node in nodes}


def shape_of(nodes: Iterable[Any]) -> Any:
    """What tells one graph from another, the properties aside."""
    return sorted(
        (
            node.id,
            type(node).__qualname__,
            sorted((key, _origins(one)) for key, one in node.inputs.items()),
            sorted(node.outputs),
            sorted(one.id for one in node.upstream_nodes),
        )
        for node in nodes
    )


def _step(node: Any) -> Step:
    from tfx.dsl.components.common import importer

    given: dict[str, Any] = {
        "id": str(node.id),
        "outputs": {
            key: described(one.type) for key, one in sorted(node.outputs.items())
        },
        "upstream": tuple(sorted(one.id for one in node.upstream_nodes)),
    }
    if isinstance(node, importer.Importer):
        return Step(executor="", imported=_imported(node), **given)
    return _of_component(node, given)


def _of_component(node: Any, given: dict[str, Any]) -> Step:
    from tfx.dsl.components.base import executor_spec
    from tfx.orchestration import data_types
    from tfx.utils import name_utils

    from tidegate.gate.component import Gate

    spec = node.executor_spec
    properties = _given(node.exec_properties)
    runtime = {
        name: value
        for name, value in properties.items()
        if isinstance(value, data_types.RuntimeParameter)
    }
    on_beam = isinstance(spec, executor_spec.BeamExecutorSpec)
    return Step(
        executor=name_utils.get_full_name(spec.executor_class),
        driver=_driver(node),
        inputs={
            key: (described(one.type), _origins(one))
            for key, one in sorted(node.inputs.items())
        },
        properties={
            name: _plain(value)
            for name, value in sorted(properties.items())
            if name not in runtime
        },
        runtime=runtime,
        beam_args=tuple(map(str, spec.beam_pipeline_args)) if on_beam else None,
        reads_outside=bool(getattr(type(node), "READS_OUTSIDE", False))
        or not node.inputs,
        gate=isinstance(node, Gate),
        **given,
    )


def _imported(node: Any) -> Import:
    from tfx.dsl.components.common import importer
    from tfx.orchestration import data_types

    properties = node.exec_properties
    uri = properties[importer.SOURCE_URI_KEY]
    by_parameter = isinstance(uri, data_types.RuntimeParameter)
    output = node.outputs[properties[importer.OUTPUT_KEY_KEY]]
    return Import(
        uri=uri.name if by_parameter else str(uri),
        by_parameter=by_parameter,
        reimport=bool(properties[importer.REIMPORT_OPTION_KEY]),
        properties={
            **(output.additional_properties or {}),
            **(output.additional_custom_properties or {}),
        },
    )


def _driver(node: Any) -> Literal["file_based"] | None:
    from tfx.components.example_gen.component import FileBasedExampleGen

    return "file_based" if isinstance(node, FileBasedExampleGen) else None


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def _plain(value: Any) -> Any:
    """A property as KFP can carry it: a number, true or false, or text."""
    from google.protobuf import json_format, message
    from tfx.utils import json_utils

    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, message.Message):
        return json_format.MessageToJson(value, sort_keys=True)
    return json_utils.dumps(value)


def _origins(taken: Any) -> list[Origin]:
    """(producer, output key) of a channel, or of each part of a union."""
    parts = getattr(taken, "channels", None) or [taken]
    return [
        (str(part.producer_component_id), str(part.output_key))
        for part in parts
        if getattr(part, "producer_component_id", None)
    ]
