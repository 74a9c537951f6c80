"""Pusher and Canary, compiled for Kubeflow Pipelines and run as in a container."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.canary.replayed import EXAMPLES
from tests.pusher.pushed_models import write_saved_model, write_some_report
from tests.runners.kubeflow.compiling import small_project
from tests.runners.kubeflow.entrypoint.handed_steps import ROOT, RUN, Cluster

from tidegate.errors import Problems, TidegateError, UsageError
from tidegate.ledger.ledger import Ledger
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners.kubeflow.compiling import deployment as environments
from tidegate.runners.kubeflow.invocation import Invocation

PIPELINE = '''"""Delivery."""

from pathlib import Path

from tfx import v1 as tfx

import tidegate

FOLDER = Path(__file__).resolve().parent


def create_components(config):
    """From files to a canary."""
    examples = tidegate.ExampleGen(data=config.data, span=config.span)
    trainer = tfx.components.Trainer(
        examples=examples.outputs["examples"],
        module_file=str(FOLDER / "code" / "train.py"),
    )
    pusher = tidegate.Pusher(
        trainer.outputs["model"],
        "gs://bucket/pushed",
        examples=examples.outputs["examples"],
        parameters={"epochs": config.epochs, "rate": config.rate, "name": "small"},
        becomes="canary",
        percent=20,
        key="/secrets/signing.pem",
        code=__file__,
    )
    canary = tidegate.Canary(
        pusher.outputs["pushed_model"],
        examples.outputs["examples"],
        "gs://bucket/pushed",
        suite=FOLDER.parent / "schemas" / "model_tests.yaml",
        label="late",
    )
    return [examples, trainer, pusher, canary]
'''
SUITE = "tests:\n  - against_champion: {metric: auc, worse_by_at_most: 0.01}\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The small project with another pipeline; its modules are forgotten after."""
    small_project.write(tmp_path)
    (tmp_path / "small" / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "schemas" / "model_tests.yaml").write_text(SUITE)
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in [one for one in sys.modules if one.split(".")[0] == "small"]:
        del sys.modules[name]


def compiled(project: Path) -> dict[str, Any]:
    """The PipelineSpec."""
    from tidegate.runners.kubeflow.compiling.compile import compile_folder

    loaded = environments.load_deployment(project / "kubeflow" / "dev.yaml", "small")
    parameters = ["data", "span", "epochs", "rate"]
    spec: dict[str, Any] = compile_folder(
        PipelineFolder.find(project / "small"),
        loaded.model_copy(
            update={"parameters": parameters, "components": {}, "notify": None}
        ),
        {},
        target="kfp",
        project=project,
    ).spec
    return spec


def invocation(spec: dict[str, Any], step: str) -> Invocation:
    """How a step's container is called."""
    args = spec["deploymentSpec"]["executors"][f"exec-{step}"]["container"]["args"]
    return Invocation.model_validate_json(args[args.index("--invocation") + 1])


def constants(spec: dict[str, Any], step: str) -> dict[str, Any]:
    """The parameters of a task that do not change."""
    given = spec["root"]["dag"]["tasks"][step]["inputs"]["parameters"]
    return {
        name: one["runtimeValue"]["constant"]
        for name, one in given.items()
        if "runtimeValue" in one
    }


def test_what_is_compiled_for_a_push(project: Path) -> None:
    spec = compiled(project)
    called, said = invocation(spec, "pusher"), constants(spec, "pusher")
    assert called.executor == "tidegate.pusher.executor.Executor"
    # Settings of a run are in their places on the record.
    slots = {
        slot.parameter: slot.path for slot in called.properties["parameters"].slots
    }
    assert sorted(slots.values()) == [("epochs",), ("rate",)]
    assert json.loads(said["parameters"])["name"] == "small"
    assert (said["becomes"], said["percent"]) == ("canary", 20)
    # A path of the cluster, and a file of the project with its digest.
    assert said["key"] == "/secrets/signing.pem"
    assert said["code"] == "project://small/pipeline.py"
    assert "small/pipeline.py" in called.files
    assert called.outputs["pushed_model"].name == "PushedModel"


