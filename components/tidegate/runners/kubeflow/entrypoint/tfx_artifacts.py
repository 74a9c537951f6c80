"""Artifacts of TFX's own class, made for an executor and read after it; imports TFX."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Mapping
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.types import artifact_utils
from tfx.types.artifact import Artifact

from tidegate.runners.kubeflow.entrypoint.metadata import Properties
from tidegate.runners.kubeflow.entrypoint.step import Here
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Typed

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


def artifact(here: Here) -> Artifact:
    """The artifact as TFX has it."""
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


def properties_of(artifact: Artifact) -> Properties:
    """All properties of an artifact, with their kinds."""
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
