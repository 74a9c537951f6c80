"""What KFP's launcher hands to a container, read from the JSON of ExecutorInput.

The launcher writes it with Go's protojson: names in camel case, empty fields left
out, every number a double, blanks between tokens at random.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.errors import UsageError


@dataclass(frozen=True)
class Handed:
    """One artifact as KFP hands it over.

    Attributes:
        name: For an input the id of the artifact, for an output its key.
        uri: Where it is in the store.
        metadata: Its properties.
        custom_path: Where the launcher puts it instead of its local copy.
    """

    name: str
    uri: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    custom_path: str | None = None


@dataclass(frozen=True)
class ExecutorInput:
    """What a container is handed.

    Attributes:
        parameters: Input parameters; those without a value are left out.
        inputs: Input artifacts by KFP's name of the input.
        outputs: Places of the output artifacts.
        output_parameters: Names of the output parameters.
        output_file: Where to tell what came out.
    """

    parameters: Mapping[str, Any]
    inputs: Mapping[str, tuple[Handed, ...]]
    outputs: Mapping[str, tuple[Handed, ...]]
    output_parameters: tuple[str, ...]
    output_file: Path


def read_text(argument: str, option: str) -> str:
    """The argument, or what is in the file that it names as `@FILE`.

    Linux takes no argument of more than 128 KiB.

    Raises:
        UsageError: The file cannot be read.
    """
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            "the file cannot be read",
            where=option,
            got=f"{argument}: {error}",
            fix="name a file that is there, or give the JSON itself",
        ) from error


def parse(text: str) -> ExecutorInput:
    """The message in `text`.

    Raises:
        UsageError: It is not an ExecutorInput.
    """
    try:
        message = json.loads(text)
        inputs, outputs = message.get("inputs") or {}, message.get("outputs") or {}
        return ExecutorInput(
            parameters=dict(inputs.get("parameterValues") or {}),
            inputs=_artifacts(inputs),
            outputs=_artifacts(outputs),
            output_parameters=tuple(outputs.get("parameters") or {}),
            output_file=Path(outputs["outputFile"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "this is not what KFP's launcher hands to a container",
            where="--executor-input",
            expected="the JSON of an ExecutorInput, with outputs.outputFile",
            got=f"{type(error).__name__}: {error}",
            fix="let KFP start the container, or `tidegate run-spec`",
        ) from error


def _artifacts(side: Mapping[str, Any]) -> dict[str, tuple[Handed, ...]]:
    return {
        key: tuple(map(_handed, listed.get("artifacts") or ()))
        for key, listed in (side.get("artifacts") or {}).items()
    }


def _handed(artifact: Mapping[str, Any]) -> Handed:
    return Handed(
        name=str(artifact.get("name") or ""),
        uri=str(artifact["uri"]),
        metadata=dict(artifact.get("metadata") or {}),
        custom_path=artifact.get("customPath") or None,
    )
