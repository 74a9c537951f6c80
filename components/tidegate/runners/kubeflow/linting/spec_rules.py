"""Rules over the form of a compiled spec: what KFP has no code for, or cannot find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tidegate.runners.kubeflow.linting.rules import KFP, Fault, Rules
from tidegate.runners.kubeflow.linting.spec_facts import (
    Spec,
    placeholders,
    taken,
    variables,
    words,
)
from tidegate.runners.kubeflow.planning.differences import MISSING
from tidegate.runners.kubeflow.planning.steps import Step, at, mapping

SPEC_RULES = Rules()
_DAG = "backend/src/v2/compiler/argocompiler/dag.go"
_VISITOR = "backend/src/v2/compiler/visitor.go"
_LAUNCHER = "backend/src/v2/component/launcher_v2.go"
_RESOLVE = "backend/src/v2/driver/resolve.go"
_KNOWN = re.compile(
    r"\{\{\$\}\}"
    r"|\{\{\$\.(?P<way>inputs|outputs)\.(?P<kind>artifacts|parameters)"
    r"\['(?P<name>[^']*)'\](?P<rest>[^}]*)\}\}"
)
# What the launcher replaces, by getPlaceholders in launcher_v2.go; the SDK can
# write more, such as an artifact's metadata, and nothing fills that in.
_RESTS = {
    ("inputs", "parameters"): ("",),
    ("outputs", "parameters"): (".output_file",),
    ("inputs", "artifacts"): (".uri", ".path"),
    ("outputs", "artifacts"): (".uri", ".path"),
}


@SPEC_RULES.rule(
    "resolver-executor",
    what="a resolver in the compiled spec",
    why="open-source KFP ends with "
    '"non-container and non-importer executor not implemented"',
    fix="compile with `tidegate compile --target kfp`",
    source=_VISITOR,
    targets=KFP,
)
def _resolver(spec: Spec) -> Iterator[Fault]:
    for step, _ in spec.executors("resolver"):
        yield Fault(step.name, "its executor is a resolver")


@SPEC_RULES.rule(
    "custom-job",
    what="a custom job of Vertex AI",
    why="open-source KFP ends with "
    '"non-container and non-importer executor not implemented"',
    fix="run it as a container, with resources in the environment file",
    source=_VISITOR,
    targets=KFP,
)
def _custom_job(spec: Spec) -> Iterator[Fault]:
    for step, _ in spec.executors("customJob"):
        yield Fault(step.name, "its executor is a custom job")


@SPEC_RULES.rule(
    "hook",
    what="a hook before the cache is looked up (`lifecycle.preCacheCheck`)",
    why="nothing in open-source KFP reads it, so that the hook never runs",
    fix="compile with `tidegate compile --target kfp`, which does it in the container",
    source="api/v2alpha1/pipeline_spec.proto",
    targets=KFP,
)
def _hook(spec: Spec) -> Iterator[Fault]:
    for step, container in spec.executors("container"):
        if container.get("lifecycle"):
            yield Fault(step.name, "its container has a hook")


@SPEC_RULES.rule(
    "artifact-loop",
    what="a loop over artifacts",
    why='open-source KFP ends with "artifact iterator not implemented yet"',
    fix="loop over a parameter",
    source=_DAG,
    targets=KFP,
)
def _artifact_loop(spec: Spec) -> Iterator[Fault]:
    for step in spec.steps():
        if mapping(step.tree.get("task")).get("artifactIterator"):
            yield Fault(step.name, "it loops over artifacts")


@SPEC_RULES.rule(
    "importer-condition",
    what="an importer with a condition",
    why="KFP's compiler refuses it: an importer has no driver that could decide",
    fix="put the importer outside of the condition",
    source=_DAG,
    targets=KFP,
)
def _importer_condition(spec: Spec) -> Iterator[Fault]:
    for step, _ in spec.executors("importer"):
        condition = at(step.tree.get("task"), "triggerPolicy", "condition")
        if condition not in (MISSING, "", None):
            yield Fault(step.name, "it imports, and has a condition")


@SPEC_RULES.rule(
    "runtime-value",
    what="an input that is a `runtimeParameter` or an old `constantValue`",
    why='KFP\'s driver ends with "param runtime value spec … not implemented"',
    fix="compile with `tidegate compile --target kfp`",
    source=_RESOLVE,
    targets=KFP,
)
def _runtime_value(spec: Spec) -> Iterator[Fault]:
    for step in spec.steps():
        given = mapping(at(step.tree.get("task"), "inputs", "parameters"))
        for name, source in given.items():
            value = mapping(at(source, "runtimeValue"))
            for key in ("runtimeParameter", "constantValue"):
                if key in value:
                    yield Fault(step.name, f"its parameter {name} is a {key}")


@SPEC_RULES.rule(
    "schema-uri",
    what="an artifact type by `schemaUri`",
    why='KFP\'s launcher ends with "SchemaUri is unsupported"',
    fix="take a system type by schemaTitle",
    source=_LAUNCHER,
    targets=KFP,
)
def _schema_uri(spec: Spec) -> Iterator[Fault]:
    for step in spec.steps():
        for way in ("inputDefinitions", "outputDefinitions"):
            found = mapping(at(step.tree.get("component"), way, "artifacts"))
            for name, declared in found.items():
                if at(declared, "artifactType", "schemaUri") is not MISSING:
                    yield Fault(step.name, f"the type of {name} is a schemaUri")


@SPEC_RULES.rule(
    "placeholder",
    what="a placeholder that KFP does not know, or of an input that is not there",
    why="the launcher leaves it as it is, and the program gets the braces",
    fix="name a declared input or output: {{$.inputs.parameters['NAME']}}",
    source=_LAUNCHER,
    targets=KFP,
)
def _placeholder(spec: Spec) -> Iterator[Fault]:
    for step, container in spec.executors("container"):
        named = [*words(container), *(value for _, value in variables(container))]
        for text in named:
            for found in placeholders(text):
                if not _is_known(found, step):
                    yield Fault(step.name, f"it has the placeholder {found[:100]}")


@SPEC_RULES.rule(
    "dangling",
    what="a reference to a component, executor, step or parameter that is not there",
    why="KFP fails when it compiles the spec, or when it comes to the step",
    fix="compile the pipeline again",
    source="backend/src/v2/compiler/visitor.go",
)
def _dangling(spec: Spec) -> Iterator[Fault]:
    for step in spec.steps():
        if "component" not in step.tree:
            yield Fault(step.name, "its component is not in the spec")
        elif step.label and "executor" not in step.tree:
            yield Fault(step.name, f"its executor {step.label} is not in the spec")
        prefix = f"{step.group}/" if step.group else ""
        for task in sorted(step.producers()):
            if f"{prefix}{task}" not in spec.parts.steps:
                yield Fault(step.name, f"it waits for {task}, which is not there")
        declared = _parameters_around(spec, step)
        for name in sorted(taken(step)):
            if name not in declared:
                yield Fault(step.name, f"it takes the parameter {name}, not declared")


def _is_known(placeholder: str, step: Step) -> bool:
    found = _KNOWN.fullmatch(placeholder)
    if found is None:
        return False
    if found["way"] is None:
        return True
    way, kind, name, rest = found["way"], found["kind"], found["name"], found["rest"]
    definitions = "inputDefinitions" if way == "inputs" else "outputDefinitions"
    declared = at(step.tree.get("component"), definitions, kind, name)
    return declared is not MISSING and rest in _RESTS[way, kind]


def _parameters_around(spec: Spec, step: Step) -> dict[str, Any]:
    """The parameters that are declared by what a step is in."""
    group = spec.parts.steps.get(step.group)
    if group is None:
        return spec.parameters()
    component = group.tree.get("component")
    return mapping(at(component, "inputDefinitions", "parameters"))
