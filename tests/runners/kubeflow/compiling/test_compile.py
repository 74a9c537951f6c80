"""A pipeline folder, compiled for both targets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.runners.kubeflow.compiling import small_project

from tidegate.errors import TidegateError
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners.kubeflow.compiling import deployment as environments
from tidegate.runners.kubeflow.invocation import Invocation

GOLDEN = Path(__file__).parents[3] / "golden"
WRITE = "TIDEGATE_WRITE_GOLDEN"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The small project; its modules are forgotten afterwards."""
    small_project.write(tmp_path)
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in [one for one in sys.modules if one.split(".")[0] == "small"]:
        del sys.modules[name]


def compiled(project: Path, target: Any = "kfp", env: str = "dev", **said: Any) -> Any:
    """The small pipeline, with settings of the environment changed."""
    from tidegate.runners.kubeflow.compiling.compile import compile_folder

    loaded = environments.load_deployment(project / "kubeflow" / f"{env}.yaml", "small")
    return compile_folder(
        PipelineFolder.find(project / "small"),
        loaded.model_copy(update=said),
        {},
        target=target,
        project=project,
    )


def invocations(spec: dict[str, Any]) -> dict[str, Invocation]:
    """The invocation of each step."""
    found = {}
    for name, executor in spec["deploymentSpec"]["executors"].items():
        args = executor.get("container", {}).get("args", [])
        if "--invocation" in args:
            text = args[args.index("--invocation") + 1]
            found[name] = Invocation.model_validate_json(text)
    return found


@pytest.mark.parametrize(
    ("target", "env", "suffix"),
    [("kfp", "dev", ".yaml"), ("vertex", "vertex", ".json")],
)
def test_the_spec_is_the_golden_one(
    project: Path, target: str, env: str, suffix: str
) -> None:
    """Set TIDEGATE_WRITE_GOLDEN=1 to write it anew, and look at the difference."""
    text = compiled(project, target, env).text(suffix)
    file = GOLDEN / f"small-{target}{suffix}"
    if target == "vertex":
        text = without_versions(text)
    if os.environ.get(WRITE):
        file.write_text(text)
    assert text == file.read_text()


def without_versions(text: str) -> str:
    """TFX puts its version and Python's in, which differ between the stacks."""
    import re

    text = re.sub(r'"(tfx_version|tfx_py_version)": "[^"]*"', r'"\1": "-"', text)
    text = re.sub(r'"sdkVersion": "tfx-[^"]*"', '"sdkVersion": "tfx"', text)
    return re.sub(r"tfx_user_code_(\w+)-[^@/\"]*\.whl", r"\1.whl", text)


@pytest.mark.parametrize(("target", "env"), [("kfp", "dev"), ("vertex", "vertex")])
def test_the_same_inputs_give_the_same_bytes_anywhere(
    project: Path, tmp_path_factory: pytest.TempPathFactory, target: str, env: str
) -> None:
    first = compiled(project, target, env).text(".yaml")
    for name in [one for one in sys.modules if one.split(".")[0] == "small"]:
        del sys.modules[name]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    small_project.write(elsewhere)
    sys.path.remove(str(project))
    assert compiled(elsewhere, target, env).text(".yaml") == first
    assert str(elsewhere) not in first


def test_compiling_writes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    compiled(project)
    after = [one for one in sorted(project.rglob("*")) if "__pycache__" not in str(one)]
    assert after == [one for one in before if "__pycache__" not in str(one)]


def test_kfp_itself_loads_the_spec(project: Path) -> None:
    from kfp import components

    file = project / "spec.yaml"
    file.write_text(compiled(project, notify=None).text(".yaml"))
    loaded = components.load_component_from_file(str(file))
    assert loaded.pipeline_spec.pipeline_info.name == "small"
    assert "trainer" in loaded.pipeline_spec.root.dag.tasks


