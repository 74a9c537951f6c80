"""What a plan means for the next run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.report.wording import counted
from tidegate.runners.kubeflow.planning.changes import Change
from tidegate.runners.kubeflow.planning.differences import MISSING
from tidegate.runners.kubeflow.planning.graph import Graph
from tidegate.runners.kubeflow.planning.inputs import inputs_of
from tidegate.runners.kubeflow.planning.parameters import (
    parameters_of,
    required,
)
from tidegate.runners.kubeflow.planning.steps import Parts, Step, at

NOTHING = "the same run as before: nothing changes"
_NAMED = 4
# What KFP's cache key is made of: the image, the command with its arguments, the
# values of input parameters, input artifacts, outputs, and mounted volumes.
# (GenerateCacheKey in backend/src/v2/cacheutils/cache.go of kubeflow/pipelines.)
_IN_THE_KEY = (
    "executor.container.image",
    "executor.container.command",
    "executor.container.args",
    "invocation",
    "task.inputs",
    "task.componentRef",
    "component.executorLabel",
    "component.inputDefinitions.parameters",
    "component.outputDefinitions",
    "platform.kubernetes.pvcMount",
    "executor.importer",
)


@dataclass(frozen=True)
class Facts:
    """What consequences are drawn from.

    Attributes:
        old: The spec before, taken apart.
        new: The spec after.
        pairs: Path of a step in the new spec to that in the old one.
        changes: All changes.
    """

    old: Parts
    new: Parts
    pairs: Mapping[str, str]
    changes: Sequence[Change]


def consequences(facts: Facts) -> list[str]:
    """What the changes mean, a sentence each, the gravest first."""
    if not facts.changes:
        return [NOTHING]
    return [
        *_parameters(facts),
        *_gates(facts),
        *_on_failure(facts),
        *_runs_again(facts),
    ]


def _parameters(facts: Facts) -> Iterator[str]:
    was, now = parameters_of(facts.old.rest), parameters_of(facts.new.rest)
    for name in sorted(now):
        if required(now[name]) and not (name in was and required(was[name])):
            yield f"a run without --param {name} will now be refused"
    for name in sorted(was.keys() - now.keys()):
        yield f"a run that gives --param {name} no longer fits: it is not known"


def _gates(facts: Facts) -> Iterator[str]:
    before, after = Graph(facts.old.steps), Graph(facts.new.steps)
    back = {was: now for now, was in facts.pairs.items()}
    for path, was in facts.pairs.items():
        kept = {back.get(gate, gate) for gate in before.gates(was)}
        name = facts.new.steps[path].name
        for gate in sorted(kept - after.gates(path)):
            steps = facts.new.steps if gate in facts.new.steps else facts.old.steps
            yield f"{name} no longer runs behind the gate {steps[gate].name}"
        for gate in sorted(after.gates(path) - kept):
            yield f"{name} now runs behind the gate {facts.new.steps[gate].name}"


def _on_failure(facts: Facts) -> Iterator[str]:
    was = {s.path: s.name for s in facts.old.steps.values() if _always(s)}
    now = {s.path: s.name for s in facts.new.steps.values() if _always(s)}
    for path in sorted(now.keys() - {_new(facts, one) for one in was}):
        yield f"{now[path]} now runs at the end of every run, a failed one too"
    for path in sorted(was):
        if _new(facts, path) not in now:
            yield f"{was[path]} no longer runs at the end of a failed run"


def _new(facts: Facts, old: str) -> str:
    return next((now for now, was in facts.pairs.items() if was == old), old)


def _always(step: Step) -> bool:
    strategy = at(step.tree.get("task"), "triggerPolicy", "strategy")
    return bool(strategy == "ALL_UPSTREAM_TASKS_COMPLETED")


def _runs_again(facts: Facts) -> Iterator[str]:
    steps = facts.new.steps
    real = [path for path in steps if "executor" in steps[path].tree]
    if any(change.path == "spec.pipelineInfo.name" for change in facts.changes):
        yield "every step runs again: results are kept by the pipeline's name"
        return
    graph = Graph(steps)
    touched = [path for path in graph.in_order() if path in _touched(facts)]
    again = [path for path in graph.in_order() if path in graph.after(touched)]
    again = [path for path in again if path in real]
    if not again:
        yield "no step runs again for it: the cache keys stay as they are"
        return
    cached = [path for path in again if _cached(steps[path])]
    if not cached:
        yield f"{_listed(steps, again)} run every time: caching is off"
        return
    first = [
        path
        for path in touched
        if not any(path in graph.after([other]) for other in touched if other != path)
    ] or touched[:1]
    share = f"{len(cached)} of {counted(len(real), 'steps')}"
    yield (f"runs again from {_listed(steps, first)} on (cache keys change): {share}")


def _touched(facts: Facts) -> set[str]:
    """Paths of the steps whose own cache key changes."""
    found = {
        change.step
        for change in facts.changes
        if change.step
        and (
            change.path.startswith(_IN_THE_KEY)
            or (change.kind == "step" and change.old is MISSING)
        )
        # Names of parts of the spec are not in the key.
        and change.kind != "name"
    }
    found |= {
        change.step for change in facts.changes if change.path == "invocation.node"
    }
    defaults = {
        change.what.removeprefix("default of ").partition(".")[0].partition("[")[0]
        for change in facts.changes
        if change.what.startswith("default of ")
    }
    for path, step in facts.new.steps.items():
        for given in inputs_of(step.tree)["parameters"].values():
            if given.get("componentInputParameter") in list(defaults):
                found.add(path)
    steps = facts.new.steps
    return {one for one in found if one in steps and "executor" in steps[one].tree}


def _cached(step: Step) -> bool:
    return at(step.tree.get("task"), "cachingOptions", "enableCache") is True


def _listed(steps: Mapping[str, Step], paths: Sequence[str]) -> str:
    names = [steps[path].name for path in paths]
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
