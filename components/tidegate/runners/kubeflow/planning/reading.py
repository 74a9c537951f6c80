"""Reads a compiled spec: YAML of one or two documents, or a JSON PipelineJob."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from tidegate.errors import UsageError

Kind = Literal["kfp", "vertex"]

LARGEST = 50_000_000  # bytes; a spec of a thousand steps has some two million
DEEPEST = 80
MOST = 2_000_000  # values; an alias in YAML stands for all that it names
_COMPILE = "name a file that `tidegate compile` or the KFP compiler wrote"
# libyaml reads ten times as fast, where PyYAML was built with it.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Compiled:
    """One compiled spec.

    Attributes:
        where: Name of the file, as errors give it.
        kind: "vertex" for a PipelineJob, or what TFX's own compiler wrote for
            Vertex AI; "kfp" for any other PipelineSpec.
        spec: The PipelineSpec.
        job: What a PipelineJob says beside its PipelineSpec; else empty.
        platform: The second document, the PlatformSpec; empty without one.
    """

    where: str
    kind: Kind
    spec: dict[str, Any]
    job: dict[str, Any]
    platform: dict[str, Any]


def read(path: Path) -> Compiled:
    """The compiled spec in the file at `path`.

    Raises:
        UsageError: There is no such file, or it is no compiled spec.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise UsageError(
            "the compiled spec cannot be read",
            where=str(path),
            got=error.strerror or str(error),
            fix=_COMPILE,
        ) from None
    if size > LARGEST:
        raise _no_spec(str(path), f"{size:,} bytes")
    try:
        return parse(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise _no_spec(str(path), "a file that is not UTF-8") from None


def parse(text: str, where: str) -> Compiled:
    """The compiled spec that `text` holds; errors name it `where`.

    Raises:
        UsageError: It is no compiled spec.
    """
    documents = _documents(text, where)
    first = documents[0] if documents else None
    if not isinstance(first, dict):
        raise _no_spec(where, "nothing" if first is None else type(first).__name__)
    if len(documents) > 2:
        raise _no_spec(where, f"{len(documents)} YAML documents")
    platform = documents[1] if len(documents) == 2 else None
    if platform is not None and not isinstance(platform, dict):
        raise _no_spec(where, f"a second document that is {type(platform).__name__}")
    return of(first, platform, where)


def of(
    document: dict[str, Any], platform: dict[str, Any] | None, where: str
) -> Compiled:
    """The compiled spec of documents that are read already.

    Args:
        document: A PipelineSpec or a PipelineJob, as JSON has it.
        platform: The PlatformSpec, None without one.
        where: Name for errors.

    Raises:
        UsageError: It is neither.
    """
    for part in (document, platform or {}):
        _demand_plain(part, where)
    job: dict[str, Any] = {}
    spec: Any = document
    if "pipelineSpec" in document:
        spec = document["pipelineSpec"]
        job = {key: value for key, value in document.items() if key != "pipelineSpec"}
    if not isinstance(spec, dict) or not {"root", "pipelineInfo"} <= spec.keys():
        raise _no_spec(where, _seen(document))
    by_tfx = str(spec.get("sdkVersion", "")).startswith("tfx")
    kind: Kind = "vertex" if "pipelineSpec" in document or by_tfx else "kfp"
    return Compiled(where, kind, spec, job, platform or {})


def _documents(text: str, where: str) -> list[Any]:
    try:
        if text.lstrip().startswith("{"):
            return [json.loads(text)]
        return list(yaml.load_all(text, Loader=_Parser))
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else getattr(error, "lineno", 1)
        said = getattr(error, "problem", None) or getattr(error, "msg", str(error))
        raise UsageError(
            f"the compiled spec is not valid: {said}",
            where=f"{where}:{line}",
            fix=_COMPILE,
        ) from None
    except RecursionError:
        raise _no_spec(where, "values nested without end") from None


def _demand_plain(document: dict[str, Any], where: str) -> None:
    """Refuses what JSON has no form for, so that nothing is compared by chance."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        if (seen := seen + 1) > MOST:
            raise _no_spec(where, f"more than {MOST:,} values")
        if depth > DEEPEST:
            raise _no_spec(where, f"values nested more than {DEEPEST} deep")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise _no_spec(where, f"the key {key!r}, which is no text")
            waiting.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            waiting.extend((inner, depth + 1) for inner in value)
        elif not isinstance(value, str | int | float | bool | None):
            got = f"the unquoted value {str(value)[:40]} ({type(value).__name__})"
            raise _no_spec(where, got)


def _seen(document: dict[str, Any]) -> str:
    if document.get("kind") == "Workflow":
        return "an Argo Workflow, which KFP v1 compiled to"
    if "implementation" in document:
        return "the description of one component"
    return "the keys " + ", ".join(map(str, list(document)[:6]))


def _no_spec(where: str, got: str) -> UsageError:
    return UsageError(
        "this is no compiled spec of a pipeline",
        where=where,
        expected="a PipelineSpec (YAML) or a PipelineJob (JSON)",
        got=got,
        fix=_COMPILE,
    )
