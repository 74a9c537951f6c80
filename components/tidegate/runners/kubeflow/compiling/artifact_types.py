"""TFX's artifact types, as an invocation has them and as KFP knows them."""

from __future__ import annotations

from typing import Any

from tidegate.runners.kubeflow.invocation import ArtifactType, PropertyKind

# What open-source KFP has a kind of its own for; all else is a system.Artifact.
_SYSTEM = {
    "Dataset": "system.Dataset",
    "Examples": "system.Dataset",
    "ExamplesDiff": "system.Dataset",
    "InferenceResult": "system.Dataset",
    "Metrics": "system.Metrics",
    "Model": "system.Model",
    "PushedModel": "system.Model",
}
SCHEMA_VERSION = "0.0.1"


def described(kind: Any) -> ArtifactType:
    """The type as the entrypoint needs it.

    Args:
        kind: A subclass of `tfx.types.artifact.Artifact`.
    """
    from tfx.types.artifact import PropertyType

    kinds: dict[Any, PropertyKind] = {
        PropertyType.INT: "int",
        PropertyType.FLOAT: "double",
        PropertyType.STRING: "string",
        PropertyType.BOOLEAN: "bool",
        PropertyType.PROTO: "json",
        PropertyType.JSON_VALUE: "json",
    }
    declared = kind.PROPERTIES or {}
    return ArtifactType(
        name=kind.TYPE_NAME,
        path=f"{kind.__module__}.{kind.__qualname__}",
        properties={name: kinds[one.type] for name, one in sorted(declared.items())},
    )


def system_title(name: str) -> str:
    """Title of the KFP type for a TFX type's name."""
    return _SYSTEM.get(name, "system.Artifact")


def type_schema(title: str) -> dict[str, str]:
    """The type as a KFP spec has it."""
    return {"schemaTitle": title, "schemaVersion": SCHEMA_VERSION}
