"""TFX executors in a container: stock ones, a user's, and function components."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from handed_steps import EXAMPLES, ROOT, RUN, Cluster, output_uri

from tidegate.runners.kubeflow.entrypoint.metadata import Properties, to_metadata
from tidegate.runners.kubeflow.invocation import (
    TYPED,
    ArtifactType,
    Input,
    Invocation,
    Property,
)
from tidegate.runners.kubeflow.project_files import digest
from tidegate.steps.artifact import Typed

STANDARD = "tfx.types.standard_artifacts"
SCHEMA = ArtifactType(name="Schema", path=f"{STANDARD}.Schema")
MODEL = ArtifactType(name="Model", path=f"{STANDARD}.Model")
EXAMPLES_URI = f"{ROOT}/example-gen/examples"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    monkeypatch.setattr(sys, "argv", ["entrypoint", "--invocation", "{}"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    project = tmp_path / "project"
    project.mkdir()
    (project / "schema.pbtxt").write_text('feature {\n  name: "a"\n  type: INT\n}\n')
    made = Cluster(tmp_path / "copies", {"TIDEGATE_PROJECT": str(project)})
    made.copy(EXAMPLES_URI).mkdir(parents=True)
    return made


def examples(**custom: Typed) -> list[dict[str, Any]]:
    declared = {"span": Typed("int", 9), "split_names": Typed("string", '["train"]')}
    metadata = to_metadata("Examples", Properties(declared, custom))
    return [{"name": "12", "uri": EXAMPLES_URI, "metadata": metadata}]


def step(executor: str, **more: Any) -> Invocation:
    return Invocation(
        pipeline="flights",
        node="Step",
        executor=executor,
        **{
            "inputs": {"examples": Input(type=EXAMPLES, parts=("examples",))},
            "outputs": {"model": MODEL},
            **more,
        },
    )


def run(cluster: Cluster, invocation: Invocation, **handed: Any) -> dict[str, Any]:
    given = {"inputs": {"examples": examples()}, "outputs": {"model": {}}, **handed}
    assert cluster.call(invocation, cluster.handed(**given)) == 0
    return cluster.told()


def exact(artifact: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(artifact["metadata"][TYPED])
    return found


def test_a_stock_executor_runs_on_a_file_of_the_project(cluster: Cluster) -> None:
    project = Path(cluster.environment["TIDEGATE_PROJECT"])
    invocation = step(
        "tfx.components.schema_gen.import_schema_gen.executor.Executor",
        inputs={},
        outputs={"schema": SCHEMA},
        properties={"schema_file": Property(kind="string")},
        files={"schema.pbtxt": digest(project / "schema.pbtxt")},
    )
    run(
        cluster,
        invocation,
        inputs={},
        outputs={"schema": {}},
        parameters={"schema_file": "project://schema.pbtxt"},
    )
    written = cluster.copy(output_uri("schema")) / "schema.pbtxt"
    assert 'name: "a"' in written.read_text()
    told = cluster.artifact("schema")
    assert told["uri"] == output_uri("schema")
    assert "tfx_version" in exact(told)["custom_properties"]


def test_an_executor_has_what_tfx_would_give_it(cluster: Cluster) -> None:
    run(
        cluster,
        step(
            "stock_executors.Recorder",
            properties={"n": Property(kind="int"), "gone": Property(kind="string")},
        ),
        parameters={"n": 3.0},
    )
    copy = cluster.copy(EXAMPLES_URI)
    seen = json.loads((cluster.copy(output_uri("model")) / "seen.json").read_text())
    temporary = seen.pop("temporary")
    assert seen == {
        "inputs": {"examples": [["Examples", str(copy), 12]]},
        "properties": {"n": 3},
        "run": RUN,
        "pipeline": "flights",
        "node": "Step",
    }
    assert not Path(temporary).exists()
    told = cluster.artifact("model")
    # People look into the store, not into a container that is gone.
    assert told["metadata"]["from"] == EXAMPLES_URI
    assert exact(told)["custom_properties"]["shapes"] == {"json": {"a": [1.5, None]}}


def test_what_an_executor_returns_is_taken(cluster: Cluster) -> None:
    run(
        cluster, step("stock_executors.Returner", beam_args=("--direct_num_workers=2",))
    )
    said = cluster.artifact("model")["metadata"]["beam"]
    assert "--direct_num_workers=2" in said
    assert "FnApiRunner" in said


def test_a_function_component_gives_artifacts_and_parameters(cluster: Cluster) -> None:
    values = {
        "loss": ArtifactType(name="Float", path=f"{STANDARD}.Float"),
        "steps": ArtifactType(name="Integer", path=f"{STANDARD}.Integer"),
        "note": ArtifactType(name="String", path=f"{STANDARD}.String"),
    }
    invocation = step(
        "stock_executors.Trial_Executor",
        outputs={"model": MODEL, **values},
        properties={"rate": Property(kind="double"), "names": Property(kind="json")},
    )
    told = run(
        cluster,
        invocation,
        outputs={"model": {}, **{name: {} for name in values}},
        parameters={"rate": 3, "names": '["a"]'},
        output_parameters=("loss", "steps"),
    )
    written = cluster.copy(output_uri("model")) / "model.txt"
    assert written.read_text() == "9 3.0 ['a']"
    assert told["parameterValues"] == {"loss": 0.25, "steps": 9}
    assert cluster.copy(output_uri("steps")).read_text() == "9"
    assert exact(cluster.artifact("model"))["custom_properties"]["size"] == {"int": 12}


def test_every_property_survives_two_steps(cluster: Cluster) -> None:
    every = {
        "i": Typed("int", 2**62 + 1),
        "d": Typed("double", 0.1),
        "s": Typed("string", "ä\n\u0000"),
        "b": Typed("bool", True),
        "j": Typed("json", {"a": [1.5, "x", None, {"b": True}]}),
    }
    kind = ArtifactType(
        name="mine.Foreign",
        path="not.in_this_image.Foreign",
        properties={"span": "int", "share": "double", "table": "json"},
    )
    declared = {"span": Typed("int", 2**62), "share": Typed("double", 1.0)}
    declared["table"] = Typed("json", ["a"])
    invocation = step("stock_executors.Returner", outputs={"model": kind})
    metadata = to_metadata("mine.Foreign", Properties(declared, every))
    for _ in range(2):
        run(cluster, invocation, outputs={"model": {"metadata": metadata}})
        metadata = cluster.artifact("model")["metadata"]
        found = exact(cluster.artifact("model"))
        added = {"beam", "tfx_version"}
        custom = found["custom_properties"]
        kept = {name: one for name, one in custom.items() if name not in added}
        assert kept == {name: {one.kind: one.value} for name, one in every.items()}
        assert found["properties"] == {
            name: {one.kind: one.value} for name, one in declared.items()
        }
        assert found["type"] == "mine.Foreign"


def test_a_file_based_example_gen_needs_no_driver(cluster: Cluster) -> None:
    project = Path(cluster.environment["TIDEGATE_PROJECT"])
    for span in (1, 2):
        folder = project / f"span-{span}"
        folder.mkdir()
        (folder / "data.csv").write_text("a\n1\n")
    config = {"splits": [{"name": "all", "pattern": "span-{SPAN}/*"}]}
    invocation = step(
        "stock_executors.Driven",
        driver="file_based",
        inputs={},
        outputs={"examples": EXAMPLES},
        properties={
            name: Property(kind="string") for name in ("input_base", "input_config")
        },
    )
    run(
        cluster,
        invocation,
        inputs={},
        outputs={"examples": {}},
        parameters={"input_base": str(project), "input_config": json.dumps(config)},
    )
    custom = exact(cluster.artifact("examples"))["custom_properties"]
    assert custom["span"] == {"int": 2}
    assert "total_bytes:4" in custom["input_fingerprint"]["string"]
    assert custom["pattern"] == {"string": "span-2/*"}


@pytest.mark.parametrize("executor", ["no.such.Executor", "json.Executor", "x"])
def test_an_executor_that_the_image_does_not_have_is_refused(
    cluster: Cluster, executor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handed = cluster.handed(inputs={"examples": examples()}, outputs={"model": {}})
    assert cluster.call(step(executor), handed) == 2
    said = capsys.readouterr().err
    assert "the image does not have the executor" in said
    assert "Traceback" not in said
