"""Small pipeline specs, and what a run needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tidegate.runners.spec_run import runs
from tidegate.runners.spec_run.results import SpecRun, TaskResult
from tidegate.runners.spec_run.spec_file import CompiledSpec, read_spec

Json = dict[str, Any]
DATASET = {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}


class SpecMaker:
    """Builds a PipelineSpec, task by task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root: Json = {"dag": {"tasks": {}}}
        self.components: dict[str, Json] = {}
        self.executors: dict[str, Json] = {}
        self.extra: Json = {}
        self.platform: Json | None = None

    def parameter(self, name: str, type_name: str = "STRING", **more: Any) -> None:
        """Declares a parameter of the pipeline."""
        inputs = self.root.setdefault("inputDefinitions", {})
        declared = {"parameterType": type_name, **more}
        inputs.setdefault("parameters", {})[name] = declared

    def task(
        self,
        name: str,
        *words: str,
        parameters: Json | None = None,
        artifacts: dict[str, str] | None = None,
        outputs: tuple[str, ...] = (),
        values: dict[str, str] | None = None,
        types: dict[str, Any] | None = None,
        inside: Json | None = None,
        env: dict[str, str] | None = None,
        **task: Any,
    ) -> Json:
        """Adds a container task.

        Args:
            name: Of the task.
            words: Its command.
            parameters: Input parameter to a constant, or to a TaskInputs' kind.
            artifacts: Input artifact to "task.output", or to "^input" of the DAG.
            outputs: Output artifacts.
            values: Output parameter to its type.
            types: Input parameter to its type; by the constant where not given.
            inside: DAG that it is a task of; the root by default.
            env: Variables.
            task: More fields of the task.
        """
        given = {k: _source(v) for k, v in (parameters or {}).items()}
        declared = {
            k: {"parameterType": (types or {}).get(k) or _type(v)}
            for k, v in (parameters or {}).items()
        }
        declared |= {k: v for k, v in (types or {}).items() if isinstance(v, dict)}
        sources = {k: _artifact(v) for k, v in (artifacts or {}).items()}
        self.components[f"comp-{name}"] = {
            "executorLabel": f"exec-{name}",
            "inputDefinitions": {
                "parameters": declared,
                "artifacts": dict.fromkeys(sources, DATASET),
            },
            "outputDefinitions": {
                "artifacts": dict.fromkeys(outputs, DATASET),
                "parameters": {
                    k: {"parameterType": v} for k, v in (values or {}).items()
                },
            },
        }
        container: Json = {"image": "none:1", "command": list(words)}
        if env:
            container["env"] = [{"name": k, "value": v} for k, v in env.items()]
        self.executors[f"exec-{name}"] = {"container": container}
        made = {
            "componentRef": {"name": f"comp-{name}"},
            "taskInfo": {"name": name},
            "inputs": {"parameters": given, "artifacts": sources},
            **task,
        }
        where = self.root if inside is None else inside
        where["dag"]["tasks"][name] = made
        return made

    def nested(self, name: str, *, inside: Json | None = None, **task: Any) -> Json:
        """Adds a task that is a pipeline; gives its component."""
        component: Json = {"dag": {"tasks": {}}}
        self.components[f"comp-{name}"] = component
        where = self.root if inside is None else inside
        where["dag"]["tasks"][name] = {
            "componentRef": {"name": f"comp-{name}"},
            "taskInfo": {"name": name},
            **task,
        }
        return component

    @property
    def dataset(self) -> Json:
        """An artifact of type system.Dataset, as definitions have it."""
        return DATASET

    @staticmethod
    def output_of(task: str, key: str) -> Json:
        """An output parameter as the source of an input."""
        output = {"producerTask": task, "outputParameterKey": key}
        return {"taskOutputParameter": output}

    def document(self) -> Json:
        """The PipelineSpec."""
        return {
            "pipelineInfo": {"name": "demo"},
            "schemaVersion": "2.1.0",
            "sdkVersion": "kfp-2.5.0",
            "root": self.root,
            "components": self.components,
            "deploymentSpec": {"executors": self.executors},
            **self.extra,
        }

    def write(self) -> Path:
        """The spec as a file."""
        file = self.folder / "spec.yaml"
        text = json.dumps(self.document())
        if self.platform is not None:
            text += "\n---\n" + json.dumps(self.platform)
        file.write_text(text + "\n")
        return file

    def read(self) -> CompiledSpec:
        """The spec, read."""
        return read_spec(self.write())


def _source(value: Any) -> Json:
    if isinstance(value, dict) and set(value) & {
        "componentInputParameter",
        "taskOutputParameter",
        "taskFinalStatus",
        "runtimeValue",
    }:
        return value
    return {"runtimeValue": {"constant": value}}


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int | float):
        return "NUMBER_INTEGER" if isinstance(value, int) else "NUMBER_DOUBLE"
    if isinstance(value, list):
        return "LIST"
    if isinstance(value, dict):
        if "taskFinalStatus" in value:
            return "TASK_FINAL_STATUS"
        return "STRING" if _source(value) is value else "STRUCT"
    return "STRING"


def _artifact(source: str) -> Json:
    if source.startswith("^"):
        return {"componentInputArtifact": source[1:]}
    task, _, output = source.partition(".")
    return {"taskOutputArtifact": {"producerTask": task, "outputArtifactKey": output}}


class Recorder:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.tasks: list[str] = []
        self.begun: list[str] = []
        self.results: list[TaskResult] = []
        self.lines: list[str] = []

    def planned(self, tasks: list[str]) -> None:
        self.tasks = tasks

    def started(self, task: str) -> None:
        self.begun.append(task)

    def ended(self, result: TaskResult) -> None:
        self.results.append(result)

    def say(self, line: str) -> None:
        self.lines.append(line)


class Runner:
    """Runs specs in one output folder."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.watcher = Recorder()

    def __call__(
        self, spec: CompiledSpec | SpecMaker, *, cache: bool = True, **given: Any
    ) -> SpecRun:
        read = spec if isinstance(spec, CompiledSpec) else spec.read()
        settings = runs.Settings(self.output, self.output.parent, cache, jobs=2)
        return runs.run_spec(read, given, settings, self.watcher)


@pytest.fixture
def maker(tmp_path: Path) -> SpecMaker:
    """An empty pipeline."""
    return SpecMaker(tmp_path)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Runs specs; every one of the same test in the same folder."""
    return Runner(tmp_path / "out")
