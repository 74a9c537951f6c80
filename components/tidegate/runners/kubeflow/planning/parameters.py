"""The parameters of the pipeline: what a run may or must give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate.runners.kubeflow.planning.changes import Change, dotted, shown
from tidegate.runners.kubeflow.planning.differences import (
    MISSING,
    Difference,
    Place,
    differences,
)
from tidegate.runners.kubeflow.planning.steps import at, mapping

PLACE = ("spec", "root", "inputDefinitions", "parameters")


def parameters_of(rest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The well-formed parameters of the pipeline, by name."""
    found = mapping(at(rest, *PLACE))
    return {name: one for name, one in found.items() if isinstance(one, dict)}


def required(parameter: dict[str, Any]) -> bool:
    """Whether a run must give it."""
    return "defaultValue" not in parameter and parameter.get("isOptional") is not True


def parameter_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """The changes of the pipeline's parameters.

    Args:
        old: What belonged to no step before.
        new: What belongs to none now.
    """
    was, now = parameters_of(old), parameters_of(new)
    for name in sorted(was.keys() | now.keys()):
        place: Place = (*PLACE, name)
        before, after = was.get(name, MISSING), now.get(name, MISSING)
        if before is MISSING or after is MISSING:
            one = after if before is MISSING else before
            assert isinstance(one, dict)
            found = Difference(place, before, after)
            yield _change(f"parameter {name}", found, _described(name, one))
            continue
        for found in differences(before, after, place):
            yield _changed(name, found, before, after)


def _changed(name: str, found: Difference, old: Any, new: Any) -> Change:
    inner = found.path[len(PLACE) + 1 :]
    if inner[:1] == ("defaultValue",):
        return _change(f"default of {name}{_rest(inner[1:])}", found)
    if inner in (("parameterType",), ("type",)):
        return _change(f"type of {name}", found)
    if inner == ("isOptional",) and required(old) != required(new):
        words = ["required" if required(one) else "optional" for one in (old, new)]
        return _change(f"parameter {name}", found, " → ".join(words))
    return _change(f"parameter {name}{_rest(inner)}", found)


def _rest(path: Place) -> str:
    text = dotted(path)
    return f".{text}" if text and not text.startswith("[") else text


def _described(name: str, parameter: dict[str, Any]) -> str:
    kind = parameter.get("parameterType", parameter.get("type", "no type"))
    if "defaultValue" in parameter:
        default = shown(parameter["defaultValue"], name)
        return f"({kind}, default {default})"
    return f"({kind}, {'required' if required(parameter) else 'optional'})"


def _change(what: str, found: Difference, said: str = "") -> Change:
    return Change(
        "", "", "parameter", what, found.old, found.new, dotted(found.path), said
    )
