"""Execution properties: what KFP hands over, made what the executor expects.

KFP's integers are doubles, its structures are text, and a runtime parameter may
fill a place inside of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.runners.kubeflow.invocation import Invocation, Property, Slot

_JSON = "$json"


class _Unfit(Exception):
    """A value cannot be used; the message says what was expected."""


def execution_properties(
    invocation: Invocation, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The properties that were given, by name.

    Raises:
        UsageError: Values are not of the kind that the executor expects.
    """
    found, errors = {}, list[TidegateError]()
    for name, expected in invocation.properties.items():
        try:
            given, value = _filled(expected, name, parameters)
            if given:
                found[name] = _cast(value, expected.kind)
        except _Unfit as unfit:
            errors.append(
                UsageError(
                    "the value of a parameter cannot be used",
                    where=f"{invocation.node}.{name}",
                    expected=str(unfit),
                    got=repr(parameters.get(name))[:200],
                    fix="give the parameter another value and submit again",
                )
            )
    raise_all("parameters cannot be used", errors)
    return found


def _filled(
    expected: Property, name: str, parameters: Mapping[str, Any]
) -> tuple[bool, Any]:
    """Whether the property is given, and its value with all slots filled."""
    value = parameters.get(name)
    if expected.optional and value == "":
        value = None
    for slot in expected.slots:
        if not slot.path:
            value = _in_slot(slot, parameters)
        elif value is not None:
            # The property itself is entered as JSON without being asked to.
            value = _placed(value, [_JSON, *slot.path], slot, parameters)
    return value is not None, value


def _placed(
    held: Any, path: list[str | int], slot: Slot, parameters: Mapping[str, Any]
) -> Any:
    """`held` with the slot's value at the end of `path`."""
    if not path:
        return _in_slot(slot, parameters)
    key, *rest = path
    if key == _JSON:
        if not isinstance(held, str):
            return _placed(held, rest, slot, parameters)
        return json.dumps(_placed(_parsed(held), rest, slot, parameters))
    _demand_place(held, key, slot)
    inner = held.get(key) if isinstance(held, dict) else held[key]
    value = _placed(inner, rest, slot, parameters)
    if value is None and isinstance(held, dict):
        held.pop(key, None)
    else:
        held[key] = value
    return held


def _demand_place(held: Any, key: str | int, slot: Slot) -> None:
    fits = (isinstance(held, dict) and isinstance(key, str)) or (
        isinstance(held, list) and isinstance(key, int) and 0 <= key < len(held)
    )
    if not fits:
        path = ".".join(map(str, slot.path))
        raise _Unfit(f"a place {path} for the parameter {slot.parameter}")


def _in_slot(slot: Slot, parameters: Mapping[str, Any]) -> Any:
    """The slot's value; None where the parameter has none."""
    value = parameters.get(slot.parameter)
    if value is None or (slot.optional and value == ""):
        return None
    if slot.before or slot.after:
        return f"{slot.before}{as_text(value)}{slot.after}"
    return value if slot.kind == "string" else _cast(value, slot.kind)


def as_text(value: Any) -> str:
    """A parameter as KFP writes it into a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _cast(value: Any, kind: str) -> Any:
    if kind == "string":
        return as_text(value)
    if kind == "json":
        return _parsed(value) if isinstance(value, str) else value
    if kind == "bool":
        text = as_text(value).lower()
        if text not in ("true", "false"):
            raise _Unfit("true or false")
        return text == "true"
    try:
        number = float(value) if kind == "double" else _whole(value)
    except (TypeError, ValueError):
        raise _Unfit("a whole number" if kind == "int" else "a number") from None
    return number


def _whole(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return int(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise _Unfit("JSON") from None
