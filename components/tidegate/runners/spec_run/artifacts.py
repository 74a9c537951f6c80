"""Artifacts on their way: out of a container, through the metadata store, and in.

KFP keeps an artifact's metadata as custom properties of ML Metadata, which has no
booleans and no bare lists: what a consumer reads is not quite what its producer
wrote (metadata/converter.go:toMLMDArtifact, StructValueToMLMDValue and
toRuntimeArtifact). The type gets lost: a consumer sees an empty instance schema
(metadata/client.go:GetOutputArtifactsByExecutionId), and one that comes through the
inputs of a nested pipeline no type at all (GetInputArtifactsByExecutionID).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tidegate.runners.spec_run.values import Value, kind, whole

# Set by the launcher, not by whoever made the artifact.
SESSION = "store_session_info"
DISPLAY_NAME = "display_name"
# Never kept: the driver sets it where it is true.
IN_WORKSPACE = "_kfp_workspace"


class Artifact(BaseModel):
    """An artifact as the metadata store has it.

    Attributes:
        id: By which a consumer's cache key knows it.
        uri: Where it is.
        type: Title of its type, such as system.Dataset.
        metadata: Its custom properties, as a consumer reads them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default_factory=lambda: str(secrets.randbelow(2**53)))
    uri: str
    type: str
    metadata: dict[str, Value] = Field(default_factory=dict)

    def for_consumer(self) -> dict[str, Any]:
        """The RuntimeArtifact that a task gets from the task that made it."""
        return {**self.for_nested(), "type": {"instanceSchema": ""}}

    def for_nested(self) -> dict[str, Any]:
        """The one that a task gets from the inputs of a nested pipeline."""
        return {"name": self.id, "uri": self.uri, "metadata": dict(self.metadata)}


def session_info(uri: str) -> str:
    """What the launcher says of how to reach the store of a URI."""
    provider = uri.partition("://")[0]
    return f'{{"Provider":"{provider}","Params":{{"fromEnv":"true"}}}}'


def recorded(metadata: Mapping[str, Value]) -> dict[str, Value]:
    """The metadata as they come back from the metadata store.

    Raises:
        ValueError: There is a null, which KFP cannot store.
    """
    kept: dict[str, Value] = {}
    for key, value in metadata.items():
        if key == IN_WORKSPACE:
            continue
        what = kind(value)
        if what == "null":
            raise ValueError(f"unknown/unsupported value type: {key} is null")
        if what == "bool":
            kept[key] = int(value)
        elif what in ("list", "struct"):
            kept[key] = {what: whole(value)}
        else:
            kept[key] = whole(value)
    return kept


def published(name: str, artifact: Mapping[str, Any]) -> Artifact:
    """An output as the launcher records it (metadata/client.go:RecordArtifact).

    Args:
        name: Of the output.
        artifact: RuntimeArtifact after the container's own words are merged in.

    Raises:
        ValueError: Its metadata cannot be stored.
    """
    metadata = recorded(artifact.get("metadata", {}))
    metadata.setdefault(DISPLAY_NAME, name)
    metadata.setdefault(SESSION, session_info(artifact["uri"]))
    return Artifact(
        uri=artifact["uri"], type=title(artifact.get("type", {})), metadata=metadata
    )


def title(type_schema: Mapping[str, Any]) -> str:
    """Title of an artifact type (launcher_v2.go:getArtifactSchema).

    Raises:
        ValueError: KFP does not support this way of giving a type.
    """
    if "schemaTitle" in type_schema:
        return str(type_schema["schemaTitle"])
    if "schemaUri" in type_schema:
        raise ValueError("SchemaUri is unsupported")
    if "instanceSchema" in type_schema:
        import yaml

        read = yaml.safe_load(type_schema["instanceSchema"])
        if isinstance(read, dict) and read.get("title"):
            return str(read["title"])
        raise ValueError("No title specified")
    raise ValueError("unknown type in ArtifactTypeSchema")


def merged(artifact: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """An output with what its container said of it (mergeRuntimeArtifacts)."""
    done = dict(artifact)
    if said.get("uri"):
        done["uri"] = said["uri"]
    if "metadata" in said:
        done["metadata"] = {**artifact.get("metadata", {}), **said["metadata"]}
    if said.get("customPath"):
        done["customPath"] = said["customPath"]
    return done
