"""The parameters of a run: given on the command line, checked as KFP checks them.

The rules: apiserver/template/v2_template.go:validatePipelineJobInputs, common/util/
validate_literal.go:ValidateLiteralParameter, and argocompiler/argo.go:Compile, which
fills in defaults and a null for what is optional and has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.documents import near_miss
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.runners.spec_run import protos
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.values import KINDS, STRING, Value, kind, native, whole


def type_of(parameter: Any) -> str:
    """Name of a parameter's type, such as STRING; a long one where it has none."""
    field = parameter.DESCRIPTOR.fields_by_name["parameter_type"]
    return str(field.enum_type.values_by_number[parameter.parameter_type].name)


def default_of(parameter: Any) -> tuple[bool, Value]:
    """Whether a parameter has a default, and the default."""
    if not parameter.HasField("default_value"):
        return False, None
    return True, native(parameter.default_value)


def read_parameters(
    spec: CompiledSpec, settings: Sequence[str], file: Path | None
) -> dict[str, Value]:
    """The values that the user gives, by the types that the pipeline declares.

    Args:
        spec: The pipeline.
        settings: NAME=VALUE, each; a value is read by the parameter's type.
        file: JSON or YAML file with a mapping of names to values, None for none.

    Raises:
        UsageError: A setting has no `=`, a value is no value of its type, or the
            file holds no mapping. `Problems` carries several.
    """
    given = dict(spec.given)
    if file is not None:
        given.update(_from_file(file))
    errors: list[TidegateError] = []
    declared = spec.spec.root.input_definitions.parameters
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign or not name:
            errors.append(
                UsageError(
                    "a parameter is given as NAME=VALUE",
                    where=f"--param {setting}",
                    fix="write its name, an equals sign and its value",
                )
            )
            continue
        type_name = type_of(declared[name]) if name in declared else STRING
        try:
            given[name] = _from_setting(text, type_name)
        except ValueError as error:
            errors.append(
                UsageError(
                    "the value is not of the parameter's type",
                    where=f"--param {name}",
                    expected=type_name,
                    got=f"{text[:60]!r}: {error}",
                    fix="write it as JSON, such as 5, true or [1, 2]",
                )
            )
    raise_all("the parameters are not valid", errors)
    return {name: whole(value) for name, value in given.items()}


def _from_file(file: Path) -> dict[str, Value]:
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        read = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(
            "the file of parameters cannot be read",
            where=str(file),
            got=str(error).splitlines()[0],
            fix="write a mapping of names to values, as YAML or JSON",
        ) from error
    if not isinstance(read, dict) or not all(isinstance(name, str) for name in read):
        raise UsageError(
            "the file of parameters holds no mapping of names to values",
            where=str(file),
            fix="write one parameter a line: NAME: VALUE",
        )
    return read


def _from_setting(text: str, type_name: str) -> Value:
    if KINDS.get(type_name, "string") == "string":
        return text
    if KINDS[type_name] == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    value = json.loads(text)
    if kind(value) != KINDS[type_name]:
        raise ValueError(f"it is a {kind(value)}")
    return whole(value)


def problems_of(spec: CompiledSpec, given: Mapping[str, Value]) -> list[UsageError]:
    """Why KFP's API server would refuse these values; empty where it takes them."""
    declared = spec.spec.root.input_definitions.parameters
    found = [
        problem
        for name in sorted(declared)
        for problem in _problem(name, declared[name], given)
    ]
    extra = sorted(set(given) - set(declared))
    if extra:
        near = near_miss(extra[0], declared)
        found.append(
            UsageError(
                "parameter(s) provided are not required by pipeline: "
                + ", ".join(extra),
                where=str(spec.path),
                expected=", ".join(sorted(declared)) or "no parameter",
                fix=f"did you mean {near}?" if near else "leave them out",
            )
        )
    return found


def _problem(name: str, declared: Any, given: Mapping[str, Value]) -> list[UsageError]:
    where, type_name = f"parameter {name}", type_of(declared)
    if name not in given:
        if declared.is_optional or declared.HasField("default_value"):
            return []
        return [
            UsageError(
                f"parameter {name} is not optional, yet has neither default value "
                "nor user provided value",
                where=where,
                fix=f"give it: --param {name}=VALUE",
            )
        ]
    value = given[name]
    if type_name not in KINDS:
        message = f"input parameter {name} has unspecified type"
    elif type_name == "TASK_FINAL_STATUS":
        message = (
            f"input parameter {name} requires type TASK_FINAL_STATUS, which is invalid "
            "for root component"
        )
    elif kind(value) != KINDS[type_name]:
        message = (
            f"input parameter {name} requires type {KINDS[type_name]}, but the "
            f"parameter value is not of {KINDS[type_name]} value type"
        )
    elif not allowed(declared, value):
        message = (
            f"input parameter {name} does not match any of the allowed literal values"
        )
    else:
        return []
    return [
        UsageError(
            message,
            where=where,
            expected=type_name,
            got=f"a {kind(value)}",
            fix="give a value of its type",
        )
    ]


def allowed(declared: Any, value: Value) -> bool:
    """True where a parameter has no list of literal values, or the value is in it."""
    if not protos.has_field(declared, "literals"):
        return True
    return any(native(literal) == value for literal in declared.literals)


def with_defaults(spec: CompiledSpec, given: Mapping[str, Value]) -> dict[str, Value]:
    """The parameters of the root as the compiler to Argo completes them."""
    values = dict(given)
    for name, declared in spec.spec.root.input_definitions.parameters.items():
        if name in values:
            continue
        has_default, default = default_of(declared)
        if has_default:
            values[name] = default
        elif declared.is_optional:
            values[name] = None
    return values
