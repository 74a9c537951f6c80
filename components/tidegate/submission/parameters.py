"""Checks a run's parameters against those that the compiled pipeline declares.

Pure: plain values in, plain values out. All that is wrong is told at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.documents import near_miss
from tidegate.errors import TidegateError, UsageError, raise_all

_TYPES = {
    "STRING": "text",
    "NUMBER_INTEGER": "a whole number",
    "NUMBER_DOUBLE": "a number",
    "BOOLEAN": "true or false",
    "LIST": "a list, as JSON",
    "STRUCT": "an object, as JSON",
}
# Before parameters had types of their own, specifications wrote these.
_OLD_TYPES = {"STRING": "STRING", "INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Declared:
    """A parameter of a pipeline.

    Attributes:
        kind: One of KFP's types, such as `NUMBER_INTEGER`; None if unknown.
        required: It has no default and is not optional.
    """

    kind: str | None
    required: bool


def declared(pipeline: Mapping[str, Any]) -> dict[str, Declared]:
    """The parameters that a PipelineSpec declares, by name."""
    inputs = (pipeline.get("root") or {}).get("inputDefinitions") or {}
    found = (inputs.get("parameters") or {}).items()
    return {str(name): _declared(said or {}) for name, said in found}


def parse(
    given: Iterable[str],
    known: Mapping[str, Declared],
    where: str,
    already: Iterable[str] = (),
) -> dict[str, Any]:
    """The values of `NAME=VALUE` texts, typed as the pipeline declares them.

    Args:
        given: What the command line says; a value may hold further `=`.
        known: Declared parameters.
        where: Name of the compiled pipeline, for errors.
        already: Parameters that have a value from elsewhere.

    Raises:
        UsageError: One is unknown, twice, mistyped or missing; all, as `Problems`.
    """
    values: dict[str, Any] = {}
    errors: list[TidegateError] = []
    for text in given:
        name, equals, value = text.partition("=")
        problem = _wrong_name(name, equals, values, known)
        try:
            if problem is None:
                values[name] = _typed(value, known[name].kind)
        except ValueError as error:
            values.setdefault(name, None)
            problem = UsageError(
                f"parameter {name} has the wrong type",
                expected=_TYPES[str(known[name].kind)],
                got=str(error),
                fix=f"give --param {name}=VALUE of that type",
            )
        if problem is not None:
            errors.append(problem)
    filled = {*values, *already}
    errors += [
        UsageError(
            f"parameter {name} has no value and no default",
            where=where,
            expected=_TYPES.get(str(said.kind), "a value"),
            fix=f"give --param {name}=VALUE",
        )
        for name, said in known.items()
        if said.required and name not in filled
    ]
    raise_all("the parameters do not fit the pipeline", errors)
    return values


def _declared(said: Mapping[str, Any]) -> Declared:
    kind = said.get("parameterType") or _OLD_TYPES.get(str(said.get("type")))
    optional = "defaultValue" in said or bool(said.get("isOptional"))
    return Declared(kind if kind in _TYPES else None, not optional)


def _wrong_name(
    name: str, equals: str, values: Mapping[str, Any], known: Mapping[str, Declared]
) -> UsageError | None:
    if not equals:
        return UsageError(
            "a parameter has no value",
            expected="--param NAME=VALUE",
            got=f"--param {name[:60]}",
            fix="write the value after =",
        )
    if name in values:
        return UsageError(f"parameter {name} is given twice", fix="keep one of the two")
    if name in known:
        return None
    near = near_miss(name, list(known))
    return UsageError(
        f"the pipeline has no parameter {name[:60]!r}",
        expected=", ".join(sorted(known)) or "no parameters at all",
        fix=f"did you mean {near}?" if near else "leave it out",
    )


def _typed(text: str, kind: str | None) -> Any:
    if kind == "NUMBER_INTEGER":
        return int(_shown(text, int))
    if kind == "NUMBER_DOUBLE":
        number = float(_shown(text, float))
        if not math.isfinite(number):  # JSON has no word for it.
            raise ValueError(text[:60])
        return number
    if kind == "BOOLEAN":
        if text.lower() not in _BOOLEANS:
            raise ValueError(text[:60])
        return _BOOLEANS[text.lower()]
    if kind in ("LIST", "STRUCT"):
        return _from_json(text, list if kind == "LIST" else dict)
    return text


def _shown(text: str, kind: type) -> str:
    """The text, if it is a number without Python's underscores and blanks."""
    try:
        kind(text)
    except ValueError:
        raise ValueError(text[:60]) from None
    if "_" in text or text != text.strip():
        raise ValueError(text[:60])
    return text


def _from_json(text: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise ValueError(text[:60]) from None
    if not isinstance(value, kind):
        raise ValueError(text[:60])
    return value