def test_what_is_compiled_for_a_canary(project: Path) -> None:
    spec = compiled(project)
    called, said = invocation(spec, "canary"), constants(spec, "canary")
    assert called.executor == "tidegate.canary.executor.Executor"
    assert json.loads(said["suite"])["tests"]
    assert said["suite_file"] == "project://schemas/model_tests.yaml"
    assert called.pages == {"report_page": "report/report.html"}
    assert spec["root"]["dag"]["tasks"]["canary"]["dependentTasks"] == [
        "example-gen",
        "pusher",
    ]


@pytest.mark.parametrize("step", ["pusher", "canary"])
def test_no_cache_serves_what_is_on_the_ledger(project: Path, step: str) -> None:
    task = compiled(project)["root"]["dag"]["tasks"][step]
    assert not task.get("cachingOptions", {}).get("enableCache")


def test_a_container_pushes_without_tfx(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    spec = compiled(project)
    cluster = Cluster(tmp_path / "copies", {"TIDEGATE_PROJECT": str(project)})
    uris = {key: f"{ROOT}/{key}/1" for key in ("model", "examples")}
    write_saved_model(cluster.copy(uris["model"]) / "Format-Serving")
    folder = cluster.copy(uris["examples"]) / "Split-eval"
    folder.mkdir(parents=True)
    (folder / "data.gz").write_bytes(b"x")
    pushed = tmp_path / "pushed"
    parameters = {
        **{k: v for k, v in constants(spec, "pusher").items() if k != "key"},
        "push_to": str(pushed),
        "percent": 20.0,
    }
    called = invocation(spec, "pusher")
    slots = {s.path[0]: s.parameter for s in called.properties["parameters"].slots}
    parameters |= {slots["epochs"]: 7.0, slots["rate"]: 0.25}
    handed = cluster.handed(
        inputs={
            "model": [{"name": "1", "uri": uris["model"]}],
            "examples": [
                {
                    "name": "2",
                    "uri": uris["examples"],
                    "metadata": {"split_names": '["eval"]', "span": 3},
                }
            ],
        },
        outputs={"pushed_model": {}},
        parameters=parameters,
    )
    assert cluster.call(called, handed) == 0
    (event,) = Ledger(pushed).events()
    assert event.run == RUN
    assert event.model is not None
    said = event.model.provenance
    assert said.pipeline == "small"
    # A number is what the executor expects, not KFP's double.
    assert said.parameters == {"epochs": 7, "rate": 0.25, "name": "small"}
    # Where people find it, not the copy in the container.
    assert said.source == uris["model"]
    assert said.examples[0].uri == uris["examples"]
    assert said.examples[0].span == 3
    assert said.code is not None
    assert said.code.digest is not None
    told = cluster.artifact("pushed_model")["metadata"]
    assert told["pushed"] == 1
    assert told["pushed_version"] == str(event.version)
    assert told["pushed_destination"] == f"{pushed}/{event.version}"


def test_a_refused_model_is_a_shut_gate_in_the_log(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.runners.kubeflow.entrypoint.handed_steps import REPORT

    from tidegate.runners.kubeflow.invocation import Input

    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    spec = compiled(project)
    called = invocation(spec, "pusher")
    inputs = {
        **called.inputs,
        "model_report": Input(type=REPORT, parts=("model_report",)),
    }
    called = called.model_copy(update={"inputs": inputs})
    cluster = Cluster(tmp_path / "copies", {"TIDEGATE_PROJECT": str(project)})
    uris = {key: f"{ROOT}/{key}/1" for key in ("model", "model_report")}
    write_saved_model(cluster.copy(uris["model"]) / "Format-Serving")
    write_some_report(cluster.copy(uris["model_report"]), "model", passed=False)
    handed = cluster.handed(
        inputs={key: [{"name": "1", "uri": uri}] for key, uri in uris.items()},
        outputs={"pushed_model": {}},
        parameters={**constants(spec, "pusher"), "push_to": str(tmp_path / "pushed")},
    )
    assert cluster.call(called, handed) == 1
    said = capsys.readouterr().err
    assert "the model is not pushed: 1 of 2 model tests failed" in said
    assert uris["model_report"] in said
    assert "Traceback" not in said
    assert not (tmp_path / "pushed").exists()


def channel(name: str) -> Any:
    """A channel of a stock type."""
    from tfx.types import channel as channels
    from tfx.types import standard_artifacts

    return channels.Channel(type=getattr(standard_artifacts, name))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"push_to": ""}, "no place to push to"),
        ({"becomes": "king"}, "cannot become that"),
        ({"percent": 100}, "no share"),
        ({"percent": True}, "no share"),
        ({"by": ""}, "nobody answers"),
        ({"key": "-----BEGIN PRIVATE KEY-----\nabc"}, "not the path of one"),
        ({"parameters": {"when": object()}}, "no JSON"),
        ({"parameters": {"rate": float("nan")}}, "no JSON"),
    ],
)
def test_a_push_that_cannot_be_is_refused_when_it_is_built(
    given: dict[str, Any], said: str
) -> None:
    from tidegate import Pusher

    with pytest.raises(UsageError, match=said) as caught:
        Pusher(**{"model": channel("Model"), "push_to": "pushed", **given})
    assert "abc" not in str(caught.value)


