"""Reads a compiled pipeline: its specification, its platform's, its parameters."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tidegate.documents import near_miss
from tidegate.errors import TidegateError, UsageError

# What starts the containers of TFX's own compiler, which writes for Vertex AI.
_OF_VERTEX = "tfx.orchestration.kubeflow.v2.container"
LARGEST = 32 << 20  # bytes; Kubeflow Pipelines takes no larger file either


@dataclass(frozen=True)
class SpecFile:
    """A compiled pipeline.

    Attributes:
        path: Where it was read from.
        pipeline: The PipelineSpec as plain values.
        platform: The PlatformSpec, what only Kubernetes knows; empty for none.
        job: What a Vertex PipelineJob has beside the specification; else empty.
        own: The file's bytes; None where a server would not read from them what is
            here: a PipelineJob, settings of platforms in several documents, caching
            switched since.
    """

    path: Path
    pipeline: dict[str, Any]
    platform: dict[str, Any]
    job: dict[str, Any]
    own: bytes | None = None

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.pipeline["pipelineInfo"]["name"])

    def payload(self) -> dict[str, Any]:
        """What the API takes as `pipeline_spec`.

        One with a platform's part travels as two specifications side by side,
        else it is the PipelineSpec itself: so the published client sends it.
        """
        if not self.platform:
            return self.pipeline
        return {"pipeline_spec": self.pipeline, "platform_spec": self.platform}

    def cached(self, on: bool) -> SpecFile:
        """The same pipeline, with caching on or off for each of its tasks.

        The tasks of an exit handler, of a condition or of a loop are in a component
        of their own, and have a say of their own.
        """
        pipeline = copy.deepcopy(self.pipeline)
        for holder in (pipeline["root"], *(pipeline.get("components") or {}).values()):
            for task in (holder.get("dag") or {}).get("tasks", {}).values():
                task.setdefault("cachingOptions", {})["enableCache"] = on
        return replace(self, pipeline=pipeline, own=None)


def read(path: Path) -> SpecFile:
    """The compiled pipeline in the file at `path`.

    Raises:
        UsageError: There is no such file, or it holds no compiled pipeline.
    """
    own = _bytes(path)
    documents = _documents(path, _text(path, own))
    first = documents[0]
    job: dict[str, Any] = {}
    if isinstance(first.get("pipelineSpec"), dict):
        job = {key: value for key, value in first.items() if key != "pipelineSpec"}
        first = first["pipelineSpec"]
    _demand_pipeline(path, first)
    platform: dict[str, Any] = {}
    for extra in documents[1:]:
        platform.update(extra)
    # Kubeflow Pipelines knows no PipelineJob and takes one document of platforms.
    sent = own if not job and len(documents) <= 2 else None
    return SpecFile(path, first, platform, job, sent)


def demand_kubeflow(spec: SpecFile) -> SpecFile:
    """The same, if open-source Kubeflow Pipelines can run it.

    Raises:
        UsageError: It was compiled for Vertex AI.
    """
    if _OF_VERTEX not in json.dumps(spec.pipeline.get("deploymentSpec")):
        return spec
    raise UsageError(
        "the file was compiled for Vertex AI",
        where=str(spec.path),
        expected="containers that work on the local copies of KFP's launcher",
        got=f"containers that start {_OF_VERTEX}",
        fix="compile it with --target kfp, or submit it with --target vertex",
    )


def digest(content: object) -> str:
    """32 hexadecimal digits that tell one content from another.

    Numbers count by value, for JSON knows no difference between 3 and 3.0 and a
    server may answer either.
    """
    text = json.dumps(_by_value(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _by_value(content: object) -> object:
    if isinstance(content, Mapping):
        return {str(key): _by_value(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_by_value(value) for value in content]
    if isinstance(content, float) and content.is_integer():
        return int(content)
    return content


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(
                "the file is larger than Kubeflow Pipelines takes",
                where=str(path),
                expected=f"at most {LARGEST >> 20} MiB",
                fix="name the file that `tidegate compile` wrote",
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            "the compiled pipeline cannot be read",
            where=str(path),
            got=error.strerror,
            fix="name the file that `tidegate compile` wrote",
        ) from None


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_pipeline(path, "a file that is not text") from None


def _documents(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        loaded = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UsageError(
            "the file is neither YAML nor JSON",
            where=at,
            got=str(getattr(error, "problem", None) or error)[:200],
            fix="compile the pipeline anew: tidegate compile",
        ) from None
    documents = [document for document in loaded if document is not None]
    if not documents or not all(isinstance(d, dict) for d in documents):
        raise _no_pipeline(path, "no keys and values")
    try:
        json.dumps(documents, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        # A date without quotes, a number that is none: YAML knows them.
        raise _no_pipeline(path, f"what JSON has no word for: {error}") from None
    return documents


def _demand_pipeline(path: Path, spec: Mapping[str, Any]) -> None:
    info, root = spec.get("pipelineInfo"), spec.get("root")
    name = info.get("name") if isinstance(info, dict) else None
    if isinstance(name, str) and name and isinstance(root, dict):
        return
    keys = [str(key) for key in spec]
    near = None if info else near_miss("pipelineInfo", keys)
    listed = ", ".join(keys[:8]) or "nothing"
    raise _no_pipeline(path, f"{near}, which is near" if near else f"keys {listed}")


def _no_pipeline(path: Path, got: str) -> TidegateError:
    return UsageError(
        "this is no compiled pipeline",
        where=str(path),
        expected="a PipelineSpec with pipelineInfo.name and root, or a PipelineJob",
        got=got,
        fix="compile one: tidegate compile FOLDER --target kfp -o spec.yaml",
    )
