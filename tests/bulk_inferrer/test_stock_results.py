"""The logs are those of the stock BulkInferrer, as a multiset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
import tensorflow as tf
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_serving.apis import (  # type: ignore[import-untyped]
    prediction_log_pb2,
)
from tests.bulk_inferrer.bulk_trial import (
    infer,
    model_artifact,
    model_of_all_kinds,
    model_of_method,
    rows_of,
    write_examples,
)
from tfx.components.bulk_inferrer import executor
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts

from tidegate.columnar.tf_record import read_records

SPLITS = {"a": [rows_of(40)], "b": [rows_of(7, 40), rows_of(5, 47)]}


def _stock(folder: Path, examples: Any, model: Path) -> list[bytes]:
    """The logs of the stock component."""
    given = standard_artifacts.Examples()
    given.uri, given.split_names = examples.uri, examples.split_names
    served, result = standard_artifacts.Model(), standard_artifacts.InferenceResult()
    served.uri, result.uri = str(model), str(folder)
    context = base_beam_executor.BaseBeamExecutor.Context(
        make_beam_pipeline_fn=lambda: beam.Pipeline(runner=FnApiRunner())
    )
    executor.Executor(context).Do(
        {"examples": [given], "model": [served]},
        {"inference_result": [result]},
        {"data_spec": "{}", "model_spec": "{}"},
    )
    return [one for file in sorted(folder.iterdir()) for one in read_records(file)]


def _canonical(serialized: bytes) -> bytes:
    """A log, with the maps in it in the order of their keys."""
    log = prediction_log_pb2.PredictionLog.FromString(serialized)
    for tensor in log.predict_log.request.inputs.values():
        (record,) = tensor.string_val
        example = tf.train.Example.FromString(record)
        tensor.string_val[0] = example.SerializeToString(deterministic=True)
    return bytes(log.SerializeToString(deterministic=True))


@pytest.fixture
def nothing_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the stock executor from packing TFX for workers there are none of."""
    from tfx.utils import dependency_utils

    monkeypatch.setattr(dependency_utils, "make_beam_dependency_flags", list)


@pytest.mark.parametrize(
    ("method", "outputs"),
    [
        ("classify", ["classes", "scores"]),
        ("classify", ["classes"]),
        ("classify", ["scores"]),
        ("regress", ["outputs"]),
    ],
    ids=str,
)
def test_logs_of_models_that_classify_and_regress_are_the_stock_ones(
    method: str, outputs: list[str], tmp_path: Path, nothing_packed: None
) -> None:
    model = model_of_method(tmp_path / "model", method, outputs)
    _demand_same(tmp_path, model)


def test_logs_of_outputs_of_all_kinds_are_the_stock_ones(
    tmp_path: Path, nothing_packed: None
) -> None:
    model = model_of_all_kinds(tmp_path / "model", single_text=False)
    _demand_same(tmp_path, model)


def _demand_same(folder: Path, model: Path) -> None:
    examples = write_examples(folder / "examples", SPLITS)
    stock = _stock(folder / "stock", examples, model)
    ours = infer(folder / "ours", examples, model_artifact(model)).records
    assert len(ours) == 52
    assert sorted(map(_canonical, ours)) == sorted(map(_canonical, stock))
