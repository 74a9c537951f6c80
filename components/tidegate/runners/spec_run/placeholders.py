"""Placeholders in a container's command: which ones KFP knows, and who fills them.

Three pass over the words of a command, in this order:

1. the driver (driver/util.go:resolveContainerArgs, resolveCondition,
   resolveInputParameterPlaceholders): input parameters and IfPresent clauses, in
   words that name no output;
2. Kubernetes, which expands `$(NAME)` by the container's environment and turns `$$`
   into `$` (k8s.io/kubernetes third_party/forked/golang/expansion);
3. the launcher (component/launcher_v2.go:compileCmdAndArgs, getPlaceholders): the
   ExecutorInput, paths and URIs of artifacts, files of output parameters, and input
   parameters once more.

Whatever none of them knows reaches the container as it is, which nobody wants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.runners.spec_run.values import Value, driver_text_of, kind, text_of

EXECUTOR_INPUT = "{{$}}"
# Whole values of a constant, filled in by driver/resolve.go:resolveInputParameter.
OF_THE_RUN = (
    "{{$.pipeline_job_name}}",
    "{{$.pipeline_job_resource_name}}",
    "{{$.pipeline_job_uuid}}",
    "{{$.pipeline_task_name}}",
    "{{$.pipeline_task_uuid}}",
    "{{$.pipeline_job_create_time_utc}}",
    "{{$.pipeline_job_schedule_time_utc}}",
)
WORKSPACE = "{{$.workspace_path}}"
_ANY = re.compile(r"\{\{\$.*?\}\}", re.DOTALL)
_INPUT_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\['(.+?)'\]\}\}")
_INPUT_ARTIFACT = re.compile(r"\{\{\$\.inputs\.artifacts\['(.+?)'\]\.(?:uri|path)\}\}")
_OUTPUT_ARTIFACT = re.compile(
    r"\{\{\$\.outputs\.artifacts\['(.+?)'\]\.(?:uri|path)\}\}"
)
_OUTPUT_PARAMETER = re.compile(
    r"\{\{\$\.outputs\.parameters\['(.+?)'\]\.output_file\}\}"
)


@dataclass(frozen=True)
class Names:
    """What a component has: the names that placeholders may use."""

    input_parameters: frozenset[str]
    input_artifacts: frozenset[str]
    output_parameters: frozenset[str]
    output_artifacts: frozenset[str]


def unknown(text: str, names: Names) -> list[str]:
    """The placeholders in `text` that nobody in KFP fills in."""
    patterns = (
        (_INPUT_PARAMETER, names.input_parameters),
        (_INPUT_ARTIFACT, names.input_artifacts),
        (_OUTPUT_ARTIFACT, names.output_artifacts),
        (_OUTPUT_PARAMETER, names.output_parameters),
    )
    return [
        found
        for found in _ANY.findall(text)
        if found != EXECUTOR_INPUT
        and not any(
            (match := pattern.fullmatch(found)) and match.group(1) in known
            for pattern, known in patterns
        )
    ]


def input_parameters(text: str) -> list[str]:
    """Names of the input parameters that `text` has placeholders of."""
    return _INPUT_PARAMETER.findall(text)


def in_constant(text: str) -> list[str]:
    """The placeholders in a constant that neither driver nor launcher fill in."""
    if text in OF_THE_RUN:
        return []
    return [p for p in _ANY.findall(text) if not _INPUT_PARAMETER.fullmatch(p)]


def is_clause(word: str) -> bool:
    """True for an IfPresent clause, which the driver resolves."""
    return word.strip().startswith('{"IfPresent":')


def is_concat(word: str) -> bool:
    """True for a Concat clause, which nobody in open-source KFP resolves."""
    return word.strip().startswith('{"Concat":')


def by_driver(words: Sequence[str], parameters: Mapping[str, Value]) -> list[str]:
    """The words as the driver leaves them.

    Raises:
        ValueError: The driver would fail, with its reason.
    """
    done: list[str] = []
    for word in words:
        if "$.outputs" in word:
            done.append(word)
        elif is_clause(word):
            done.extend(_clause(word, parameters))
        else:
            done.append(_parameters(word, parameters))
    return done


def clause_words(word: str) -> Iterator[str]:
    """Every word that an IfPresent clause may become.

    Raises:
        ValueError: It is not a clause that the driver can read.
    """
    for part in ("Then", "Else"):
        yield from _listed(_parsed(word).get(part))


def _parsed(word: str) -> dict[str, Any]:
    try:
        clause = json.loads(word)["IfPresent"]
    except ValueError as error:
        raise ValueError(f"failed to parse IfPresent JSON: {error}") from error
    if not isinstance(clause, dict) or not isinstance(clause.get("InputName"), str):
        raise ValueError("failed to parse IfPresent JSON: it names no input")
    return clause


def _listed(part: Any) -> list[str]:
    if part is None:
        return []
    listed = [part] if isinstance(part, str) else part
    if not isinstance(listed, list):
        raise ValueError(f"unexpected type in IfPresent Then/Else: {kind(listed)}")
    if not all(isinstance(item, str) for item in listed):
        raise ValueError("non-string item in IfPresent Then/Else array")
    return listed


def _clause(word: str, parameters: Mapping[str, Value]) -> list[str]:
    clause = _parsed(word)
    present = parameters.get(clause["InputName"]) is not None
    chosen = _listed(clause.get("Then" if present else "Else"))
    return [_parameters(item, parameters) for item in chosen]


def _parameters(word: str, parameters: Mapping[str, Value]) -> str:
    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in parameters:
            raise ValueError(f'parameter "{name}" not found in executor input')
        return driver_text_of(parameters[name])

    return _INPUT_PARAMETER.sub(replaced, word)


def by_kubernetes(text: str, environment: Mapping[str, str]) -> str:
    """The text with `$(NAME)` expanded where the container has such a variable."""

    def replaced(match: re.Match[str]) -> str:
        if match.group(0) == "$$":
            return "$"
        return environment.get(match.group(1), match.group(0))

    return re.sub(r"\$\$|\$\(([^)]*)\)", replaced, text)


def by_launcher(
    words: Sequence[str], executor_input: Mapping[str, Any], paths: Mapping[str, str]
) -> list[str]:
    """The words as the container gets them.

    Args:
        words: Program first. In it, only the ExecutorInput is put in.
        executor_input: The ExecutorInput as JSON has it, with defaults.
        paths: Artifact URI to its local path; one without has no path.
    """
    whole = json.dumps(executor_input, separators=(",", ":"), ensure_ascii=False)
    known = _placeholders(executor_input, paths)
    done = [words[0].replace(EXECUTOR_INPUT, whole)]
    for word in words[1:]:
        # The launcher looks for the others in the JSON, too.
        text = word.replace(EXECUTOR_INPUT, whole)
        for placeholder, value in known.items():
            text = text.replace(placeholder, value)
        done.append(text)
    return done


def _placeholders(
    executor_input: Mapping[str, Any], paths: Mapping[str, str]
) -> dict[str, str]:
    known: dict[str, str] = {}
    inputs = executor_input.get("inputs", {})
    outputs = executor_input.get("outputs", {})
    for side, part in (("inputs", inputs), ("outputs", outputs)):
        for name, listed in part.get("artifacts", {}).items():
            if not listed["artifacts"]:
                continue
            first = listed["artifacts"][0]
            at = f"{{{{$.{side}.artifacts['{name}']."
            known[f"{at}uri}}}}"] = first["uri"]
            if first["uri"] in paths:
                known[f"{at}path}}}}"] = paths[first["uri"]]
    for name, value in inputs.get("parameterValues", {}).items():
        known[f"{{{{$.inputs.parameters['{name}']}}}}"] = text_of(value)
    for name, parameter in outputs.get("parameters", {}).items():
        placeholder = f"{{{{$.outputs.parameters['{name}'].output_file}}}}"
        known[placeholder] = parameter["outputFile"]
    return known
