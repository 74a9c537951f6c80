"""A compiled spec as text: the same bytes for the same spec, on every machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tidegate.errors import UsageError

_YAML = (".yaml", ".yml")
_PYTHON = {
    "STRING": "str",
    "NUMBER_INTEGER": "int",
    "NUMBER_DOUBLE": "float",
    "BOOLEAN": "bool",
    "LIST": "list",
    "STRUCT": "dict",
}


def demand_form(suffix: str, target: str) -> None:
    """Refuses a file that a compiled pipeline cannot be.

    Args:
        suffix: Of the file's name, such as `.yaml`.
        target: "kfp" or "vertex"; only the latter has JSON.

    Raises:
        UsageError: There is no such form for the target.
    """
    forms = [*_YAML, *([".json"] if target == "vertex" else [])]
    if suffix not in forms:
        raise UsageError(
            f"a pipeline compiled for {target} has no such form",
            where="--output",
            expected=" or ".join(forms),
            got=suffix or "no ending",
            fix="end the file's name in .yaml",
        )


def as_yaml(spec: Mapping[str, Any], platform: Mapping[str, Any] | None) -> str:
    """One document with the spec, and one with the platform's, if it has any."""
    documents = [spec] if platform is None else [spec, platform]
    text = yaml.safe_dump_all(
        [_plain(one) for one in documents],
        sort_keys=True,
        default_flow_style=False,
        allow_unicode=True,
        width=100_000,
    )
    return _heading(spec) + text


def as_json(job: Mapping[str, Any]) -> str:
    """A PipelineJob as JSON."""
    return json.dumps(job, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _heading(spec: Mapping[str, Any]) -> str:
    """What it is, for people who open the file; KFP's own compiler does the same."""
    lines = ["PIPELINE DEFINITION", f"Name: {spec['pipelineInfo']['name']}"]
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    if declared:
        lines.append("Inputs:")
    for name, one in sorted(declared.items()):
        default = one.get("defaultValue")
        shown = "" if default is None else f" [Default: {default!r}]"
        kind = _PYTHON.get(one.get("parameterType", ""), "str")
        lines.append(f"   {name}: {kind}{shown}")
    return "".join(f"# {line}\n" for line in lines)


def _plain(value: Any) -> Any:
    """Plain containers only, each of its own: YAML would tell of shared ones."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
