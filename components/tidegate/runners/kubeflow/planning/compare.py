"""Compares two compiled specs: step by step, then what belongs to no step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.planning.changes import Change, Plan
from tidegate.runners.kubeflow.planning.consequences import Facts, consequences
from tidegate.runners.kubeflow.planning.differences import (
    MISSING,
    differences,
    item_by_item,
)
from tidegate.runners.kubeflow.planning.graph import Graph
from tidegate.runners.kubeflow.planning.inputs import input_changes, inputs_of
from tidegate.runners.kubeflow.planning.parameters import (
    PLACE,
    parameter_changes,
    parameters_of,
)
from tidegate.runners.kubeflow.planning.reading import Compiled
from tidegate.runners.kubeflow.planning.renames import (
    paired,
    renamed_tasks,
    with_new_names,
)
from tidegate.runners.kubeflow.planning.steps import Step, at, mapping, take_apart
from tidegate.runners.kubeflow.planning.wording import worded

# What a step that is only renamed has changed by that alone.
_NAMING = {
    "task.taskInfo.name",
    "task.componentRef.name",
    "component.executorLabel",
    "invocation.node",
}


# Where an input of a step is declared, beside where it is given.
_DECLARED = (
    "component.inputDefinitions.parameters",
    "component.inputDefinitions.artifacts",
    "invocation.properties",
    "invocation.inputs",
)


def plan(old: Compiled, new: Compiled) -> Plan:
    """What changes from `old` to `new`, and what that means for the next run.

    Raises:
        UsageError: One is for open-source KFP and the other for Vertex AI.
    """
    if old.kind != new.kind:
        raise UsageError(
            "specs for different targets cannot be compared",
            where=f"{old.where} and {new.where}",
            expected="two specs of one target",
            got=f"{old.kind} and {new.kind}",
            fix="compile both with the same --target",
        )
    was, now = take_apart(old), take_apart(new)
    pairs = paired(was.steps, now.steps)
    renamed = renamed_tasks(pairs)
    was.rest = with_new_names(was.rest, renamed)
    every = (*was.steps.values(), *now.steps.values())
    names = {step.task: step.name for step in every}
    changes = [*_of_the_rest(was.rest, now.rest)]
    graph = Graph(now.steps)
    for path in graph.in_order():
        step = now.steps[path]
        if path not in pairs:
            changes.append(_whole(step, added=True))
            continue
        before = was.steps[pairs[path]]
        before = replace(before, tree=with_new_names(dict(before.tree), renamed))
        changes += _of_a_step(before, step, names)
    kept = set(pairs.values())
    gone = [path for path in Graph(was.steps).in_order() if path not in kept]
    changes += [_whole(was.steps[path], added=False) for path in gone]
    return Plan(changes, consequences(Facts(was, now, pairs, changes)))


def _whole(step: Step, *, added: bool) -> Change:
    tree = dict(step.tree)
    old, new = (MISSING, tree) if added else (tree, MISSING)
    said = "is new" if added else "is gone"
    return Change(step.path, step.name, "step", "step", old, new, step.path, said)


def _of_the_rest(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    yield from parameter_changes(old, new)
    names = parameters_of(old).keys() | parameters_of(new).keys()
    without = [_without_names(rest, PLACE, names) for rest in (old, new)]
    for found in differences(*without):
        yield worded(found, None)


def _of_a_step(old: Step, new: Step, names: Mapping[str, str]) -> Iterator[Change]:
    renamed = old.task != new.task
    if renamed or old.group != new.group:
        yield _moved(old, new)
    yield from _order_changes(old, new, names)
    input_changes_of = list(input_changes(old, new, names))
    yield from input_changes_of
    told = {
        (change.path.rpartition(".")[2], change.sign) for change in input_changes_of
    }
    for found in differences(*_remaining(old, new)):
        apart = item_by_item(found) if found.path[:1] == ("platform",) else (found,)
        for one in apart:
            change = worded(one, new, old)
            if renamed and change.path in _NAMING:
                continue
            if not _follows(change, told):
                yield change


def _follows(change: Change, told: set[tuple[str, str]]) -> bool:
    """Whether a change only follows from an input that is new or gone."""
    place, _, name = change.path.rpartition(".")
    return place in _DECLARED and (name, change.sign) in told and change.sign != "~"


def _moved(old: Step, new: Step) -> Change:
    if old.task != new.task:
        said = f"renamed from {old.name}" if old.name != new.name else "has a new id"
    elif new.group:
        said = f"now in the group {new.group}"
    else:
        said = f"no longer in the group {old.group}"
    return Change(
        new.path, new.name, "step", "step", old.path, new.path, new.path, said
    )


def _order_changes(old: Step, new: Step, names: Mapping[str, str]) -> Iterator[Change]:
    was, now = _waits(old), _waits(new)
    if was is None or now is None:
        return
    path = "task.dependentTasks"
    for task in sorted(set(now) - set(was)):
        name = names.get(task, task)
        yield Change(new.path, new.name, "order", "waits for", MISSING, name, path)
    for task in sorted(set(was) - set(now)):
        name = names.get(task, task)
        said = f"no longer waits for {name}"
        yield Change(new.path, new.name, "order", "", name, MISSING, path, said)
    if set(was) == set(now) and was != now:
        said = "the same steps, listed otherwise"
        yield Change(new.path, new.name, "order", "waits for", was, now, path, said)


def _waits(step: Step) -> list[str] | None:
    """Tasks that a step waits for by order alone; None if that is not a list."""
    listed = mapping(step.tree.get("task")).get("dependentTasks", [])
    if not isinstance(listed, list) or not all(isinstance(i, str) for i in listed):
        return None
    return listed


def _remaining(old: Step, new: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both trees without what is told already."""
    kept = []
    told = inputs_of(old.tree), inputs_of(new.tree)
    ordered = _waits(old) is not None and _waits(new) is not None
    for step in (old, new):
        tree = dict(step.tree)
        for kind in ("parameters", "artifacts"):
            known = told[0][kind].keys() | told[1][kind].keys()
            tree = _without_names(tree, ("task", "inputs", kind), known)
        if ordered and (_waits(old) or _waits(new)):
            tree = _without_names(tree, ("task",), {"dependentTasks"})
        kept.append(tree)
    return kept[0], kept[1]


def _without_names(tree: Any, place: tuple[str, ...], names: Any) -> Any:
    """A copy of a tree without these keys of the mapping at `place`."""
    if not names or not isinstance(at(tree, *place), dict):
        return tree
    if not place:
        # An empty mapping and a missing one differ in nothing that is not told.
        return {key: value for key, value in tree.items() if key not in names}
    key, *rest = place
    return {**tree, key: _without_names(tree[key], tuple(rest), names)}
