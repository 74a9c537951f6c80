"""Reads a compiled spec as KFP's API server does, and refuses what it refuses.

The rules: apiserver/template/v2_template.go:NewV2SpecTemplate (documents, schema
version, name), compiler/visitor.go:GetDeploymentConfig (unknown fields there are
dropped), and protojson's own strictness elsewhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tidegate.errors import UsageError
from tidegate.runners.spec_run import protos
from tidegate.runners.spec_run.values import Value

SCHEMA_VERSION = "2.1.0"
# v2/config/env.go:defaultPipelineRoot, where no other is configured.
DEFAULT_ROOT = "minio://mlpipeline/v2/artifacts"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class CompiledSpec:
    """A compiled pipeline.

    Attributes:
        path: File that it was read from.
        spec: The PipelineSpec message.
        executors: Executor label to its ExecutorSpec message.
        kubernetes: Executor label to its KubernetesExecutorConfig, as a dict.
        root: Root of the artifacts' URIs.
        given: Parameter values that came with the file (a PipelineJob has some).
        display_name: Name that the file gives to the run, None for none.
    """

    path: Path
    spec: Any
    executors: dict[str, Any]
    kubernetes: dict[str, dict[str, Any]] = field(default_factory=dict)
    root: str = DEFAULT_ROOT
    given: dict[str, Value] = field(default_factory=dict)
    display_name: str | None = None

    @property
    def name(self) -> str:
        """Name of the pipeline."""
        return str(self.spec.pipeline_info.name)

    def component(self, name: str) -> Any | None:
        """The component called `name`, None if there is none."""
        return self.spec.components.get(name)

    def executor(self, component: Any) -> Any | None:
        """The executor of a component, None if it has none or an unknown one."""
        return self.executors.get(component.executor_label)


def read_spec(path: Path) -> CompiledSpec:
    """The compiled spec in a file: YAML or JSON, a PipelineSpec or a PipelineJob.

    Raises:
        UsageError: It is not one that KFP's API server would take.
    """
    documents = _documents(path)
    jobs = [document for document in documents if "pipelineSpec" in document]
    specs = [document for document in documents if "pipelineInfo" in document]
    platforms = [document for document in documents if "platforms" in document]
    if len(jobs) + len(specs) > 1:
        raise _invalid(path, "multiple pipeline specs provided")
    if len(platforms) > 1:
        raise _invalid(path, "multiple platform specs provided")
    if not jobs and not specs:
        raise _invalid(path, "no pipeline spec is provided")
    job = _job(path, jobs[0]) if jobs else {}
    spec = _message(path, "PipelineSpec", job["pipelineSpec"] if jobs else specs[0])
    _check_head(path, spec)
    runtime = job.get("runtimeConfig", {})
    return CompiledSpec(
        path=path,
        spec=spec,
        executors=_executors(path, spec),
        kubernetes=_kubernetes(path, platforms[0] if platforms else {}),
        root=str(
            runtime.get("gcsOutputDirectory")
            or spec.default_pipeline_root
            or DEFAULT_ROOT
        ),
        given=dict(runtime.get("parameterValues", {})),
        display_name=job.get("displayName"),
    )


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the compiled spec cannot be read",
            where=str(path),
            got=getattr(error, "strerror", None) or "not UTF-8 text",
            fix="name a file that `tidegate compile` or the kfp compiler wrote",
        ) from error
    try:
        if path.suffix == ".json":
            read = [json.loads(text, object_pairs_hook=_no_twins)]
        else:
            read = list(yaml.load_all(text, Loader=_StrictLoader))
    except (ValueError, yaml.YAMLError) as error:
        raise _invalid(path, "unable to decode the document", str(error)) from error
    found = [document for document in read if document is not None]
    if not all(isinstance(document, dict) for document in found):
        raise _invalid(path, "a document of the file is not a mapping")
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twins = sorted({key for key in keys if keys.count(key) > 1})
    if twins:
        raise ValueError(f"the key {twins[0]!r} stands twice")
    return dict(pairs)


class _StrictLoader(_Loader):  # type: ignore[misc]
    """Refuses a key that stands twice, as Go's decoder does."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """The mapping, if its keys differ."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


# A date in a spec is text to Go's decoder once it is JSON.
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if "timestamp" not in tag]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _job(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    _message(path, "PipelineJob", job)
    runtime = job.get("runtimeConfig", {})
    if runtime.get("parameters"):
        raise _invalid(
            path,
            "runtimeConfig.parameters is the form of schema version 2.0.0",
            fix="compile with schema version 2.1.0, which has parameterValues",
        )
    return job


def _message(path: Path, name: str, document: Any, *, lenient: bool = False) -> Any:
    # It takes a while to load, and no other command needs it.
    from google.protobuf import json_format

    message = getattr(protos.pipeline_spec(), name)()
    try:
        json_format.ParseDict(document, message, ignore_unknown_fields=lenient)
    except (json_format.ParseError, TypeError, AttributeError) as error:
        raise _invalid(
            path,
            f"invalid v2 pipeline spec: not a {name}",
            f"{error} (definitions: {protos.DISTRIBUTION} {protos.version()})",
        ) from error
    return message


def _check_head(path: Path, spec: Any) -> None:
    name = spec.pipeline_info.name
    if spec.schema_version != SCHEMA_VERSION:
        raise _invalid(
            path,
            f"KFP only supports schema version {SCHEMA_VERSION}, but the pipeline "
            f"spec has version {spec.schema_version or '(none)'}",
            fix="compile it for open-source KFP: tidegate compile --target kfp",
        )
    if not name:
        raise _invalid(path, "invalid v2 pipeline spec: name is empty")
    if not _NAME.search(name) or "/" in name or name in (".", ".."):
        raise _invalid(
            path,
            "invalid v2 pipeline spec: name should consist of lower case "
            "alphanumeric characters, '-' or '.', and must start and end with an "
            "alphanumeric character",
            name,
        )
    if not spec.HasField("root"):
        raise _invalid(path, "invalid v2 pipeline spec: root component is empty")


def _executors(path: Path, spec: Any) -> dict[str, Any]:
    from google.protobuf import json_format

    deployment = _message(
        path,
        "PipelineDeploymentConfig",
        json_format.MessageToDict(spec.deployment_spec),
        lenient=True,
    )
    return dict(deployment.executors)


def _kubernetes(path: Path, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: Any = document
    for key in ("platforms", "kubernetes", "deploymentSpec", "executors"):
        found = found.get(key, {})
        if not isinstance(found, dict):
            raise _invalid(path, f"the platform spec's {key} is not a mapping")
    return {str(label): dict(config or {}) for label, config in found.items()}


def _invalid(
    path: Path,
    message: str,
    got: str | None = None,
    fix: str = "compile the pipeline again, and leave the file as it is",
) -> UsageError:
    return UsageError(message, where=str(path), got=got, fix=fix)
