"""Small compiled specs to be compared."""

from __future__ import annotations

import copy
import json
from typing import Any

from tidegate.runners.kubeflow.invocation import Invocation, Property

IMAGE = "registry.example/flights:1.4"
Spec = dict[str, Any]


def spec() -> Spec:
    """ExampleGen, DataGate, Transform and Trainer, in this order."""
    made: Spec = {
        "pipelineInfo": {"name": "flights"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "tidegate-0.7",
        "defaultPipelineRoot": "minio://bucket/flights",
        "deploymentSpec": {"executors": {}},
        "components": {},
        "root": {
            "dag": {"tasks": {}},
            "inputDefinitions": {
                "parameters": {
                    "data": {
                        "parameterType": "STRING",
                        "defaultValue": "gs://b/*.csv",
                        "isOptional": True,
                    },
                    "epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3},
                }
            },
        },
    }
    step(
        made,
        "example-gen",
        node="ExampleGen",
        parameters={"input": {"componentInputParameter": "data"}},
    )
    step(
        made,
        "data-gate",
        node="DataGate",
        executor="tidegate.gate.executor.Executor",
        artifacts={"data": ("example-gen", "examples")},
    )
    step(
        made,
        "transform",
        node="Transform",
        artifacts={"examples": ("example-gen", "examples")},
        after=["data-gate"],
        properties={"module_file": "project://user_code/preprocessing.py"},
        files={"user_code": "a" * 64, "schemas/schema.pbtxt": "c" * 64},
    )
    step(
        made,
        "trainer",
        node="Trainer",
        artifacts={"examples": ("transform", "transformed")},
        after=["data-gate"],
        properties={
            "custom_config": json.dumps({"epochs": 3, "seed": 1}),
            "train_args": "{}",
            "steps": 100,
        },
    )
    return made


def step(
    made: Spec,
    task: str,
    *,
    node: str,
    executor: str = "example.Executor",
    artifacts: dict[str, tuple[str, str]] | None = None,
    parameters: Spec | None = None,
    properties: Spec | None = None,
    after: list[str] | None = None,
    files: dict[str, str] | None = None,
) -> None:
    """Adds one step to a spec."""
    properties = properties or {}
    invocation = Invocation(
        pipeline="flights",
        node=node,
        executor=executor,
        properties={name: Property(kind="string") for name in properties},
        files=files or {},
    )
    made["deploymentSpec"]["executors"][f"exec-{task}"] = {
        "container": {
            "image": IMAGE,
            "command": ["python", "-m", "tidegate.runners.kubeflow.entrypoint"],
            "args": [
                "--invocation",
                invocation.to_text(),
                "--executor-input",
                "{{$}}",
            ],
            "resources": {"cpuLimit": 2.0, "memoryLimit": 4.0},
            "env": [{"name": "LEVEL", "value": "info"}],
        }
    }
    schema = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}
    made["components"][f"comp-{task}"] = {
        "executorLabel": f"exec-{task}",
        "inputDefinitions": {
            "parameters": {
                name: {"parameterType": "STRING"}
                for name in (*properties, *(parameters or {}))
            },
            "artifacts": {name: {"artifactType": schema} for name in artifacts or {}},
        },
        "outputDefinitions": {"artifacts": {"out": {"artifactType": schema}}},
    }
    given = {
        name: {"runtimeValue": {"constant": value}}
        for name, value in properties.items()
    }
    made["root"]["dag"]["tasks"][task] = {
        "taskInfo": {"name": node},
        "componentRef": {"name": f"comp-{task}"},
        "dependentTasks": after or [],
        "cachingOptions": {"enableCache": True},
        "retryPolicy": {"maxRetryCount": 2, "backoffDuration": "10s"},
        "inputs": {
            "parameters": {**given, **(parameters or {})},
            "artifacts": {
                name: {
                    "taskOutputArtifact": {
                        "producerTask": producer,
                        "outputArtifactKey": key,
                    }
                }
                for name, (producer, key) in (artifacts or {}).items()
            },
        },
    }


def platform() -> Spec:
    """What the trainer needs of Kubernetes."""
    needs = {
        "nodeSelector": {"labels": {"pool": "gpu"}},
        "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "secretAsEnv": [
            {
                "secretName": "store",
                "keyToEnv": [{"secretKey": "token", "envVar": "STORE_TOKEN"}],
            }
        ],
        "pvcMount": [{"constant": "cache", "mountPath": "/cache"}],
        "podMetadata": {"labels": {"team": "flights"}},
    }
    executors = {"exec-trainer": needs}
    kubernetes = {
        "deploymentSpec": {"executors": executors},
        "pipelineConfig": {"resourceTtlOnCompletion": 3600},
    }
    return {"platforms": {"kubernetes": kubernetes}}


def job(pipeline_spec: Spec | None = None) -> Spec:
    """The same pipeline for Vertex AI."""
    return {
        "displayName": "flights",
        "labels": {"team": "flights"},
        "runtimeConfig": {
            "gcsOutputDirectory": "gs://b/root",
            "parameterValues": {"epochs": 3},
        },
        "pipelineSpec": pipeline_spec or spec(),
    }


def container(made: Spec, task: str) -> Spec:
    """The container of a task, for changing it."""
    found: Spec = made["deploymentSpec"]["executors"][f"exec-{task}"]["container"]
    return found


def tasks(made: Spec) -> Spec:
    """The tasks of a spec, for changing them."""
    found: Spec = made["root"]["dag"]["tasks"]
    return found


def reinvoked(made: Spec, task: str, **changed: Any) -> None:
    """Changes the invocation of a task."""
    args = container(made, task)["args"]
    args[1] = json.dumps({**json.loads(args[1]), **changed})


def renamed(made: Spec, old: str, new: str, node: str) -> Spec:
    """A copy in which one task has another name, and nothing else changed."""
    text = json.dumps(copy.deepcopy(made))
    for prefix in ("comp-", "exec-", ""):
        text = text.replace(f'"{prefix}{old}"', f'"{prefix}{new}"')
    made = json.loads(text)
    tasks(made)[new]["taskInfo"]["name"] = node
    reinvoked(made, new, node=node)
    args = container(made, new)["args"]
    args[1] = Invocation.model_validate_json(args[1]).to_text()
    return made
