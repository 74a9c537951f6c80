"""What an environment file says, of all pipelines and of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tidegate.errors import TidegateError
from tidegate.runners.kubeflow.compiling import quantities
from tidegate.runners.kubeflow.compiling.deployment import (
    Deployment,
    load_deployment,
)


def environment(folder: Path, **said: Any) -> Path:
    """An environment file with an image and what is said besides."""
    file = folder / "dev.yaml"
    file.write_text(yaml.safe_dump({"image": "registry.example/t:1", **said}))
    return file


def deployment(**said: Any) -> Deployment:
    """The same, without a file."""
    return Deployment.model_validate({"image": "registry.example/t:1", **said})


@pytest.mark.parametrize(
    ("text", "cores"), [("500m", 0.5), ("2", 2.0), ("1.5", 1.5), ("1m", 0.001)]
)
def test_processors_are_read_as_kubernetes_writes_them(text: str, cores: float) -> None:
    assert quantities.cores(text) == cores


@pytest.mark.parametrize(
    ("text", "gigabytes"),
    [("4Gi", 4.294967296), ("500M", 0.5), ("1G", 1.0), ("1000000000", 1.0)],
)
def test_memory_is_read_as_kubernetes_writes_it(text: str, gigabytes: float) -> None:
    assert quantities.gigabytes(text) == gigabytes


@pytest.mark.parametrize("text", ["", "0", "-1", "4GB", "4gi", "m", "1,5", "2 Gi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        quantities.gigabytes(text)


def test_a_component_has_what_all_have_and_its_own() -> None:
    said = deployment(
        steps={"cpu": 2, "labels": {"team": "a"}, "retries": 2},
        components={"Trainer": {"memory": "8Gi", "labels": {"cost": "b"}}},
    )
    needs = said.step("Trainer")
    assert (needs.cpu, needs.memory) == (
        said.steps.cpu,
        said.components["Trainer"].memory,
    )
    assert needs.labels == {"team": "a", "cost": "b"}
    assert said.step("Pusher") == said.steps


def test_one_pipeline_has_its_own_settings_over_those_of_all() -> None:
    said = deployment(
        settings={"a": 1, "b": 2},
        components={"Trainer": {"cpu": 1}},
        submit={"host": "https://kfp.example", "experiment": "all"},
        pipelines={
            "flights": {
                "settings": {"b": 3},
                "components": {"Trainer": {"memory": "1Gi"}},
                "submit": {"experiment": "flights"},
                "parameters": ["epochs"],
            }
        },
    )
    own = said.of("flights")
    assert own.settings == {"a": 1, "b": 3}
    assert own.parameters == ("epochs",)
    assert own.submit.host == "https://kfp.example"
    assert own.submit.experiment == "flights"
    trainer = own.step("Trainer")
    assert trainer.cpu is not None
    assert trainer.memory is not None
    assert said.of("penguins") == said


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"steps": {"cpu": "many"}}, "cpu"),
        ({"steps": {"retries": {"count": 1, "backoff": "soon"}}}, "backoff"),
        ({"steps": {"secret_env": [{"name": "s", "keys": {"k": "1 X"}}]}}, "keys"),
        ({"steps": {"secret_files": [{"name": "a.b", "path": "/a"}]}}, "name"),
        (
            {
                "steps": {
                    "secret_files": [{"name": "a", "path": p} for p in ("/a", "/b")]
                }
            },
            "two volumes",
        ),
        ({"stepz": {}}, "stepz"),
        ({"notify": {}}, "secret"),
    ],
)
def test_a_wrong_setting_is_named(
    tmp_path: Path, said: dict[str, Any], named: str
) -> None:
    with pytest.raises(TidegateError) as caught:
        load_deployment(environment(tmp_path, **said), "flights")
    assert named in str(caught.value)
    assert "dev.yaml" in str(caught.value)


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    file = environment(tmp_path, steps={"cpu": "x", "memory": "y"}, notify={})
    with pytest.raises(TidegateError) as caught:
        load_deployment(file, "flights")
    assert all(name in str(caught.value) for name in ("cpu", "memory", "secret"))
