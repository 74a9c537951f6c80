"""Rules over the execution properties of nodes, and their arguments for Beam."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tidegate.runners.kubeflow.linting import node_facts as facts
from tidegate.runners.kubeflow.linting.local_paths import (
    is_in_project,
    is_local_path,
    is_of_this_machine,
    texts,
)
from tidegate.runners.kubeflow.linting.node_facts import Nodes, is_a
from tidegate.runners.kubeflow.linting.rules import KFP, Fault, Rules

PROPERTY_RULES = Rules()
LARGEST = 100_000  # bytes
_RUNTIME_PARAMETER = '"RuntimeParameter"'
_LOCAL_RUNNERS = {"directrunner", "fnapirunner", "prismrunner", "interactiverunner"}
_FILES_FOR_BEAM = {"setup_file", "requirements_file", "extra_package"}
_LAUNCHER = "backend/src/v2/component/launcher_v2.go"


@PROPERTY_RULES.rule(
    "runtime-parameter-inside",
    what="a `RuntimeParameter` inside a proto or a JSON property",
    why="a parameter of KFP is a whole value; inside of one it stays the description "
    "of a parameter, and the component reads that",
    fix="make it a setting of config.yaml and list it under `parameters` of the "
    "environment file",
    source="backend/src/v2/driver/resolve.go",
)
def _inside(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in nodes.properties():
        if is_a(value, facts.RUNTIME_PARAMETER):
            continue
        if _RUNTIME_PARAMETER in _text(value).replace("\\", ""):
            yield Fault(name, f"there is a RuntimeParameter inside its property {key}")


@PROPERTY_RULES.rule(
    "runtime-parameter",
    what="a `RuntimeParameter` as a whole property",
    why="it works, but its default is not in the compiled spec, and a local run has "
    "no value for it",
    fix="make it a setting of config.yaml and list it under `parameters` of the "
    "environment file",
    source="TFX: orchestration/kubeflow/v2/parameter_utils.py",
    severity="info",
)
def _whole(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in nodes.properties():
        if is_a(value, facts.RUNTIME_PARAMETER):
            yield Fault(name, f"its property {key} is a RuntimeParameter")


@PROPERTY_RULES.rule(
    "dynamic-property",
    what="a property that is the output of another node",
    why="the value is in an artifact, and KFP hands over parameters as properties",
    fix="give the artifact to the component as an input, and read it there",
    source="backend/src/v2/driver/resolve.go",
    targets=KFP,
)
def _dynamic(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in nodes.properties():
        if is_a(value, facts.PLACEHOLDER, facts.BASE_PLACEHOLDER):
            yield Fault(name, f"its property {key} is the output of another node")


@PROPERTY_RULES.rule(
    "large-property",
    what=f"a property of more than {LARGEST // 1000} kB",
    why="all properties of a step are one argument of its container, which Linux "
    "limits to 128 KiB",
    fix="put it in a file of the project and give its path",
    source=_LAUNCHER,
)
def _large(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in nodes.properties():
        size = len(_text(value).encode())
        if size > LARGEST:
            yield Fault(name, f"its property {key} has {size:,} bytes")


@PROPERTY_RULES.rule(
    "local-path",
    what="a path of this machine in a property",
    why="the container has the project's files and what its inputs are, and no other "
    "path of this machine",
    fix="give a URI (gs://, s3://, minio://), or a file inside the project",
    source=_LAUNCHER,
)
def _local_path(nodes: Nodes) -> Iterator[Fault]:
    importers = [name for name, one in nodes.components() if is_a(one, facts.IMPORTER)]
    for name, key, value in nodes.properties():
        if name in importers:  # What it imports has a rule of its own.
            continue
        for text in dict.fromkeys(texts(_plain(value))):
            if not is_local_path(text) or is_in_project(text, nodes.project):
                continue
            sure = is_of_this_machine(text, nodes.project)
            yield Fault(
                name,
                f"its property {key} names {text[:120]}",
                None
                if sure
                else "if it is a volume's, ignore this finding; else "
                "give a URI, or a file inside the project",
                "error" if sure else "warning",
            )


@PROPERTY_RULES.rule(
    "range-config",
    what="a rolling range, or a range of several spans, on a stock ExampleGen",
    why="the step finds the one span that its pattern says; spans of earlier runs "
    "are in TFX's metadata, which open-source KFP does not have",
    fix="set the span in config.yaml and list it under `parameters`, or take "
    "tidegate.ExampleGen with all files",
    source=_LAUNCHER,
)
def _range_config(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if not is_a(node, facts.FILE_BASED):
            continue
        given = node.exec_properties.get("range_config")
        said = _plain(given) if given is not None else {}
        found = json.loads(said) if isinstance(said, str) and said[:1] == "{" else said
        if not isinstance(found, dict):
            continue
        fixed = found.get("static_range") or found.get("staticRange") or {}
        if "rolling_range" in found or "rollingRange" in found:
            yield Fault(name, "it has a rolling range of spans")
        elif len({str(one) for one in fixed.values()}) > 1:
            yield Fault(name, "it has a range of several spans")


@PROPERTY_RULES.rule(
    "importer-uri",
    what="an Importer of something on this machine",
    why="KFP's launcher reads gs://, s3:// and minio:// only",
    fix="copy it to the pipeline's store and import that",
    source="backend/src/v2/objectstore/config.go",
)
def _importer(nodes: Nodes) -> Iterator[Fault]:
    for name, node in nodes.components():
        if not is_a(node, facts.IMPORTER):
            continue
        uri = node.exec_properties.get("artifact_uri")
        if isinstance(uri, str) and ("://" not in uri or uri.startswith("file://")):
            yield Fault(name, f"it imports {uri[:120]}")


@PROPERTY_RULES.rule(
    "beam-runner",
    what="a local runner of Beam by name",
    why="all of the step's work is then done in its one container",
    fix="name Dataflow where the data are large, else ignore this",
    source="https://beam.apache.org/documentation/runners/capability-matrix/",
    severity="warning",
    targets=("vertex",),
)
def _beam_runner(nodes: Nodes) -> Iterator[Fault]:
    for name, value in _beam_runners(nodes):
        if value.rpartition(".")[2].lower() in _LOCAL_RUNNERS:
            yield Fault(name, f"Beam is to run with {value}")


@PROPERTY_RULES.rule(
    "beam-elsewhere",
    what="a runner of Beam whose workers are elsewhere",
    why="a step reads and writes the local copies that KFP's launcher makes in its "
    "own container, which no other worker sees",
    fix="leave out --runner and give the step more processors and memory, or run "
    "large data on Vertex AI",
    source=_LAUNCHER,
    targets=KFP,
)
def _beam_elsewhere(nodes: Nodes) -> Iterator[Fault]:
    for name, value in _beam_runners(nodes):
        if value.rpartition(".")[2].lower() not in _LOCAL_RUNNERS:
            yield Fault(name, f"Beam is to run with {value}")


def _beam_runners(nodes: Nodes) -> Iterator[tuple[str, str]]:
    """(id, runner) of each component whose arguments for Beam name one."""
    for name, key, value in _beam_arguments(nodes):
        if key == "runner":
            yield name, value


@PROPERTY_RULES.rule(
    "beam-file",
    what="a file of this machine among Beam's arguments, such as `--setup_file`",
    why="the container does not have the file, or has another one",
    fix="leave it out: what the image has installed is what Beam has",
    source="https://beam.apache.org/documentation/sdks/python-pipeline-dependencies/",
)
def _beam_file(nodes: Nodes) -> Iterator[Fault]:
    for name, key, value in _beam_arguments(nodes):
        named = key in _FILES_FOR_BEAM and bool(value) and "://" not in value
        if named or is_local_path(value):
            yield Fault(name, f"Beam is given --{key}={value[:120]}")


def _beam_arguments(nodes: Nodes) -> Iterator[tuple[str, str, str]]:
    """(id, name, value) of each argument for Beam."""
    for name, node in nodes.components():
        given = getattr(node.executor_spec, "beam_pipeline_args", None) or ()
        for one in given:
            key, _, value = str(one).lstrip("-").partition("=")
            yield name, key, value


def _text(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, default=str)


def _plain(value: Any) -> Any:
    """A property as plain values or JSON; a message of protobuf is parsed."""
    if hasattr(value, "DESCRIPTOR") and hasattr(value, "SerializeToString"):
        from google.protobuf import json_format

        return json_format.MessageToDict(value, preserving_proto_field_name=True)
    if hasattr(value, "to_json_dict"):
        return repr(value)
    return value
