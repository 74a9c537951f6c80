"""The component takes what it can use, and gives the same on Beam."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tests.bulk_inferrer.bulk_trial import (
    infer,
    model_artifact,
    rows_of,
    simple_model,
    write_examples,
)
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import bulk_inferrer_pb2
from tfx.types import channel, standard_artifacts

import tidegate
from tidegate.bulk_inferrer import keys
from tidegate.bulk_inferrer.executor import Executor
from tidegate.bulk_inferrer.settings import Settings
from tidegate.columnar.parquet_file import read_parquet
from tidegate.errors import ComponentError, TidegateError


def _channels() -> dict[str, Any]:
    return {
        "examples": channel.Channel(type=standard_artifacts.Examples),
        "model": channel.Channel(type=standard_artifacts.Model),
    }


def test_the_settings_survive_the_way_through_execution_properties() -> None:
    component = tidegate.BulkInferrer(
        **_channels(),
        key=["id"],
        splits=["b"],
        output_columns={"probability": "late"},
        pass_through=("name",),
    )
    again = Settings.of_properties(component.exec_properties)
    assert again == Settings(
        key=("id",),
        splits=["b"],
        output_columns={"probability": "late"},
        pass_through=("name",),
    )
    kinds = {name: one.type for name, one in component.outputs.items()}
    result = standard_artifacts.InferenceResult
    assert kinds == {"inference_result": result, "predictions": result}


def test_the_stock_data_spec_stands_for_splits() -> None:
    for named, expected in ((["b", "a"], ["b", "a"]), ([], None)):
        spec = bulk_inferrer_pb2.DataSpec(example_splits=named)
        component = tidegate.BulkInferrer(**_channels(), key=["id"], data_spec=spec)
        assert Settings.of_properties(component.exec_properties).splits == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": []}, "key="),
        ({"key": "id"}, "key="),
        ({"key": ["id", ""]}, "key="),
        ({"key": ["id"], "model": None}, "model="),
        ({"key": ["id"], "engine": "spark"}, "engine="),
        ({"key": ["id", "id"]}, "called 'id'"),
        ({"key": ["id"], "pass_through": ["id"]}, "called 'id'"),
        ({"key": ["id"], "pass_through": ["split"]}, "called 'split'"),
        ({"key": ["model_version"]}, "called 'model_version'"),
        ({"key": ["id"], "splits": "train"}, "splits="),
        ({"key": ["id"], "output_columns": {"a": ""}}, "output_columns="),
        (
            {"key": ["id"], "splits": ["a"], "data_spec": bulk_inferrer_pb2.DataSpec()},
            "data_spec=",
        ),
        ({"key": [], "engine": "x", "splits": "a"}, "2 problems"),
    ],
    ids=str,
)
def test_arguments_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TidegateError) as refused:
        tidegate.BulkInferrer(**{**_channels(), **given})
    assert said in str(refused.value)
    assert refused.value.exit_code == 2


def _artifacts(folder: Path, examples: Any, model: Path) -> tuple[Any, Any]:
    given, served = standard_artifacts.Examples(), standard_artifacts.Model()
    given.uri, given.split_names = examples.uri, examples.split_names
    served.uri = str(model)
    made = {}
    for name in (keys.PREDICTIONS, keys.INFERENCE_RESULT):
        made[name] = standard_artifacts.InferenceResult()
        made[name].uri = str(folder / name)
        (folder / name).mkdir(parents=True)
    inputs = {keys.EXAMPLES: [given], keys.MODEL: [served]}
    return inputs, {name: [one] for name, one in made.items()}


def _executor() -> Executor:
    return Executor(
        base_beam_executor.BaseBeamExecutor.Context(
            make_beam_pipeline_fn=lambda: beam.Pipeline(runner=FnApiRunner())
        )
    )


def test_both_engines_write_the_same(simple: Path, tmp_path: Path) -> None:
    rows = rows_of(40)
    rows[3]["x"] = float("nan")
    splits = {"a": [rows[:9], [], rows[9:20]], "b": [rows[20:]]}
    examples = write_examples(tmp_path / "x", splits)
    inputs, outputs = _artifacts(tmp_path / "beam", examples, simple)
    properties = Settings(key=["id"], pass_through=["name"], engine="beam")
    _executor().Do(inputs, outputs, properties.as_properties())
    here = infer(
        tmp_path / "here", examples, model_artifact(simple), pass_through=["name"]
    )
    (there,) = outputs[keys.PREDICTIONS]
    files = sorted(Path(there.uri).iterdir())
    assert [file.name for file in files] == [file.name for file in here.files]
    assert len(files) == 3
    for one, other in zip(files, here.files, strict=True):
        assert (
            read_parquet(one)
            .drop(["probability"])
            .equals(read_parquet(other).drop(["probability"]))
        )
    (logs,) = outputs[keys.INFERENCE_RESULT]
    read = {file.name: file.read_bytes() for file in Path(logs.uri).iterdir()}
    assert read == {
        file.name: file.read_bytes() for file in Path(here.logs.uri).iterdir()
    }
    for name in ("rows", keys.NOT_FINITE, keys.DUPLICATES):
        assert there.get_int_custom_property(
            name
        ) == here.predictions.get_int_custom_property(name)


def test_a_row_that_is_refused_on_beam_fails_the_run(tmp_path: Path) -> None:
    import tensorflow as tf

    checked = simple_model(
        tmp_path / "model",
        answer=lambda given: tf.debugging.check_numerics(given["x"], "odd"),
    )
    rows = rows_of(6)
    rows[4]["x"] = float("inf")
    examples = write_examples(tmp_path / "x", {"a": [rows]})
    inputs, outputs = _artifacts(tmp_path / "beam", examples, checked)
    properties = Settings(key=["id"], engine="beam").as_properties()
    with pytest.raises(ComponentError) as refused:
        _executor().Do(inputs, outputs, properties)
    assert "split 'a', row 5" in str(refused.value)
    assert not [path for path in (tmp_path / "beam").rglob("*") if path.is_file()]
