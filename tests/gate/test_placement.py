"""A pipeline in which tested input escapes the gate is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tfx import v1 as tfx
from tfx.orchestration.kubeflow.v2 import pipeline_builder
from tfx.orchestration.portable import tfx_runner

from tidegate import DataTests, Explainer, Gate, InfraTests, ModelTests
from tidegate.errors import Problems, TidegateError, UsageError
from tidegate.gate import placement

SUITE = "dataset: taxi\ntests:\n  - rows: {at_least: 1}\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "tests.yaml"
    path.write_text(SUITE)
    return path


def nodes(suite: Path) -> dict[str, Any]:
    """ExampleGen, its statistics, data tests and two consumers; no gate yet."""
    example_gen = tfx.components.CsvExampleGen(input_base="data")
    statistics = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"])
    schema = tfx.components.SchemaGen(statistics=statistics.outputs["statistics"])
    data_tests = DataTests(
        examples=example_gen.outputs["examples"],
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        suite=suite,
    )
    trainer = tfx.components.Trainer(
        module_file=str(suite),
        examples=example_gen.outputs["examples"],
        train_args=tfx.proto.TrainArgs(),
        eval_args=tfx.proto.EvalArgs(),
    )
    evaluator = tfx.components.Evaluator(
        examples=example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        eval_config=None,
    )
    found = (example_gen, statistics, schema, data_tests, trainer, evaluator)
    return {node.id: node for node in found}


def compile_with_ir(built: dict[str, Any]) -> None:
    pipeline = tfx.dsl.Pipeline(
        pipeline_name="p", pipeline_root="root", components=list(built.values())
    )
    tfx_runner.compiler.Compiler().compile(pipeline)


def compile_for_vertex(built: dict[str, Any]) -> None:
    pipeline = tfx.dsl.Pipeline(
        pipeline_name="p", pipeline_root="root", components=list(built.values())
    )
    pipeline_builder.PipelineBuilder(
        tfx_pipeline=pipeline, default_image="image"
    ).build()


def check_directly(built: dict[str, Any]) -> None:
    tfx.dsl.Pipeline(
        pipeline_name="p", pipeline_root="root", components=list(built.values())
    )
    placement.check(built.values())


WAYS = [compile_with_ir, compile_for_vertex, check_directly]


def without_wheels(built: dict[str, Any]) -> dict[str, Any]:
    """Drops the promise of a user-code wheel, which no test here needs."""
    built["Trainer"]._pip_dependencies = []
    return built


@pytest.mark.parametrize("compile_it", WAYS)
def test_a_report_that_no_gate_reads_is_refused(compile_it: Any, suite: Path) -> None:
    with pytest.raises(UsageError, match="no gate reads the report of DataTests"):
        compile_it(without_wheels(nodes(suite)))


@pytest.mark.parametrize("compile_it", WAYS)
def test_a_consumer_beside_the_gate_is_refused_by_name(
    compile_it: Any, suite: Path
) -> None:
    built = without_wheels(nodes(suite))
    gate = Gate(data=built["DataTests"].outputs["report"]).before(built["Trainer"])
    # Evaluator stands behind Trainer and so behind the gate; StatisticsGen is
    # evidence. Only a consumer of its own is left outside.
    outside = tfx.components.Transform(
        examples=built["CsvExampleGen"].outputs["examples"],
        schema=built["SchemaGen"].outputs["schema"],
        preprocessing_fn="a.b",
    )
    with pytest.raises(TidegateError) as refused:
        compile_it({**built, "Gate": gate, "Transform": outside})
    assert "Transform uses examples that DataTests tests" in str(refused.value)
    assert "Trainer uses" not in str(refused.value)
    assert "StatisticsGen uses" not in str(refused.value)


@pytest.mark.parametrize("compile_it", WAYS)
def test_a_pipeline_with_every_consumer_behind_the_gate_compiles(
    compile_it: Any, suite: Path
) -> None:
    built = without_wheels(nodes(suite))
    built["Gate"] = Gate(data=built["DataTests"].outputs["report"]).before(
        built["Trainer"], built["Evaluator"]
    )
    compile_it(built)


def test_all_ungated_consumers_are_named_at_once(suite: Path) -> None:
    built = nodes(suite)
    built["Gate"] = Gate(data=built["DataTests"].outputs["report"])
    with pytest.raises(Problems) as refused:
        check_directly(built)
    assert len(refused.value.errors) == 2
    assert "gate.before(Evaluator" in str(refused.value)
    assert "gate.before(Trainer" in str(refused.value)


def test_a_pusher_must_wait_for_the_model_gate(suite: Path) -> None:
    built = nodes(suite)
    built["Gate"] = Gate(data=built["DataTests"].outputs["report"]).before(
        built["Trainer"], built["Evaluator"]
    )
    model_tests = ModelTests(
        evaluation=built["Evaluator"].outputs["evaluation"],
        model=built["Trainer"].outputs["model"],
    )
    pusher = tfx.components.Pusher(
        model=built["Trainer"].outputs["model"],
        push_destination=tfx.proto.PushDestination(),
    )
    gate = Gate(model=model_tests.outputs["report"]).with_id("ModelGate")
    built |= {"ModelTests": model_tests, "Pusher": pusher, "ModelGate": gate}
    with pytest.raises(UsageError, match="Pusher uses model that ModelTests tests"):
        check_directly(built)
    gate.before(pusher)
    check_directly(built)


def test_what_another_test_of_the_model_waits_for_need_not_wait(suite: Path) -> None:
    built = nodes(suite)
    built["Gate"] = Gate(data=built["DataTests"].outputs["report"]).before(
        built["Trainer"], built["Evaluator"]
    )
    model = built["Trainer"].outputs["model"]
    explainer = Explainer(
        examples=built["CsvExampleGen"].outputs["examples"], model=model, label="tips"
    )
    built["Gate"].before(explainer)
    model_tests = ModelTests(
        evaluation=built["Evaluator"].outputs["evaluation"],
        model=model,
        explanation=explainer.outputs["explanation"],
    )
    infra_tests = InfraTests(model=model)
    gate = Gate(
        model=model_tests.outputs["report"], infra=infra_tests.outputs["report"]
    ).with_id("ModelGate")
    added = (explainer, model_tests, infra_tests, gate)
    check_directly(built | {node.id: node for node in added})


def test_a_test_of_something_else_exempts_nothing(suite: Path) -> None:
    built = nodes(suite)
    model = built["Trainer"].outputs["model"]
    model_tests = ModelTests(
        evaluation=built["Evaluator"].outputs["evaluation"], model=model
    )
    gate = Gate(
        data=built["DataTests"].outputs["report"], model=model_tests.outputs["report"]
    )
    with pytest.raises(Problems) as refused:
        check_directly(built | {"ModelTests": model_tests, "Gate": gate})
    assert "Trainer uses examples that DataTests tests" in str(refused.value)


def test_a_gate_without_a_report_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one report"):
        Gate()


QUARANTINE = """
dataset: taxi
tests:
  - between: {column: a, low: 1, on_fail: quarantine}
"""


def divided(suite: Path, taken: str = "accepted_examples") -> dict[str, Any]:
    """Data tests that let bad rows leave, and a trainer of one of the outputs."""
    suite.write_text(QUARANTINE)
    example_gen = tfx.components.CsvExampleGen(input_base="data")
    raw = example_gen.outputs["examples"]
    statistics = tfx.components.StatisticsGen(examples=raw)
    data_tests = DataTests(
        examples=raw, statistics=statistics.outputs["statistics"], suite=suite
    )
    trainer = tfx.components.Trainer(
        module_file=str(suite),
        examples=raw if taken == "raw" else data_tests.outputs[taken],
        train_args=tfx.proto.TrainArgs(),
        eval_args=tfx.proto.EvalArgs(),
    )
    trainer._pip_dependencies = []
    gate = Gate(data=data_tests.outputs["report"])
    found = (example_gen, statistics, data_tests, trainer, gate)
    return {node.id: node for node in found}


@pytest.mark.parametrize("compile_it", WAYS)
def test_a_consumer_of_accepted_examples_behind_the_gate_compiles(
    compile_it: Any, suite: Path
) -> None:
    built = divided(suite)
    built["Gate"].before(built["Trainer"])
    compile_it(built)


@pytest.mark.parametrize("compile_it", WAYS)
def test_a_consumer_of_accepted_examples_beside_the_gate_is_refused(
    compile_it: Any, suite: Path
) -> None:
    with pytest.raises(UsageError, match="Trainer uses examples that DataTests tests"):
        compile_it(divided(suite))


def test_a_consumer_of_the_bad_rows_is_told_where_the_good_ones_are(
    suite: Path,
) -> None:
    built = divided(suite, "raw")
    built["Gate"].before(built["Trainer"])
    with pytest.raises(UsageError, match="bad rows that are to leave") as refused:
        check_directly(built)
    assert refused.value.where == "Trainer"
    assert "DataTests.outputs['accepted_examples']" in str(refused.value.fix)


def test_what_is_in_quarantine_is_free(suite: Path) -> None:
    check_directly(divided(suite, "quarantined_examples"))


def test_without_a_quarantine_there_are_no_such_outputs(suite: Path) -> None:
    assert set(nodes(suite)["DataTests"].outputs) == {"report"}


def on_beam(suite: Path, gated: bool) -> dict[str, Any]:
    example_gen = tfx.components.CsvExampleGen(input_base="data")
    tests = DataTests(
        examples=example_gen.outputs["examples"], suite=suite, engine="beam"
    ).with_beam_pipeline_args(["--a=b"])
    found = [example_gen, tests]
    if gated:
        found.append(Gate(data=tests.outputs["report"]))
    return {node.id: node for node in found}


@pytest.mark.parametrize("compile_it", WAYS)
def test_data_tests_on_beam_are_guarded_too(compile_it: Any, suite: Path) -> None:
    with pytest.raises(UsageError, match="no gate reads the report of DataTests"):
        compile_it(on_beam(suite, gated=False))
    built = on_beam(suite, gated=True)
    compile_it(built)
    assert built["DataTests"].executor_spec.beam_pipeline_args == ["--a=b"]


def test_an_engine_that_is_not_there_is_refused(suite: Path) -> None:
    examples = tfx.components.CsvExampleGen(input_base="data").outputs["examples"]
    with pytest.raises(UsageError, match="no such engine"):
        DataTests(examples=examples, suite=suite, engine="spark")  # type: ignore[arg-type]


def test_data_tests_after_transform_are_gated_apart(suite: Path) -> None:
    built = nodes(suite)
    raw = built["CsvExampleGen"].outputs["examples"]
    transform = tfx.components.Transform(
        examples=raw,
        schema=built["SchemaGen"].outputs["schema"],
        preprocessing_fn="a.b",
    )
    after = DataTests(
        examples=transform.outputs["transformed_examples"],
        counterpart=raw,
        suite=suite,
    ).with_id("AfterTransform")
    gate = Gate(data=built["DataTests"].outputs["report"]).before(
        transform, built["Trainer"], built["Evaluator"]
    )
    built |= {"Gate": gate, "Transform": transform, "AfterTransform": after}
    with pytest.raises(UsageError, match="no gate reads the report of AfterTransform"):
        check_directly(built)
    built["Second"] = Gate(data=after.outputs["report"]).with_id("Second")
    check_directly(built)
