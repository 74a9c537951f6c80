"""A message at the end of every run, also of one that failed.

KFP runs a task after all others, whatever became of them, if they are together in
a sub-pipeline on which it depends with ALL_UPSTREAM_TASKS_COMPLETED. (See
backend/src/v2/compiler/argocompiler/dag.go of kubeflow/pipelines.)
"""

from __future__ import annotations

from typing import Any

from tidegate.runners.kubeflow.compiling import names
from tidegate.runners.kubeflow.compiling.containers import described
from tidegate.runners.kubeflow.compiling.deployment import Deployment, SecretEnv, Step

HANDLED = "exit-handler-1"
NOTIFY = "notify"
URLS_VARIABLE = "TIDEGATE_NOTIFY_URLS"
_STATUS = "status"
_RUN = "run_id"


def with_exit_handler(spec: dict[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The spec with all of its tasks in a sub-pipeline, and the message after it."""
    notify = deployment.notify
    assert notify is not None
    root = spec["root"]
    declared = root.get("inputDefinitions", {}).get("parameters", {})
    inner: dict[str, Any] = {"dag": root["dag"]}
    handled: dict[str, Any] = {
        "taskInfo": {"name": HANDLED},
        "componentRef": {"name": names.component_name(HANDLED)},
    }
    if declared:
        inner["inputDefinitions"] = {"parameters": declared}
        handled["inputs"] = {
            "parameters": {name: {"componentInputParameter": name} for name in declared}
        }
    message: dict[str, Any] = {
        "taskInfo": {"name": NOTIFY},
        "componentRef": {"name": names.component_name(NOTIFY)},
        "dependentTasks": [HANDLED],
        "cachingOptions": {},
        "inputs": {
            "parameters": {
                _STATUS: {"taskFinalStatus": {"producerTask": HANDLED}},
                # Which step failed is not in the status, but KFP can be asked.
                _RUN: {"runtimeValue": {"constant": "{{$.pipeline_job_uuid}}"}},
            }
        },
        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    }
    title = ("--title", notify.title) if notify.title else ()
    run = described(
        Step(),
        deployment.image,
        ("python", "-m", "tidegate.runners.kubeflow.notify"),
        (
            *("--status", "{{$.inputs.parameters['status']}}"),
            *("--run-id", "{{$.inputs.parameters['run_id']}}"),
            *("--pipeline", spec["pipelineInfo"]["name"]),
            *title,
        ),
    )
    return {
        **spec,
        "root": {**root, "dag": {"tasks": {HANDLED: handled, NOTIFY: message}}},
        "components": {
            **spec["components"],
            names.component_name(HANDLED): inner,
            names.component_name(NOTIFY): {
                "executorLabel": names.executor_name(NOTIFY),
                "inputDefinitions": {
                    "parameters": {
                        _STATUS: {"parameterType": "TASK_FINAL_STATUS"},
                        _RUN: {"parameterType": "STRING"},
                    }
                },
            },
        },
        "deploymentSpec": {
            "executors": {
                **spec["deploymentSpec"]["executors"],
                names.executor_name(NOTIFY): {"container": run},
            }
        },
    }


def needs(deployment: Deployment) -> Step:
    """What the message's step needs: the secret with the places to tell."""
    assert deployment.notify is not None
    secret = SecretEnv(
        name=deployment.notify.secret, keys={deployment.notify.key: URLS_VARIABLE}
    )
    return deployment.steps.model_copy(
        update={
            "secret_env": (*deployment.steps.secret_env, secret),
            "retries": None,
            "gpu": None,
        }
    )
