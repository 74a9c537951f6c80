"""Rules over what is written into a compiled spec: secrets, paths, what is unused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tidegate.runners.kubeflow.argo_tags import argo_tags
from tidegate.runners.kubeflow.linting.local_paths import is_local_path, texts
from tidegate.runners.kubeflow.linting.rules import KFP, Fault, Rules
from tidegate.runners.kubeflow.linting.spec_facts import (
    PIPELINE,
    Spec,
    taken,
    variables,
    words,
)
from tidegate.runners.kubeflow.planning.differences import MISSING, as_json
from tidegate.runners.kubeflow.planning.secret_literals import is_secret, secret_in
from tidegate.runners.kubeflow.planning.steps import at, mapping

CONTENT_RULES = Rules()
_LAUNCHER = "backend/src/v2/component/launcher_v2.go"
_ARGO = "backend/src/v2/compiler/argocompiler/argo.go"
_EXPANDED = re.compile(r"\$\$|\$\([A-Za-z_][A-Za-z0-9_.-]*\)")
# MAX_ARG_STRLEN of Linux, 32 pages, and room for what is added to the values.
_LONGEST_ARGUMENT = 131_072
_ADDED = 8_192
_STORES = {"kfp": ("gs://", "s3://", "minio://"), "vertex": ("gs://",)}


@CONTENT_RULES.rule(
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


@CONTENT_RULES.rule(
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
            of_the_image = spec.image_folder and text.startswith(spec.image_folder)
            if is_local_path(text) and not of_the_image:
                yield Fault(owner, f"the value of {name} names {text[:120]}")
    for step, importer in spec.executors("importer"):
        uri = at(importer, "artifactUri", "constant")
        if isinstance(uri, str) and ("://" not in uri or uri.startswith("file:")):
            yield Fault(step.name, f"it imports {uri[:120]}", None, "error")


@CONTENT_RULES.rule(
    "root",
    what="a pipeline root on this machine, or in a store that KFP has no code for",
    why="KFP's launcher uploads to gs://, s3:// and minio:// only",
    fix="say `pipeline_root: gs://BUCKET/FOLDER` in the environment file",
    source="backend/src/v2/objectstore/config.go",
    targets=KFP,
)
def _root(spec: Spec) -> Iterator[Fault]:
    yield from _roots(spec, _STORES["kfp"])


@CONTENT_RULES.rule(
    "root-on-vertex",
    what="a pipeline root that is not on Google Cloud Storage",
    why="Vertex AI keeps artifacts there only",
    fix="say `pipeline_root: gs://BUCKET/FOLDER` in the environment file",
    source="https://cloud.google.com/vertex-ai/docs/pipelines/configure-project",
    targets=("vertex",),
)
def _root_on_vertex(spec: Spec) -> Iterator[Fault]:
    yield from _roots(spec, _STORES["vertex"])


@CONTENT_RULES.rule(
    "argument-size",
    what="values that make one argument of the container too long",
    why="all of them are in the one argument that KFP's launcher fills in, and Linux "
    "starts no process with an argument of 128 KiB",
    fix="put the larger ones into files of the project, and name these",
    source=_LAUNCHER,
    targets=KFP,
)
def _argument_size(spec: Spec) -> Iterator[Fault]:
    sizes: dict[str, int] = {}
    for owner, name, value in spec.constants():
        told = len(json.dumps({name: value}, ensure_ascii=False).encode())
        sizes[owner] = sizes.get(owner, 0) + told
    for step, container in spec.executors("container"):
        if not any("{{$}}" in word for word in words(container)):
            continue
        # Of what the launcher adds, URIs and properties of artifacts are the most.
        size = sizes.get(step.name, 0) + _ADDED
        if size > _LONGEST_ARGUMENT:
            yield Fault(step.name, f"its values come to about {size:,} bytes")


@CONTENT_RULES.rule(
    "dollar",
    what="`$$` or `$(NAME)` in a value",
    why="the value becomes part of a container's arguments, in which Kubernetes makes "
    "`$` of `$$` and puts variables in the place of `$(NAME)`",
    fix="write it otherwise, such as `[$]` in a regular expression, or put it into a "
    "file of the project",
    source="https://kubernetes.io/docs/tasks/inject-data-application/"
    "define-interdependent-environment-variables/",
    targets=KFP,
)
def _dollar(spec: Spec) -> Iterator[Fault]:
    for owner, name, value in spec.constants():
        if any(_EXPANDED.search(text) for text in texts(value)):
            yield Fault(owner, f"the value of {name} has $$ or $(…)")


@CONTENT_RULES.rule(
    "argo-tag",
    what="`{{inputs.…}}`, `{{workflow.…}}`, `{{=…}}` or the like in a text",
    why="KFP hands the text to Argo Workflows, which fills such a tag in by its own "
    'variables, or ends with "failed to resolve"',
    fix="write it otherwise, or put it into a file of the project",
    source=_ARGO,
    targets=KFP,
)
def _argo_tag(spec: Spec) -> Iterator[Fault]:
    for owner, name, value in spec.constants():
        for tag in (tag for text in texts(value) for tag in argo_tags(text)):
            yield Fault(owner, f"the value of {name} has {tag[:100]}")
    for step, container in spec.executors("container"):
        for text in (*words(container), *(value for _, value in variables(container))):
            for tag in argo_tags(text):
                yield Fault(step.name, f"its container has {tag[:100]}")


@CONTENT_RULES.rule(
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
    used = {name for step in spec.steps() for name in taken(step)}
    for name in spec.parameters():
        if name not in used:
            yield Fault(PIPELINE, f"no step takes the parameter {name}")


def _roots(spec: Spec, stores: tuple[str, ...]) -> Iterator[Fault]:
    for root in (
        spec.spec.get("defaultPipelineRoot"),
        at(spec.job, "runtimeConfig", "gcsOutputDirectory"),
    ):
        if isinstance(root, str) and root and not root.startswith(stores):
            yield Fault(PIPELINE, f"its root is {root[:120]}")


def _named_texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text of a value with the key that it is under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named_texts(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_texts(name, inner)
    elif isinstance(value, str):
        parsed = as_json(value)
        if parsed is MISSING:
            yield name, value
        else:
            yield from _named_texts(name, parsed)
