"""What a step needs of Kubernetes: the second document of a compiled spec.

The form is KubernetesExecutorConfig of kubernetes_platform/proto in
kubeflow/pipelines, in the fields that its first versions have, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.runners.kubeflow.compiling.deployment import (
    Mount,
    SecretEnv,
    Step,
    Toleration,
)


def platform_spec(executors: Mapping[str, Step]) -> dict[str, Any] | None:
    """The platform spec; None where no step needs anything.

    Args:
        executors: Name of each executor in the spec to the needs of its step.
    """
    configured = {
        name: config
        for name, needs in executors.items()
        if (config := executor_config(needs))
    }
    if not configured:
        return None
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": configured}}}}


def executor_config(needs: Step) -> dict[str, Any]:
    """A KubernetesExecutorConfig, with nothing in it that is not needed."""
    said: dict[str, Any] = {
        "secretAsEnv": [
            _env(one, "secretName", "secretKey") for one in needs.secret_env
        ],
        "secretAsVolume": [_mount(one, "secretName") for one in needs.secret_files],
        "configMapAsEnv": [
            _env(one, "configMapName", "configMapKey") for one in needs.config_env
        ],
        "configMapAsVolume": [
            _mount(one, "configMapName") for one in needs.config_files
        ],
        "pvcMount": [
            {"constant": one.claim, "mountPath": one.path} for one in needs.volumes
        ],
        "nodeSelector": {"labels": needs.node_selector} if needs.node_selector else {},
        "tolerations": [_toleration(one) for one in needs.tolerations],
        "podMetadata": {
            key: value
            for key, value in (
                ("labels", needs.labels),
                ("annotations", needs.annotations),
            )
            if value
        },
        "imagePullSecret": [{"secretName": one} for one in needs.image_pull_secrets],
        "imagePullPolicy": needs.image_pull_policy or "",
        "activeDeadlineSeconds": str(needs.deadline_seconds or ""),
    }
    return {key: value for key, value in said.items() if value}


def _env(given: SecretEnv, name: str, key: str) -> dict[str, Any]:
    pairs = [{key: one, "envVar": variable} for one, variable in given.keys.items()]
    return {name: given.name, "keyToEnv": pairs, **_optional(given.optional)}


def _mount(given: Mount, name: str) -> dict[str, Any]:
    return {name: given.name, "mountPath": given.path, **_optional(given.optional)}


def _optional(optional: bool) -> dict[str, Any]:
    # Kubernetes' own default is that it must be there.
    return {"optional": True} if optional else {}


def _toleration(given: Toleration) -> dict[str, Any]:
    said = given.model_dump(exclude_none=True, exclude={"seconds"})
    if given.seconds is not None:
        said["tolerationSeconds"] = str(given.seconds)
    return said
