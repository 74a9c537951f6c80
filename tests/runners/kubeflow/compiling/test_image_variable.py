"""The image of a step, from the compiled spec to what the ledger says of a model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.pusher.pushed_models import write_saved_model
from tests.runners.kubeflow.compiling import small_project

from tidegate.ledger.ledger import Ledger
from tidegate.pipeline_folder import PipelineFolder
from tidegate.pusher.environment import IMAGE_VARIABLE
from tidegate.runners.kubeflow.compiling import deployment as environments
from tidegate.runners.kubeflow.compiling.containers import variables

SOURCE = Path(__file__).parents[4] / "components"
OTHER = "registry.example/pusher@sha256:" + 4 * "fedcba9876543210"
PUSHED = "gs://bucket/pushed"
BUILT_IN = "registry.example/tidegate:0a1b2c"
PUSHING = '''"""Only the push."""

from tfx import v1 as tfx

import tidegate


def create_components(config):
    """Pushes a model that is there."""
    model = tfx.dsl.Importer(
        source_uri="gs://bucket/model",
        artifact_type=tfx.types.standard_artifacts.Model,
    ).with_id("Trained")
    return [model, tidegate.Pusher(model=model.outputs["result"], push_to=config.data)]
'''


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A pipeline that pushes; its modules are forgotten afterwards."""
    small_project.write(tmp_path)
    (tmp_path / "small" / "pipeline.py").write_text(PUSHING)
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in [one for one in sys.modules if one.split(".")[0] == "small"]:
        del sys.modules[name]


def compiled(project: Path, **said: Any) -> dict[str, Any]:
    """The spec for KFP."""
    from tidegate.runners.kubeflow.compiling.compile import compile_folder

    found = environments.Deployment(
        image=small_project.IMAGE,
        settings={"data": PUSHED},
        components={"Pusher": environments.Step.model_validate(said)},
    )
    folder = PipelineFolder.find(project / "small")
    return dict(compile_folder(folder, found, {}, target="kfp", project=project).spec)


def run_as_a_pod(project: Path, spec: dict[str, Any]) -> None:
    """Runs the Pusher's container as the pod of an image would."""
    container = spec["deploymentSpec"]["executors"]["exec-pusher"]["container"]
    task = spec["root"]["dag"]["tasks"]["pusher"]
    write_saved_model(project / "copies" / "gcs" / "bucket" / "model")
    out = "gs://bucket/run/0f0e0d0c-1a2b-4c3d-8e5f-102132435465/pusher"
    given = {
        name: one["runtimeValue"]["constant"]
        for name, one in task["inputs"]["parameters"].items()
    }
    local = {name for name, value in given.items() if value == PUSHED}
    handed = {
        "inputs": {
            "parameterValues": given | dict.fromkeys(local, str(project / "pushed")),
            "artifacts": {
                "model": {"artifacts": [{"name": "1", "uri": "gs://bucket/model"}]}
            },
        },
        "outputs": {
            "artifacts": {
                "pushed_model": {"artifacts": [{"name": "2", "uri": f"{out}/pushed"}]}
            },
            "outputFile": str(project / "output.json"),
        },
    }
    words = [*container["command"], *container["args"]]
    done = subprocess.run(
        [
            sys.executable,
            *[json.dumps(handed) if word == "{{$}}" else word for word in words[1:]],
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "TIDEGATE_LOCAL_COPIES": str(project / "copies"),
            IMAGE_VARIABLE: BUILT_IN,
            **{one["name"]: one["value"] for one in container.get("env", [])},
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("said", "image"),
    [
        ({}, small_project.IMAGE),
        ({"image": OTHER}, OTHER),
        ({"image": "registry.example/tidegate:1.4"}, BUILT_IN),
        ({"env": {IMAGE_VARIABLE: "mine"}}, "mine"),
    ],
    ids=["of the pipeline", "of the component", "by tag", "said otherwise"],
)
def test_the_ledger_says_the_digest_that_the_spec_runs(
    project: Path, said: dict[str, Any], image: str
) -> None:
    """By tag, what the image says of itself tells more."""
    run_as_a_pod(project, compiled(project, **said))
    (event,) = Ledger(str(project / "pushed")).events()
    environment = event.model.provenance.environment
    assert environment is not None
    assert environment.image == image


def test_variables_are_in_the_order_of_their_names() -> None:
    needs = environments.Step(env={"Z": "1", "A": "2"})
    names = [one["name"] for one in variables(needs, OTHER)]
    assert names == ["A", IMAGE_VARIABLE, "Z"]
