"""Rules over a compiled spec: what KFP would refuse, and what should not be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tidegate.runners.kubeflow.linting.local_paths import is_local_path, texts
from tidegate.runners.kubeflow.linting.rules import KFP, Fault, Rules
from tidegate.runners.kubeflow.linting.spec_facts import (
    PIPELINE,
    Spec,
    placeholders,
    variables,
    words,
)
from tidegate.runners.kubeflow.planning.differences import MISSING
from tidegate.runners.kubeflow.planning.secret_literals import is_secret, secret_in
from tidegate.runners.kubeflow.planning.steps import Step, at, mapping

SPEC_RULES = Rules()
_DAG = "backend/src/v2/compiler/argocompiler/dag.go"
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
_STORES = {"kfp": ("gs://", "s3://", "minio://"), "vertex": ("gs://",)}


@SPEC_RULES.rule(
    "resolver-executor",
    what="a resolver in the compiled spec",
    why='open-source KFP ends with "resolver executors not implemented"',
    fix="compile with `tidegate compile --target kfp`",
    source=_DAG,
    targets=KFP,
)
def _resolver(spec: Spec) -> Iterator[Fault]:
    for step, _ in spec.executors("resolver"):
        yield Fault(step.name, "its executor is a resolver")


@SPEC_RULES.rule(
    "custom-job",
    what="a custom job of Vertex AI",
    why="open-source KFP refuses it: custom jobs are for Google Cloud only",
    fix="run it as a container, with resources in the environment file",
    source=_DAG,
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
        for name in sorted(_taken(step)):
            if name not in declared:
                yield Fault(step.name, f"it takes the parameter {name}, not declared")


@SPEC_RULES.rule(
    "secret",
    what="a password, token or key that is written into the spec",
    why="specs are kept in KFP's database, in caches and in git, where all can read",
    fix="keep it in a Kubernetes secret, and name that under `secret_env` in the "
    "environment file",
    source="kubernetes_platform/proto/kubernetes_executor_config.proto",
)
def _secret(spec: Spec) -> Iterator[Fault]:
    for step, container in spec.executors("container"):
        listed = words(container)
        for before, text in zip(["", *listed], listed, strict=False):
            option, _, value = text.partition("=")
            flag = option.startswith("-") and is_secret(option.lstrip("-"), value)
            after = before.startswith("-") and "=" not in before
            kind = secret_in(text) or ("a secret" if flag else None)
            if kind is None and after and not text.startswith("-"):
                kind = "a secret" if is_secret(before.lstrip("-"), text) else None
            if kind:
                yield Fault(step.name, f"its arguments hold {kind}")
        for name, value in variables(container):
            if is_secret(name, value):
                yield Fault(step.name, f"its environment variable {name} is a secret")
    for owner, name, value in spec.constants():
        for inner, text in _named_texts(name, value):
            if is_secret(inner, text):
                yield Fault(owner, f"the value of {inner} is a secret")


@SPEC_RULES.rule(
    "local-path-in-spec",
    what="a path of this machine in a value, an importer or the pipeline root",
    why="no container has it",
    fix="give a URI (gs://, s3://, minio://), or a file inside the project",
    source=_LAUNCHER,
    severity="warning",
)
def _local_path(spec: Spec) -> Iterator[Fault]:
    # What our own compiler wrote has been looked at when it was nodes.
    known = {step.name for step in spec.steps() if step.invocation}
    for owner, name, value in spec.constants():
        for text in dict.fromkeys(texts(value)) if owner not in known else ():
            if is_local_path(text):
                yield Fault(owner, f"the value of {name} names {text[:120]}")
    for step, importer in spec.executors("importer"):
        uri = at(importer, "artifactUri", "constant")
        if isinstance(uri, str) and ("://" not in uri or uri.startswith("file:")):
            yield Fault(step.name, f"it imports {uri[:120]}", None, "error")


@SPEC_RULES.rule(
    "root",
    what="a pipeline root on this machine, or in a store that KFP has no code for",
    why="KFP's launcher uploads to gs://, s3:// and minio:// only",
    fix="say `pipeline_root: gs://BUCKET/FOLDER` in the environment file",
    source="backend/src/v2/objectstore/config.go",
    targets=KFP,
)
def _root(spec: Spec) -> Iterator[Fault]:
    yield from _roots(spec, _STORES["kfp"])


@SPEC_RULES.rule(
    "root-on-vertex",
    what="a pipeline root that is not on Google Cloud Storage",
    why="Vertex AI keeps artifacts there only",
    fix="say `pipeline_root: gs://BUCKET/FOLDER` in the environment file",
    source="https://cloud.google.com/vertex-ai/docs/pipelines/configure-project",
    targets=("vertex",),
)
def _root_on_vertex(spec: Spec) -> Iterator[Fault]:
    yield from _roots(spec, _STORES["vertex"])


@SPEC_RULES.rule(
    "unused",
    what="a component, executor or parameter that nothing uses",
    why="it is in the spec and does nothing, which is rarely meant",
    fix="leave it out",
    source="api/v2alpha1/pipeline_spec.proto",
    severity="warning",
)
def _unused(spec: Spec) -> Iterator[Fault]:
    rest = mapping(spec.parts.rest.get("spec"))
    for name in mapping(rest.get("components")):
        yield Fault(PIPELINE, f"no step uses the component {name}")
    for name in mapping(at(rest, "deploymentSpec", "executors")):
        yield Fault(PIPELINE, f"no step uses the executor {name}")
    taken = {name for step in spec.steps() for name in _taken(step)}
    for name in spec.parameters():
        if name not in taken:
            yield Fault(PIPELINE, f"no step takes the parameter {name}")


def _roots(spec: Spec, stores: tuple[str, ...]) -> Iterator[Fault]:
    for root in (
        spec.spec.get("defaultPipelineRoot"),
        at(spec.job, "runtimeConfig", "gcsOutputDirectory"),
    ):
        if isinstance(root, str) and root and not root.startswith(stores):
            yield Fault(PIPELINE, f"its root is {root[:120]}")


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


def _taken(step: Step) -> set[str]:
    """Parameters of its group that a step takes."""
    given = mapping(at(step.tree.get("task"), "inputs", "parameters"))
    found = (mapping(one).get("componentInputParameter") for one in given.values())
    return {one for one in found if isinstance(one, str)}


def _parameters_around(spec: Spec, step: Step) -> dict[str, Any]:
    """The parameters that are declared by what a step is in."""
    group = spec.parts.steps.get(step.group)
    if group is None:
        return spec.parameters()
    component = group.tree.get("component")
    return mapping(at(component, "inputDefinitions", "parameters"))


def _named_texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text of a value with the key that it is under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named_texts(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_texts(name, inner)
    elif isinstance(value, str):
        from tidegate.runners.kubeflow.planning.differences import as_json

        parsed = as_json(value)
        if parsed is MISSING:
            yield name, value
        else:
            yield from _named_texts(name, parsed)