def test_the_spec_is_a_pipeline_spec_with_nothing_unknown_in_it(project: Path) -> None:
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    spec = compiled(project).spec
    message = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    again = json_format.MessageToDict(message)
    assert again["root"].keys() == spec["root"].keys()


def test_nothing_is_in_the_spec_that_open_source_kfp_does_not_run(
    project: Path,
) -> None:
    executors = compiled(project).spec["deploymentSpec"]["executors"]
    assert {kind for one in executors.values() for kind in one} == {
        "container",
        "importer",
    }
    assert not any(
        "lifecycle" in one.get("container", {}) for one in executors.values()
    )


def test_settings_become_parameters_where_they_go(project: Path) -> None:
    result = compiled(project)
    declared = result.spec["root"]["inputDefinitions"]["parameters"]
    assert declared["epochs"] == {
        "parameterType": "NUMBER_INTEGER",
        "defaultValue": 3,
        "isOptional": True,
    }
    assert declared["span"] == {
        "parameterType": "STRING",
        "defaultValue": "",
        "isOptional": True,
    }
    span = invocations(result.spec)["exec-example-gen"].properties["span"]
    assert (span.kind, span.optional) == ("int", True)
    trainer = invocations(result.spec)["exec-trainer"].properties["custom_config"]
    assert {slot.parameter: (slot.path, slot.before) for slot in trainer.slots} == {
        "pipelinechannel--epochs": (("epochs",), ""),
        "pipelinechannel--rate": (("rate",), ""),
        "pipelinechannel--warm": (("warm",), ""),
        "pipelinechannel--optimizer": (("name",), "run-"),
    }


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("doubled", "makes something else of it"),
        ("with_pusher", "changes which steps there are"),
        ("output", "reaches no step"),
        ("epoch", "no such setting"),
        ("name", "reaches no step"),
    ],
)
def test_a_setting_that_no_run_could_change_is_refused(
    project: Path, setting: str, said: str
) -> None:
    with pytest.raises(TidegateError, match=said) as caught:
        compiled(project, parameters=(setting,))
    assert setting in str(caught.value)


def test_an_unknown_component_of_the_environment_is_refused(project: Path) -> None:
    components = {"Trainr": environments.Step(retries=None)}
    with pytest.raises(TidegateError, match="Trainr"):
        compiled(project, components=components)


def test_what_reads_outside_is_not_cached(project: Path) -> None:
    tasks = compiled(project, notify=None).spec["root"]["dag"]["tasks"]
    cached = {name for name, one in tasks.items() if one["cachingOptions"]}
    assert "example-gen" not in cached
    assert {"import-schema-gen", "statistics-gen", "data-tests", "trainer"} <= cached


def test_a_gate_is_not_tried_again(project: Path) -> None:
    tasks = compiled(project, notify=None).spec["root"]["dag"]["tasks"]
    assert "retryPolicy" not in tasks["gate"]
    assert tasks["trainer"]["retryPolicy"]["maxRetryCount"] == 2


def test_the_message_at_the_end_waits_for_all_the_rest(project: Path) -> None:
    spec = compiled(project).spec
    tasks = spec["root"]["dag"]["tasks"]
    assert set(tasks) == {"exit-handler-1", "notify"}
    assert tasks["notify"]["triggerPolicy"]["strategy"] == (
        "ALL_UPSTREAM_TASKS_COMPLETED"
    )
    assert "trainer" in spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]


def test_no_secret_is_in_the_spec_but_its_name(project: Path) -> None:
    documents = list(yaml.safe_load_all(compiled(project).text(".yaml")))
    executors = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert executors["exec-notify"]["secretAsEnv"][-1]["secretName"] == "notify-urls"


def test_kubernetes_needs_are_refused_on_vertex(project: Path) -> None:
    with pytest.raises(TidegateError) as caught:
        compiled(project, "vertex", "dev", parameters=())
    told = str(caught.value)
    assert all(need in told for need in ("notify", "nodeSelector", "secretAsEnv"))


