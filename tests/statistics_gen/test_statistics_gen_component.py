"""StatisticsGen in a pipeline, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stock_statistics import nasty_rows, run, write_examples
from tfx.components.statistics_gen import component as stock
from tfx.orchestration import pipeline
from tfx.types import artifact_utils, channel_utils, standard_artifacts

from tidegate import DataTests, Gate, StatisticsGen
from tidegate.data_tests.catalogue.rows import RowCount
from tidegate.data_tests.suite import Suite
from tidegate.errors import TidegateError, UsageError
from tidegate.gate import placement
from tidegate.statistics_gen.executor import Executor


@pytest.fixture
def channel() -> Any:
    examples = standard_artifacts.Examples()
    examples.split_names = artifact_utils.encode_split_names(["train"])
    return channel_utils.as_channel([examples])


def test_it_has_the_inputs_and_outputs_of_the_stock_component(channel: Any) -> None:
    ours = StatisticsGen(examples=channel, exclude_splits=["eval"])
    theirs = stock.StatisticsGen(examples=channel, exclude_splits=["eval"])
    assert ours.inputs.keys() == theirs.inputs.keys()
    assert ours.outputs["statistics"].type == theirs.outputs["statistics"].type
    given = dict(ours.exec_properties)
    assert given.pop("engine") == "columnar"
    named = {key: value for key, value in theirs.exec_properties.items() if value}
    assert {key: value for key, value in given.items() if value} == named


def test_gate_takes_it_for_evidence(channel: Any) -> None:
    statistics_gen = StatisticsGen(examples=channel)
    tests = DataTests(
        examples=channel,
        statistics=statistics_gen.outputs["statistics"],
        suite=Suite(dataset="d", tests=[RowCount(at_least=1)]),
    )
    gate = Gate(data=tests.outputs["report"])
    nodes = [statistics_gen, tests, gate]
    pipeline.Pipeline(pipeline_name="p", pipeline_root="r", components=nodes)
    placement.check(nodes)


def test_beam_args_of_its_own_are_kept(channel: Any) -> None:
    made = StatisticsGen(examples=channel, engine="beam")
    made.with_beam_pipeline_args(["--runner=X"])
    assert made.executor_spec.beam_pipeline_args == ["--runner=X"]


def test_another_engine_is_refused(channel: Any) -> None:
    with pytest.raises(UsageError, match="no such engine"):
        StatisticsGen(examples=channel, engine="spark")  # type: ignore[arg-type]


def test_options_that_cannot_be_handed_over_are_refused(channel: Any) -> None:
    class Options:
        def to_json(self) -> str:
            raise ValueError("StatsOptions cannot be converted with generators.")

    with pytest.raises(UsageError, match="cannot be handed") as caught:
        StatisticsGen(examples=channel, stats_options=Options())
    assert "generators" in str(caught.value)


def test_all_splits_cannot_be_excluded(tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "examples", {"one": nasty_rows(1)})
    with pytest.raises(UsageError, match="no split"):
        run(Executor, tmp_path / "out", examples, exclude_splits='["one"]')


def test_missing_weights_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    examples = write_examples(tmp_path / "examples", {"train": nasty_rows(30)})
    options = json.dumps({"weight_feature": "int"})
    with pytest.raises(TidegateError, match="'int' does not weigh all rows"):
        run(Executor, tmp_path / "out", examples, stats_options_json=options)
    assert not list(tmp_path.glob("out/**/*.pb"))