def test_all_that_is_wrong_with_a_push_is_told_at_once() -> None:
    from tidegate import Pusher

    with pytest.raises(Problems) as caught:
        Pusher(channel("Model"), "", becomes="king", percent=-1)  # type: ignore[arg-type]
    assert len(caught.value.errors) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"push_to": ""}, "where models are"),
        ({"label": ""}, "without a label"),
        ({"rows": 0}, "no row"),
        ({"by": ""}, "nobody answers"),
        ({"suite": "nowhere.yaml"}, "nowhere.yaml"),
    ],
)
def test_a_canary_that_cannot_be_is_refused_when_it_is_built(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    from tidegate import Canary

    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE)
    with pytest.raises(TidegateError, match=said):
        Canary(
            **{
                "pushed_model": channel("PushedModel"),
                "examples": channel("Examples"),
                "push_to": "pushed",
                "suite": suite,
                "label": "late",
                **given,
            }
        )


def test_the_spec_of_a_key_has_its_path_only(project: Path) -> None:
    text = json.dumps(compiled(project))
    assert "/secrets/signing.pem" in text
    assert hashlib.sha256(b"").hexdigest() not in text
    assert EXAMPLES.name in text


def test_the_executor_takes_tfxs_own_artifacts(tmp_path: Path) -> None:
    from tests.pusher.pushed_models import write_metrics
    from tfx.dsl.components.base.base_executor import BaseExecutor
    from tfx.proto.orchestration import pipeline_pb2
    from tfx.types import standard_artifacts

    from tidegate.pusher.executor import Executor

    def artifact(kind: str, name: str) -> Any:
        made = getattr(standard_artifacts, kind)()
        made.uri = str(tmp_path / name)
        return made

    write_saved_model(tmp_path / "model" / "Format-Serving")
    write_metrics(tmp_path / "evaluation")
    examples = artifact("Examples", "examples")
    examples.split_names, examples.span = '["eval"]', 5
    blessing = artifact("ModelBlessing", "blessing")
    blessing.set_int_custom_property("blessed", 1)
    output = artifact("PushedModel", "pushed_model")
    context = BaseExecutor.Context(
        pipeline_run_id="a-run", pipeline_info=pipeline_pb2.PipelineInfo(id="small")
    )
    Executor(context).Do(
        {
            "model": [artifact("Model", "model")],
            "examples": [examples],
            "evaluation": [artifact("ModelEvaluation", "evaluation")],
            "model_blessing": [blessing],
        },
        {"pushed_model": [output]},
        {
            "push_to": str(tmp_path / "pushed"),
            "becomes": "champion",
            "percent": 10,
            "by": "Pusher",
            "reason": None,
            "parameters": None,
            "key": None,
            "code": None,
        },
    )
    (event,) = Ledger(tmp_path / "pushed").events()
    assert event.run == "a-run"
    assert event.model is not None
    said = event.model.provenance
    assert (said.pipeline, said.examples[0].span) == ("small", 5)
    assert said.metrics["auc"] == 0.9
    assert output.get_int_custom_property("pushed") == 1
    assert output.get_string_custom_property("pushed_version") == str(event.version)
