"""An artifact's properties in KFP's metadata, and back.

KFP keeps text and doubles, and refuses null. So every property is there twice:
plain, for people and for other components, and all of them exactly in one text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import ComponentError
from tidegate.runners.kubeflow.invocation import TYPED, ArtifactType
from tidegate.steps.artifact import Typed

# What KFP itself writes there.
_KFP = ("display_name", "store_session_info", "_kfp_workspace")
# Longer texts would only swell the arguments of every container that reads it.
_LONGEST_PLAIN = 500
# How the store of KFP's metadata wraps a list and an object.
_WRAPPED = {"list": list, "struct": dict}
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass
class Properties:
    """The properties of an artifact.

    Attributes:
        declared: Those that its type declares.
        custom: All others.
    """

    declared: dict[str, Typed] = field(default_factory=dict)
    custom: dict[str, Typed] = field(default_factory=dict)


def to_metadata(type_name: str, properties: Properties) -> dict[str, Any]:
    """The metadata of an artifact in KFP."""
    both = {**properties.custom, **properties.declared}
    plain = {
        name: shown
        for name, typed in sorted(both.items())
        if name not in (*_KFP, TYPED) and (shown := _plain(typed)) is not None
    }
    exact = {
        "type": type_name,
        "properties": _encoded(properties.declared),
        "custom_properties": _encoded(properties.custom),
    }
    return {**plain, TYPED: json.dumps(exact, sort_keys=True, separators=(",", ":"))}


def from_metadata(metadata: Mapping[str, Any], kind: ArtifactType) -> Properties:
    """The properties of an artifact of type `kind`.

    An importer and components of others write plain metadata only.

    Raises:
        ComponentError: The exact properties are damaged.
    """
    text = metadata.get(TYPED)
    if isinstance(text, str):
        return _exact(text, kind)
    found = Properties()
    for name, value in metadata.items():
        if name in _KFP or value is None:
            continue
        declared = kind.properties.get(name)
        if declared is None:
            found.custom[name] = _guessed(value)
        elif (typed := _cast(value, declared)) is not None:
            found.declared[name] = typed
    return found


def _exact(text: str, kind: ArtifactType) -> Properties:
    try:
        exact = json.loads(text)
        declared = _decoded(exact.get("properties") or {})
        custom = _decoded(exact.get("custom_properties") or {})
    except (ValueError, TypeError, AttributeError) as error:
        raise ComponentError(
            f"the metadata of the artifact are damaged under the key {TYPED!r}",
            where=kind.name,
            expected="the text that the step before wrote",
            got=text[:80],
            fix="run the step again that made the artifact",
        ) from error
    known = {name: one for name, one in declared.items() if name in kind.properties}
    # What another type declared is a property all the same.
    other = {name: one for name, one in declared.items() if name not in known}
    return Properties(known, {**other, **custom})


def _encoded(properties: Mapping[str, Typed]) -> dict[str, Any]:
    return {
        name: {typed.kind: _number(typed.value)} for name, typed in properties.items()
    }


def _number(value: Any) -> Any:
    """A number that JSON does not have, by its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return value


def _decoded(properties: Mapping[str, Any]) -> dict[str, Typed]:
    found = {}
    for name, one in properties.items():
        ((kind, value),) = one.items()
        if kind == "double":
            value = _NOT_FINITE[value] if isinstance(value, str) else float(value)
        found[name] = Typed(kind, value)
    return found


def _plain(typed: Typed) -> Any:
    """The value for people; None where there is nothing to show."""
    kind, value = typed
    if kind == "proto" or value is None:
        return None
    if kind == "json":
        value = json.dumps(value)
    elif kind != "string":
        return value if math.isfinite(value) else str(_number(value))
    # Half a character pair is no text to Go.
    text = value.encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST_PLAIN else f"{text[: _LONGEST_PLAIN - 1]}…"


def _guessed(value: Any) -> Typed:
    """A value of which nothing is known but what KFP made of it."""
    if isinstance(value, bool):
        return Typed("int", int(value))
    if isinstance(value, (int, float)):
        whole = float(value).is_integer()
        return Typed("int", int(value)) if whole else Typed("double", float(value))
    if isinstance(value, str):
        return Typed("string", value)
    return Typed("json", _unwrapped(value))


def _cast(value: Any, kind: str) -> Typed | None:
    """The value as the type declares it; None where it cannot be that."""
    try:
        if kind == "int":
            return Typed(kind, int(value))
        if kind == "double":
            return Typed(kind, float(value))
        if kind == "bool":
            return Typed(kind, value in (True, 1, "true", "True"))
        if kind == "string":
            return Typed(kind, _as_text(value))
        return Typed(kind, json.loads(value) if _is_json(value) else _unwrapped(value))
    except (TypeError, ValueError):
        return None


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(_unwrapped(value))


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip()[:1] in ("{", "[")


def _unwrapped(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if key in _WRAPPED and isinstance(inner, _WRAPPED[key]):
            return inner
    return value
