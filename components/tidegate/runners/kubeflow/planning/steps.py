"""A compiled spec taken apart: one tree for each step, and what belongs to none.

Every value of the spec is in at least one of the trees, so that comparing them
misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.runners.kubeflow.image_variable import tells_image
from tidegate.runners.kubeflow.planning.differences import MISSING, Place, as_json
from tidegate.runners.kubeflow.planning.reading import Compiled

# Stands in a container's arguments where the invocation was lifted out.
_INVOCATION = "--invocation"


@dataclass(frozen=True)
class Step:
    """One task of the pipeline with everything that it is made of.

    Attributes:
        path: Names of the tasks from the root to it, joined by "/".
        name: Its name as the author knows it.
        label: Of its executor; empty for a group of steps.
        tree: Its `task`, `component`, `executor`, `platform` and `invocation`.
    """

    path: str
    name: str
    label: str
    tree: Mapping[str, Any]

    @property
    def group(self) -> str:
        """Path of the group that it is in; empty at the root."""
        return self.path.rpartition("/")[0]

    @property
    def task(self) -> str:
        """Name of the task in its group."""
        return self.path.rpartition("/")[2]

    @property
    def invocation(self) -> dict[str, Any]:
        """What its container is told; empty for containers that are not ours."""
        return mapping(as_json(self.tree.get("invocation")))

    @property
    def is_gate(self) -> bool:
        """Whether it is a gate of Tidegate."""
        executor = self.invocation.get("executor", "")
        return isinstance(executor, str) and executor.startswith("tidegate.gate.")

    def producers(self) -> set[str]:
        """Names of the tasks in its group that it waits for."""
        task = mapping(self.tree.get("task"))
        found = _items(task.get("dependentTasks"))
        inputs = mapping(task.get("inputs"))
        for kind in ("artifacts", "parameters"):
            for given in mapping(inputs.get(kind)).values():
                for source in mapping(given).values():
                    found.append(mapping(source).get("producerTask"))
        return {one for one in found if isinstance(one, str)}


@dataclass
class Parts:
    """A spec taken apart.

    Attributes:
        steps: By their paths.
        rest: What belongs to no step: `spec`, `job` and `platform`.
    """

    steps: dict[str, Step] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def at(value: Any, *path: str) -> Any:
    """What is at a path of keys, MISSING where nothing is."""
    for key in path:
        # A damaged spec has anything where a name should be.
        known = isinstance(key, str)
        value = mapping(value).get(key, MISSING) if known else MISSING
    return value


def take_apart(compiled: Compiled) -> Parts:
    """The steps of a compiled spec, and the rest of it."""
    whole = {
        "spec": compiled.spec,
        "job": compiled.job,
        "platform": compiled.platform,
    }
    claimed: set[Place] = set()
    parts = Parts()
    root: Place = ("spec", "root")
    for step in _steps(whole, root, "", (), claimed):
        parts.steps[step.path] = step
    parts.rest = _without(whole, claimed)
    return parts


def _steps(
    whole: dict[str, Any],
    group: Place,
    path: str,
    inside: tuple[str, ...],
    claimed: set[Place],
) -> Iterator[Step]:
    tasks: Place = (*group, "dag", "tasks")
    for key, task in mapping(at(whole, *map(str, tasks))).items():
        claimed.add((*tasks, key))
        name = key.replace("~", "~0").replace("/", "~1")
        reference = at(task, "componentRef", "name")
        step = _step(whole, f"{path}{name}", task, reference, claimed)
        yield step
        if isinstance(reference, str) and reference not in inside:
            inner: Place = ("spec", "components", reference)
            deeper = (*inside, reference)
            yield from _steps(whole, inner, f"{step.path}/", deeper, claimed)


def _step(
    whole: dict[str, Any], path: str, task: Any, reference: Any, claimed: set[Place]
) -> Step:
    tree: dict[str, Any] = {"task": task}
    label = MISSING
    component = at(whole, "spec", "components", reference)
    if component is not MISSING:
        claimed.add(("spec", "components", reference))
        # Its inner tasks are steps of their own.
        inner: set[Place] = (
            set() if not mapping(at(component, "dag", "tasks")) else {("dag", "tasks")}
        )
        tree["component"] = _without(component, inner)
        label = at(component, "executorLabel")
    if isinstance(label, str):
        tree.update(_executor(whole, label, claimed))
    invoked = mapping(as_json(tree.get("invocation")))
    name = invoked.get("node") or at(task, "taskInfo", "name")
    if not isinstance(name, str) or not name:
        name = path.rpartition("/")[2]
    return Step(path, name, label if isinstance(label, str) else "", tree)


def _executor(whole: dict[str, Any], label: str, claimed: set[Place]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    place = ("spec", "deploymentSpec", "executors", label)
    executor = at(whole, *place)
    if executor is not MISSING:
        claimed.add(place)
        found["executor"], invocation = _lifted(_without_image_variable(executor))
        if invocation is not None:
            found["invocation"] = invocation
    for name in mapping(at(whole, "platform", "platforms")):
        inner = ("platform", "platforms", name, "deploymentSpec", "executors", label)
        settings = at(whole, *inner)
        if settings is not MISSING:
            claimed.add(inner)
            found.setdefault("platform", {})[name] = settings
    return found


def _lifted(executor: Any) -> tuple[Any, str | None]:
    """The executor without its invocation, and the invocation."""
    args = at(executor, "container", "args")
    if not isinstance(args, list) or _INVOCATION not in args[:-1]:
        return executor, None
    i = args.index(_INVOCATION) + 1
    if as_json(args[i]) is MISSING:
        return executor, None
    container = {**executor["container"], "args": [*args[:i], "…", *args[i + 1 :]]}
    return {**executor, "container": container}, args[i]


def _without_image_variable(executor: Any) -> Any:
    """The executor without the variable that repeats its image."""
    container = mapping(at(executor, "container"))
    given = container.get("env")
    if not isinstance(given, list):
        return executor
    left = [
        one
        for one in given
        if not tells_image(at(one, "name"), at(one, "value"), container.get("image"))
    ]
    if len(left) == len(given):
        return executor
    kept = {key: value for key, value in container.items() if key != "env"}
    return {**executor, "container": {**kept, "env": left} if left else kept}


def _without(value: Any, claimed: set[Place], path: Place = ()) -> Any:
    """A copy without what is at the claimed paths."""
    if not isinstance(value, dict) or not claimed:
        return value
    return {
        key: _without(inner, claimed, (*path, key)) if len(path) < 6 else inner
        for key, inner in value.items()
        if (*path, key) not in claimed
    }


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []
