"""Our Evaluator stands in a pipeline where the stock one stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorflow_model_analysis.proto import config_pb2
from tfx import v1 as tfx
from tfx.orchestration.portable import tfx_runner

from tidegate import DataTests, Evaluator, Gate, ModelTests
from tidegate.errors import Problems, UsageError

CONFIG = config_pb2.EvalConfig(model_specs=[config_pb2.ModelSpec(label_key="late")])


def channels() -> dict[str, Any]:
    kinds = tfx.types.standard_artifacts
    return {
        "examples": tfx.dsl.Channel(type=kinds.Examples),
        "model": tfx.dsl.Channel(type=kinds.Model),
        "baseline_model": tfx.dsl.Channel(type=kinds.Model),
        "schema": tfx.dsl.Channel(type=kinds.Schema),
    }


@pytest.mark.parametrize(
    "arguments",
    [{}, {"example_splits": ["train", "eval"]}, {"fairness_indicator_thresholds": [1]}],
    ids=["plain", "splits", "fairness"],
)
def test_it_has_the_channels_and_properties_of_the_stock_one(
    arguments: dict[str, Any],
) -> None:
    ours = Evaluator(eval_config=CONFIG, **channels(), **arguments)
    theirs = tfx.components.Evaluator(eval_config=CONFIG, **channels(), **arguments)
    for name in ("inputs", "outputs"):
        own, stock = getattr(ours, name), getattr(theirs, name)
        assert {k: v.type for k, v in own.items()} == {
            k: v.type for k, v in stock.items()
        }
    # Ours takes an EvalConfig only, and stock executors read both properties.
    asked = {key: v for key, v in ours.exec_properties.items() if key != "engine"}
    assert {**asked, "feature_slicing_spec": None} == theirs.exec_properties


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"eval_config": CONFIG, "engine": "spark"}, "no such engine"),
        ({"eval_config": None}, "has no EvalConfig"),
        (
            {"eval_config": CONFIG, "module_file": "a.py", "module_path": "a"},
            "has two modules",
        ),
    ],
    ids=["engine", "config", "modules"],
)
def test_what_it_cannot_be_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Evaluator(**channels(), **arguments)


def pipeline(suite: Path, guarded: bool) -> Any:
    """Examples that are tested, an Evaluator of them, and tests of its results."""
    examples = tfx.components.CsvExampleGen(input_base="data")
    importer = tfx.dsl.Importer(
        source_uri="model", artifact_type=tfx.types.standard_artifacts.Model
    )
    data_tests = DataTests(examples=examples.outputs["examples"], suite=suite)
    evaluator = Evaluator(
        examples.outputs["examples"], importer.outputs["result"], eval_config=CONFIG
    )
    model_tests = ModelTests(
        evaluation=evaluator.outputs["evaluation"], model=importer.outputs["result"]
    )
    data_gate = Gate(data=data_tests.outputs["report"]).with_id("DataGate")
    model_gate = Gate(model=model_tests.outputs["report"]).with_id("ModelGate")
    if guarded:
        data_gate.before(evaluator)
    nodes = [importer, examples, data_tests, data_gate, evaluator, model_tests]
    return tfx.dsl.Pipeline(
        pipeline_name="p", pipeline_root="root", components=[*nodes, model_gate]
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "tests.yaml"
    path.write_text("dataset: taxi\ntests:\n  - rows: {at_least: 1}\n")
    return path


def test_it_compiles_behind_a_gate(suite: Path) -> None:
    compiled = tfx_runner.compiler.Compiler().compile(pipeline(suite, guarded=True))
    ids = [node.pipeline_node.node_info.id for node in compiled.nodes]
    assert "Evaluator" in ids


def test_it_is_refused_without_a_gate(suite: Path) -> None:
    with pytest.raises((UsageError, Problems), match="Evaluator uses examples"):
        tfx_runner.compiler.Compiler().compile(pipeline(suite, guarded=False))
