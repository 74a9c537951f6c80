"""What a step needs of Kubernetes is what KFP's own messages take."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from google.protobuf import json_format

from tidegate.runners.kubeflow.compiling.deployment import Step
from tidegate.runners.kubeflow.compiling.kubernetes import (
    executor_config,
    platform_spec,
)

NEEDS: dict[str, Any] = {
    "secret_env": [{"name": "db", "keys": {"password": "DB_PASSWORD"}}],
    "secret_files": [{"name": "cert", "path": "/etc/cert", "optional": True}],
    "config_env": [{"name": "flags", "keys": {"mode": "MODE"}}],
    "config_files": [{"name": "conf", "path": "/etc/conf"}],
    "volumes": [{"claim": "scratch", "path": "/scratch"}],
    "node_selector": {"pool": "large"},
    "tolerations": [
        {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "spot", "value": "yes", "effect": "NoExecute", "seconds": 60},
    ],
    "labels": {"team": "a"},
    "annotations": {"note": "b"},
    "image_pull_secrets": ["registry"],
    "image_pull_policy": "IfNotPresent",
    "deadline_seconds": 3600,
}


def config_message() -> Any:
    """KFP's own message, in whatever version is installed."""
    from kfp.kubernetes import kubernetes_executor_config_pb2

    return kubernetes_executor_config_pb2.KubernetesExecutorConfig()


def kfp_is_old() -> bool:
    """Whether it is the one of Python 3.10, which knows less than clusters do."""
    return version("kfp-kubernetes").startswith("1.")


@pytest.mark.parametrize("need", sorted(NEEDS))
def test_kfp_takes_every_need_and_loses_nothing_of_it(need: str) -> None:
    config = executor_config(Step.model_validate({need: NEEDS[need]}))
    message = config_message()
    try:
        read = json_format.ParseDict(config, message)
    except json_format.ParseError as error:
        if "has no field named" in str(error) and kfp_is_old():
            pytest.skip(str(error).splitlines()[0])
        raise
    assert json_format.MessageToDict(read) == config


def test_all_needs_together_are_one_config() -> None:
    config = executor_config(Step.model_validate(NEEDS))
    assert len(config) == len(NEEDS) - 1  # Labels and annotations are one.


def test_steps_without_needs_have_no_platform_spec() -> None:
    assert platform_spec({"exec-a": Step(), "exec-b": Step(retries=None)}) is None


def test_only_steps_with_needs_are_in_the_platform_spec() -> None:
    spec = platform_spec({"exec-a": Step(), "exec-b": Step(node_selector={"a": "b"})})
    assert spec is not None
    executors = spec["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert list(executors) == ["exec-b"]


def test_no_value_of_a_secret_can_be_said() -> None:
    """A secret is named; there is nowhere to write what is in it."""
    with pytest.raises(ValueError, match="Extra inputs"):
        Step.model_validate({"secret_env": [{"name": "a", "value": "b"}]})
