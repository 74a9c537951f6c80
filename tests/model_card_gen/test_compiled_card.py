"""ModelCardGen, compiled for Kubeflow Pipelines and run as in a container."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.model_card_gen.cards import CardStep
from tests.runners.kubeflow.compiling import small_project
from tests.runners.kubeflow.entrypoint.handed_steps import ROOT, Cluster

from tidegate.ledger.ledger import Ledger
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners.kubeflow.compiling import deployment as environments
from tidegate.runners.kubeflow.invocation import Invocation

PIPELINE = '''"""A card."""

from pathlib import Path

from tfx import v1 as tfx

import tidegate

FOLDER = Path(__file__).resolve().parent


def create_components(config):
    """From files to the card of a model."""
    examples = tidegate.ExampleGen(data=config.data, span=config.span)
    trainer = tfx.components.Trainer(
        examples=examples.outputs["examples"],
        module_file=str(FOLDER / "code" / "train.py"),
    )
    pusher = tidegate.Pusher(trainer.outputs["model"], "gs://bucket/pushed")
    card = tidegate.ModelCardGen(
        pushed_model=pusher.outputs["pushed_model"],
        about=FOLDER.parent / "schemas" / "about.yaml",
        name="small",
    )
    return [examples, trainer, pusher, card]
'''
ABOUT = "owner: a team\npurpose: says whether\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The small project with another pipeline; its modules are forgotten after."""
    folder = tmp_path / "project"
    folder.mkdir()
    small_project.write(folder)
    (folder / "small" / "pipeline.py").write_text(PIPELINE)
    (folder / "schemas" / "about.yaml").write_text(ABOUT)
    path = list(sys.path)
    yield folder
    sys.path[:] = path
    for name in [one for one in sys.modules if one.split(".")[0] == "small"]:
        del sys.modules[name]


def compiled(project: Path) -> dict[str, Any]:
    """The PipelineSpec."""
    from tidegate.runners.kubeflow.compiling.compile import compile_folder

    loaded = environments.load_deployment(project / "kubeflow" / "dev.yaml", "small")
    changes = {"parameters": ["data", "span"], "components": {}, "notify": None}
    spec: dict[str, Any] = compile_folder(
        PipelineFolder.find(project / "small"),
        loaded.model_copy(update=changes),
        {},
        target="kfp",
        project=project,
    ).spec
    return spec


def test_card_is_made_in_a_container_of_what_was_compiled(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    spec = compiled(project)
    container = spec["deploymentSpec"]["executors"]["exec-model-card-gen"]["container"]
    args = container["args"]
    called = Invocation.model_validate_json(args[args.index("--invocation") + 1])
    given = spec["root"]["dag"]["tasks"]["model-card-gen"]["inputs"]["parameters"]
    constants = {
        name: one["runtimeValue"]["constant"]
        for name, one in given.items()
        if "runtimeValue" in one
    }
    assert json.loads(constants["about"])["owner"] == "a team"

    step = CardStep.after_a_push(tmp_path)
    version = Ledger(step.pushed).state().champion
    cluster = Cluster(tmp_path / "copies", {"TIDEGATE_PROJECT": str(project)})
    uri = f"{ROOT}/pushed_model/1"
    cluster.copy(uri).mkdir(parents=True)
    told = {
        "pushed": 1,
        "pushed_version": str(version),
        "pushed_destination": f"{step.pushed}/{version}",
    }
    handed = cluster.handed(
        inputs={"pushed_model": [{"name": "1", "uri": uri, "metadata": told}]},
        outputs={"card": {}},
        parameters=constants,
    )
    assert cluster.call(called, handed) == 0
    assert cluster.artifact("card")["metadata"]["version"] == version
    text = (step.pushed / f"ledger/cards/{version}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# small, version {version}\n")
    assert "| owner | a team |" in text