def test_wheels_go_nowhere_unless_asked(project: Path) -> None:
    from tidegate.runners.kubeflow.compiling.compile import compile_folder

    staged: list[tuple[str, str]] = []
    folder = PipelineFolder.find(project / "small")
    env = environments.load_deployment(project / "kubeflow/vertex.yaml", "small")
    compile_folder(
        folder,
        env,
        {},
        target="vertex",
        project=project,
        stage=lambda wheel, uri: staged.append((wheel.name, uri)),
    )
    ((name, uri),) = staged
    assert name.lower().startswith("tfx_user_code_trainer-")
    assert uri == f"gs://bucket/root/_wheels/{name}"


def test_an_importer_says_itself_what_it_imports(project: Path) -> None:
    """The backend looks for a constant nowhere else."""
    importer = compiled(project).spec["deploymentSpec"]["executors"]["exec-best-trial"]
    assert importer["importer"]["artifactUri"] == {"constant": "gs://bucket/best"}


def test_run_spec_would_refuse_nothing_of_it(project: Path) -> None:
    """What KFP's backend refuses is known there, beforehand."""
    from tidegate.runners.spec_run import refusals, spec_file

    file = project / "spec.yaml"
    file.write_text(compiled(project).text(".yaml"))
    environment = {"TIDEGATE_NOTIFY_URLS": "", "STORE_TOKEN": ""}
    assert refusals.refusals(spec_file.read_spec(file), {}, environment) == []


def test_a_job_of_vertex_has_its_parts_in_one_order(project: Path) -> None:
    spec = compiled(project, "vertex", "vertex").spec
    for parts in (spec["components"], spec["root"]["dag"]["tasks"]):
        assert list(parts) == sorted(parts)


def test_what_would_not_run_is_refused(project: Path) -> None:
    with pytest.raises(TidegateError, match="image-latest"):
        compiled(project, image="registry.example/tidegate")
    with pytest.raises(TidegateError, match="local-path"):
        compiled(project, settings={"data": "/home/somebody/data/*.csv"})


def test_what_may_not_be_meant_is_told(project: Path) -> None:
    found = compiled(project, image="registry.example/tidegate:1").findings
    assert {one.code for one in found} == {"image-tag"}
    ignored = {"image-tag": ["*"]}
    result = compiled(project, image="registry.example/tidegate:1", ignore=ignored)
    assert result.findings == ()


def test_a_node_waits_for_the_gate_before_it(project: Path) -> None:
    from tidegate.runners.kubeflow.compiling import steps

    tasks = compiled(project, notify=None).spec["root"]["dag"]["tasks"]
    assert "gate" in tasks["trainer"]["dependentTasks"]
    folder = PipelineFolder.find(project / "small")
    config = folder.config({"data": "gs://bucket/*.csv"})
    shapes = []
    for linked in (True, False):
        nodes = folder.create_components()(config)
        trainer = next(node for node in nodes if node.id == "Trainer")
        if not linked:
            trainer._upstream_nodes.clear()
        shapes.append(steps.shape_of(nodes))
    assert shapes[0] != shapes[1]


def test_an_input_of_two_producers_has_a_part_for_each() -> None:
    from tidegate.runners.kubeflow.compiling.invocations import invocation
    from tidegate.runners.kubeflow.compiling.pipeline import Pipeline
    from tidegate.runners.kubeflow.compiling.steps import Step
    from tidegate.runners.kubeflow.invocation import ArtifactType

    kind = ArtifactType(name="Examples", path="a.Examples")
    step = Step("Join", "a.Executor", inputs={"in": (kind, [("A", "x"), ("B", "y")])})
    environment = environments.Deployment(image="a/b:1")
    plan = invocation(step, Pipeline("p", [step], [], {}, environment))
    assert plan.invocation.inputs["in"].parts == ("in", "in--1")
