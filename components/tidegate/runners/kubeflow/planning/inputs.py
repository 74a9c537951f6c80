"""What a step takes: values of its properties, and artifacts of other steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.runners.kubeflow.planning.changes import Change, dotted, shown
from tidegate.runners.kubeflow.planning.differences import (
    MISSING,
    Difference,
    Place,
    differences,
    same,
)
from tidegate.runners.kubeflow.planning.steps import Step, at, mapping

_CONSTANTS: tuple[tuple[str, ...], ...] = (
    ("runtimeValue", "constant"),
    ("runtimeValue", "constantValue", "stringValue"),
    ("runtimeValue", "constantValue", "intValue"),
    ("runtimeValue", "constantValue", "doubleValue"),
)


def inputs_of(tree: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The well-formed inputs of a step, by kind and name."""
    inputs = mapping(at(dict(tree), "task", "inputs"))
    return {
        kind: {
            name: given
            for name, given in mapping(inputs.get(kind)).items()
            if isinstance(given, dict)
        }
        for kind in ("parameters", "artifacts")
    }


def input_changes(old: Step, new: Step, names: Mapping[str, str]) -> Iterator[Change]:
    """The changes of what a step takes.

    Args:
        old: The step before.
        new: The step after.
        names: Task to the name that its author knows.
    """
    was, now = inputs_of(old.tree), inputs_of(new.tree)
    for kind in ("parameters", "artifacts"):
        for key in sorted(was[kind].keys() | now[kind].keys()):
            before, after = was[kind].get(key, MISSING), now[kind].get(key, MISSING)
            if not same(before, after):
                yield from _one(new, kind, key, before, after, names)


def _one(
    step: Step, kind: str, key: str, old: Any, new: Any, names: Mapping[str, str]
) -> Iterator[Change]:
    place: Place = ("task", "inputs", kind, key)
    key = key.removeprefix("pipelinechannel--")  # KFP's mark of a run's parameter.
    label = "property" if kind == "parameters" else "input"
    was, now = _source(old, names), _source(new, names)
    constant = _constant(old), _constant(new)
    if constant[0] is not None and constant[0] == constant[1]:
        inner = (*place, *constant[0])
        values = at(old, *constant[0]), at(new, *constant[0])
        # More than the constant differs: told below, by the path.
        rest = differences(_but(old, constant[0]), _but(new, constant[0]), place)
        for one in differences(*values, inner):
            what = dotted((key, *one.path[len(inner) :]))
            yield _change(step, label, what, one)
        yield from (_change(step, label, dotted(one.path), one) for one in rest)
    elif was != now:
        said = "" if MISSING in (was, now) else f"from {was}, now from {now}"
        found = Difference(place, was, now)
        text = said or f"from {now if was is MISSING else was}"
        if constant[0] is not None and new is MISSING:
            text = shown(at(old, *constant[0]), key)
        if constant[1] is not None and old is MISSING:
            text = shown(at(new, *constant[1]), key)
        if MISSING not in (was, now) and any(constant):
            text = f"{_shown(old, was, constant[0], key)} → " + _shown(
                new, now, constant[1], key
            )
        yield _change(step, label, key, found, text)
    else:
        for one in differences(old, new, place):
            yield _change(step, label, dotted(one.path), one)


def _shown(given: Any, source: Any, constant: tuple[str, ...] | None, key: str) -> str:
    if constant is None:
        return str(source)
    return shown(at(given, *constant), key)


def _change(
    step: Step, kind: str, what: str, found: Difference, said: str = ""
) -> Change:
    return Change(
        step.path, step.name, kind, what, found.old, found.new, dotted(found.path), said
    )


def _constant(given: Any) -> tuple[str, ...] | None:
    """Where the constant of an input parameter is."""
    return next((p for p in _CONSTANTS if at(given, *p) is not MISSING), None)


def _but(given: Any, path: tuple[str, ...]) -> Any:
    """A copy without the value at `path`."""
    key, *rest = path
    if not rest:
        return {name: inner for name, inner in given.items() if name != key}
    return {**given, key: _but(given[key], tuple(rest))}


def _source(given: Any, names: Mapping[str, str]) -> Any:
    """Where an input comes from, in words; MISSING where there is none."""
    if given is MISSING:
        return MISSING
    for kind, key in (
        ("taskOutputArtifact", "outputArtifactKey"),
        ("taskOutputParameter", "outputParameterKey"),
    ):
        source = mapping(given.get(kind))
        if source:
            task = str(source.get("producerTask"))
            return f"{names.get(task, task)}.{source.get(key)}"
    for kind, word in (
        ("componentInputArtifact", "artifact"),
        ("componentInputParameter", "parameter"),
    ):
        if kind in given:
            return f"the {word} {given[kind]} of the pipeline"
    if "runtimeParameter" in mapping(given.get("runtimeValue")):
        return f"the parameter {given['runtimeValue']['runtimeParameter']}"
    constant = _constant(given)
    if constant is not None:
        return "a constant"
    if "taskFinalStatus" in given:
        return f"the end of {mapping(given['taskFinalStatus']).get('producerTask')}"
    return "elsewhere"
