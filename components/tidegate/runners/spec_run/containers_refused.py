"""What KFP refuses of a container, or would do with it in another way than here.

The rules: component/launcher_v2.go:NewLauncherV2, driver/util.go:resolveContainerArgs,
and driver/k8s.go, whose volumes and secrets this machine must have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import UsageError
from tidegate.runners.spec_run import placeholders
from tidegate.runners.spec_run.kubernetes import kubernetes_problems
from tidegate.runners.spec_run.outputs_refused import type_problems
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.tasks_refused import refused

# driver/k8s.go:dummyImages: tasks that make or delete a volume of the cluster.
CLUSTER_IMAGES = ("argostub/createpvc", "argostub/deletepvc")


def container_problems(
    spec: CompiledSpec,
    path: str,
    task: Any,
    component: Any,
    container: Any,
    environment: Mapping[str, str],
) -> Iterator[UsageError]:
    """Problems of the container of one task."""
    words = [*container.command, *container.args]
    if container.image in CLUSTER_IMAGES:
        yield refused(path, f"{container.image} is work for a cluster, not for here")
        return
    if not container.image:
        yield refused(path, "the container has no image")
    if not words:
        yield refused(path, "command and arguments are empty")
    if container.HasField("lifecycle"):
        yield refused(
            path,
            "lifecycle.preCacheCheck: open-source KFP has no code for this hook, so "
            "what it finds out would be missing",
            "compile with --target kfp, which does the driver's work in the container",
        )
    yield from type_problems(path, component)
    names = _names(component)
    for word in words:
        yield from _word(path, word, names, task)
    for variable in container.env:
        if "{{$" in variable.value:
            yield refused(
                path,
                f"unknown placeholder in the variable {variable.name}: KFP fills in "
                "none in the environment",
            )
    yield from _finds_own_paths(path, words, component)
    config = spec.kubernetes.get(component.executor_label, {})
    yield from kubernetes_problems(path, config, environment)


def _names(component: Any) -> placeholders.Names:
    inputs, outputs = component.input_definitions, component.output_definitions
    return placeholders.Names(
        input_parameters=frozenset(inputs.parameters),
        input_artifacts=frozenset(inputs.artifacts),
        output_parameters=frozenset(outputs.parameters),
        output_artifacts=frozenset(outputs.artifacts),
    )


def _word(
    path: str, word: str, names: placeholders.Names, task: Any
) -> Iterator[UsageError]:
    if placeholders.is_concat(word):
        yield refused(path, "Concat placeholders are not resolved by open-source KFP")
        return
    parts = [word]
    if placeholders.is_clause(word):
        if "$.outputs" in word:
            yield refused(
                path,
                "the driver does not resolve an IfPresent clause that names an output",
            )
            return
        try:
            parts = list(placeholders.clause_words(word))
        except ValueError as error:
            yield refused(path, f"failed to resolve condition: {error}")
            return
    for part in parts:
        for unknown in placeholders.unknown(part, names):
            yield refused(
                path,
                f"unknown placeholder {unknown}",
                "take one of {{$}}, inputs.parameters['…'], inputs.artifacts['…'].uri "
                "or .path, outputs.artifacts['…'].uri or .path, "
                "outputs.parameters['…'].output_file, of a name that the component has",
            )
    if "$.outputs" in word or placeholders.is_clause(word):
        return
    for name in placeholders.input_parameters(word):
        if name in names.input_parameters and name not in task.inputs.parameters:
            yield refused(
                path,
                f'parameter "{name}" not found in executor input: the driver fills in '
                "no default",
                "give the parameter where the task is made, or take it from {{$}}",
            )


def _finds_own_paths(
    path: str, words: list[str], component: Any
) -> Iterator[UsageError]:
    """A container that works out the local copies itself would look at `/minio`."""
    if not any("kfp.dsl.executor_main" in w or "executor_main" in w for w in words):
        return
    if component.input_definitions.artifacts or component.output_definitions.artifacts:
        yield refused(
            path,
            "a Python component of the kfp SDK with artifacts looks for them at the "
            "root of the file system: the backend runs it, run-spec does not",
            "make it a dsl.container_component, which is told its paths",
        )
