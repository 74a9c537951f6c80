"""What the tests of submission share: a quick policy, a compiled pipeline."""

from __future__ import annotations

from typing import Any

from tidegate.submission.retrying import RetryPolicy

# Quick where nothing is waited for but time; patient where a busy machine answers.
FAST = RetryPolicy(
    attempts=12,
    total=120,
    first_wait=0.002,
    longest_wait=0.01,
    jitter=0.002,
    connect=30,
    answer=60,
    settle=0.05,
)


def compiled(**parameters: dict[str, Any]) -> dict[str, Any]:
    """A PipelineSpec of a component, a gate and a trainer."""
    tasks = {"data-tests": [], "gate": ["data-tests"], "trainer": ["gate"]}
    root: dict[str, Any] = {
        "dag": {
            "tasks": {
                name: {
                    "componentRef": {"name": f"comp-{name}"},
                    "taskInfo": {"name": name},
                    **({"dependentTasks": before} if before else {}),
                }
                for name, before in tasks.items()
            }
        }
    }
    if parameters:
        root["inputDefinitions"] = {"parameters": parameters}
    module = {"data-tests": "data_tests", "gate": "gate", "trainer": "trainer"}
    return {
        "pipelineInfo": {"name": "flights"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "tidegate",
        "root": root,
        "components": {f"comp-{n}": {"executorLabel": f"exec-{n}"} for n in tasks},
        "deploymentSpec": {
            "executors": {
                f"exec-{name}": {
                    "container": {
                        "image": "example.com/flights:1",
                        "command": ["python"],
                        "args": [f'{{"executor":"tidegate.{module[name]}.executor"}}'],
                    }
                }
                for name in tasks
            }
        },
    }
