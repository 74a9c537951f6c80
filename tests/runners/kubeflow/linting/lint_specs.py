"""A small compiled spec in which the linter finds nothing."""

from __future__ import annotations

from typing import Any

_TYPE = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}
_IMAGE = "registry.example/flights:1.4@sha256:" + "a1" * 32


def spec() -> dict[str, Any]:
    """ExampleGen and Trainer, and a parameter that the first one takes."""
    return {
        "pipelineInfo": {"name": "flights"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "tidegate-0.7",
        "defaultPipelineRoot": "minio://bucket/flights",
        "deploymentSpec": {
            "executors": {"exec-data": _executor(), "exec-trainer": _executor()}
        },
        "components": {
            "comp-data": _component(
                "exec-data", {"parameters": {"input": {"parameterType": "STRING"}}}
            ),
            "comp-trainer": _component(
                "exec-trainer",
                {
                    "parameters": {"note": {"parameterType": "STRING"}},
                    "artifacts": {"examples": {"artifactType": _TYPE}},
                },
            ),
        },
        "root": {
            "inputDefinitions": {"parameters": {"data": {"parameterType": "STRING"}}},
            "dag": {
                "tasks": {
                    "data": {
                        "taskInfo": {"name": "ExampleGen"},
                        "componentRef": {"name": "comp-data"},
                        "inputs": {
                            "parameters": {"input": {"componentInputParameter": "data"}}
                        },
                    },
                    "trainer": {
                        "taskInfo": {"name": "Trainer"},
                        "componentRef": {"name": "comp-trainer"},
                        "inputs": {
                            "parameters": {"note": {"runtimeValue": {"constant": "a"}}},
                            "artifacts": {
                                "examples": {
                                    "taskOutputArtifact": {
                                        "producerTask": "data",
                                        "outputArtifactKey": "model",
                                    }
                                }
                            },
                        },
                    },
                }
            },
        },
    }


def _executor() -> dict[str, Any]:
    return {
        "container": {
            "image": _IMAGE,
            "command": ["/bin/sh", "-c", "python -m work"],
            "args": ["--executor-input", "{{$}}"],
        }
    }


def _component(label: str, inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "executorLabel": label,
        "inputDefinitions": inputs,
        "outputDefinitions": {"artifacts": {"model": {"artifactType": dict(_TYPE)}}},
    }
