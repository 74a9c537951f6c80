"""What KFP's backend refuses of a spec, all of it found before anything runs.

The rules: compiler/visitor.go:dfs (components and executors), argocompiler/dag.go:
DAG, task and addImplicitDependencies (tasks, exit tasks, iterators, resolvers, custom
jobs), importer_launcher.go:ImportSpecToMLMDArtifact. Those about the inputs of tasks
and about containers are in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tidegate.errors import TidegateError, UsageError
from tidegate.runners.kubeflow.local_copies import FOLDERS
from tidegate.runners.spec_run import graph, parameters
from tidegate.runners.spec_run.containers_refused import container_problems
from tidegate.runners.spec_run.inputs_refused import (
    Given,
    Parameter,
    given_to_nested,
    input_problems,
)
from tidegate.runners.spec_run.outputs_refused import output_problems
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.tasks_refused import (
    argo_problems,
    importer_problems,
    iterator_problems,
    refused,
    retry_problems,
)
from tidegate.runners.spec_run.values import Value

Kind = Literal["dag", "container", "importer", "none"]


def kind_of(spec: CompiledSpec, component: Any) -> Kind:
    """What runs a component; "none" for what open-source KFP runs not at all."""
    if component.WhichOneof("implementation") == "dag":
        return "dag"
    executor = spec.executor(component)
    what = None if executor is None else executor.WhichOneof("spec")
    return what if what in ("container", "importer") else "none"


def refusals(
    spec: CompiledSpec, given: Mapping[str, Value], environment: Mapping[str, str]
) -> list[TidegateError]:
    """Every reason why this spec with these parameters would not run.

    Args:
        spec: The compiled pipeline.
        given: Values of its parameters, by the user.
        environment: Of this process: where secrets of the cluster are looked for.
    """
    found: list[TidegateError] = list(parameters.problems_of(spec, given))
    if not spec.root.startswith(tuple(FOLDERS)):
        found.append(
            UsageError(
                "the launcher has no local copies of such a pipeline root: "
                "unsupported storage scheme",
                where=spec.root,
                expected=f"a URI that starts with {', '.join(FOLDERS)}",
                fix="compile with a pipeline root in one of these stores",
            )
        )
    walk = _Walk(spec, environment)
    root = spec.spec.root
    if root.WhichOneof("implementation") != "dag":
        found.append(refused("root", "the root component is not a DAG"))
        return found
    state = _root_state(spec, given)
    found.extend(walk.dag("root", root, Given(state, frozenset()), ()))
    return _once(found)


def _root_state(spec: CompiledSpec, given: Mapping[str, Value]) -> dict[str, Parameter]:
    values = parameters.with_defaults(spec, given)
    return {
        name: "null" if values.get(name, "") is None else "value"
        for name in spec.spec.root.input_definitions.parameters
    }


def _once(found: list[TidegateError]) -> list[TidegateError]:
    seen: dict[tuple[str | None, str, str | None], TidegateError] = {}
    for error in found:
        seen.setdefault((error.where, error.message, error.got), error)
    return list(seen.values())


@dataclass
class _Walk:
    """Goes through all tasks, into nested pipelines, too."""

    spec: CompiledSpec
    environment: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def dag(
        self, path: str, component: Any, given: Given, stack: tuple[str, ...]
    ) -> Iterator[TidegateError]:
        """Problems of the DAG at `path`.

        Args:
            path: Names of the tasks down to it.
            component: Its component.
            given: What its own task hands in.
            stack: Components around it.
        """
        dag = component.dag
        yield from _shape(path, dag)
        yield from output_problems(self.spec, path, component)
        for name in sorted(dag.tasks):
            task = dag.tasks[name]
            yield from self._task(f"{path}/{name}", task, component, given, stack)

    def _task(
        self, path: str, task: Any, parent: Any, given: Given, stack: tuple[str, ...]
    ) -> Iterator[TidegateError]:
        reference = task.component_ref.name
        component = self.spec.component(reference)
        if not reference:
            yield refused(path, "component ref name is empty for the task")
            return
        if component is None:
            yield refused(path, f'cannot find component ref name="{reference}"')
            return
        if reference in stack:
            yield refused(path, f'component "{reference}" is a part of itself')
            return
        yield from argo_problems(path, task, component, self.spec.executor(component))
        yield from iterator_problems(path, task, component)
        yield from input_problems(self.spec, path, task, component, parent, given)
        yield from retry_problems(path, task)
        if component.WhichOneof("implementation") == "dag":
            inner = given_to_nested(task, component, given)
            yield from self.dag(path, component, inner, (*stack, reference))
        else:
            yield from self._executor(path, task, component)

    def _executor(
        self, path: str, task: Any, component: Any
    ) -> Iterator[TidegateError]:
        label = component.executor_label
        executor = self.spec.executor(component)
        if not label:
            yield refused(path, "unknown component implementation")
            return
        if executor is None:
            yield refused(
                path, f'executor(label="{label}") not found in deployment config'
            )
            return
        what = executor.WhichOneof("spec")
        if what == "importer":
            yield from importer_problems(path, task, component, executor.importer)
        elif what == "container":
            yield from container_problems(
                self.spec, path, task, component, executor.container, self.environment
            )
        else:
            yield _not_implemented(path, label, what)


def _not_implemented(path: str, label: str, what: str | None) -> TidegateError:
    """The refusal of compiler/visitor.go, which is where a run's creation ends."""
    names = {"resolver": "resolver", "custom_job": "custom job of Vertex AI"}
    fixes = {
        "resolver": "compile with --target kfp, which has a component in its place",
        "custom_job": "run it on Vertex AI, or take the custom job away",
    }
    return refused(
        path,
        f'executor(label="{label}"): non-container and non-importer executor '
        "not implemented",
        fixes.get(what or "", ""),
        got=f"a {names.get(what or '', 'executor of another type')}",
    )


def _shape(path: str, dag: Any) -> Iterator[TidegateError]:
    """Problems of how the tasks of a DAG hang together."""
    waiting = graph.waits_for(dag)
    leaving = {name for name, task in dag.tasks.items() if graph.is_exit_task(task)}
    if not set(dag.tasks) - leaving:
        yield refused(path, f"DAG {path} must contain one or more non-exit tasks")
    for name, before in sorted(waiting.items()):
        for other in sorted(before - set(dag.tasks)):
            yield refused(f"{path}/{name}", f'unknown producer task "{other}" in DAG')
        for other in sorted(before & leaving):
            yield refused(
                f"{path}/{name}", f"it waits for {other}, which is an exit task"
            )
    _, circular = graph.in_order(waiting)
    if circular:
        names = ", ".join(sorted(circular))
        yield refused(path, f"the tasks wait for each other in a circle: {names}")
    for name in sorted(leaving):
        yield from _exit_task(f"{path}/{name}", dag.tasks[name], dag)


def _exit_task(path: str, task: Any, dag: Any) -> Iterator[TidegateError]:
    watched = list(task.dependent_tasks)
    if len(watched) != 1:
        yield refused(
            path,
            "an exit task watches over one task: KFP makes it a hook of each, and "
            "runs it as often",
            "put the tasks into one dsl.ExitHandler",
            got=f"{len(watched)} tasks",
        )
        return
    other = dag.tasks.get(watched[0])
    if other is not None and other.WhichOneof("iterator"):
        yield refused(
            path, "KFP never runs an exit task of a loop: its template has no hook"
        )
