"""Steps of two specs that are the same step, by another name or in another group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tidegate.runners.kubeflow.planning.differences import as_json, same
from tidegate.runners.kubeflow.planning.steps import Step, mapping

_PRODUCERS = ("producerTask", "producerSubtask")


def paired(old: Mapping[str, Step], new: Mapping[str, Step]) -> dict[str, str]:
    """Path in the new spec to the path in the old one, for every step in both."""
    pairs = {path: path for path in new if path in old}
    for path, was in _by_task(new, pairs.keys()).items():
        moved = _by_task(old, pairs.values()).get(path)
        if moved is not None:
            pairs[was] = moved
    found = True
    while found:
        # One rename can make another one recognisable: that of its consumer.
        found = False
        names = renamed_tasks(pairs)
        for path in sorted(new.keys() - pairs.keys()):
            taken = set(pairs.values())
            for candidate in sorted(old.keys() - taken):
                if _alike(old[candidate], new[path], names):
                    pairs[path] = candidate
                    found = True
                    break
    return pairs


def renamed_tasks(pairs: Mapping[str, str]) -> dict[str, str]:
    """Old name of a task to its new one, of those that were renamed."""
    last = {
        was.rpartition("/")[2]: now.rpartition("/")[2] for now, was in pairs.items()
    }
    return {was: now for was, now in last.items() if was != now}


def with_new_names(value: Any, names: Mapping[str, str]) -> Any:
    """A copy in which renamed steps have their new names wherever one waits."""
    if not names:
        return value
    if isinstance(value, list):
        return [with_new_names(inner, names) for inner in value]
    if not isinstance(value, dict):
        return value
    copy: dict[str, Any] = {}
    for key, inner in value.items():
        if key in _PRODUCERS and isinstance(inner, str):
            copy[key] = names.get(inner, inner)
        elif key == "dependentTasks" and isinstance(inner, list):
            known = [isinstance(one, str) and one in names for one in inner]
            copy[key] = [
                names[one] if is_known else one
                for one, is_known in zip(inner, known, strict=True)
            ]
        else:
            copy[key] = with_new_names(inner, names)
    return copy


def _task(path: str) -> str:
    return path.rpartition("/")[2]


def _by_task(steps: Mapping[str, Step], but: Iterable[str]) -> dict[str, str]:
    """Task to path, of the tasks with a name that no other step has."""
    left: dict[str, list[str]] = {}
    for path in steps.keys() - set(but):
        left.setdefault(steps[path].task, []).append(path)
    return {task: paths[0] for task, paths in left.items() if len(paths) == 1}


def _alike(old: Step, new: Step, names: Mapping[str, str]) -> bool:
    """Whether nothing but the name of a step changed, and perhaps its image."""
    was, now = _nameless(old, names), _nameless(new, {})
    return same(was, now)


def _nameless(step: Step, names: Mapping[str, str]) -> dict[str, Any]:
    tree = dict(with_new_names(dict(step.tree), names))
    task = dict(mapping(tree.get("task")))
    for key in ("taskInfo", "componentRef"):
        task.pop(key, None)
    component = dict(mapping(tree.get("component")))
    component.pop("executorLabel", None)
    invocation = as_json(tree.get("invocation"))
    if isinstance(invocation, dict):
        tree["invocation"] = {k: v for k, v in invocation.items() if k != "node"}
    # A new image is usual, and it is told by itself.
    executor = dict(mapping(tree.get("executor")))
    container = mapping(executor.get("container"))
    if container:
        executor["container"] = {k: v for k, v in container.items() if k != "image"}
        tree["executor"] = executor
    return {**tree, "task": task, "component": component}
