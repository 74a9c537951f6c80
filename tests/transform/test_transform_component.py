"""The Transform component in a pipeline, and what sends it to Beam."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tfx.components.transform import executor as stock
from tfx.dsl.compiler import compiler
from tfx.orchestration import pipeline
from tfx.proto import transform_pb2
from tfx.types import channel, standard_artifacts

import tidegate
from tidegate.errors import UsageError
from tidegate.transform.executor import Executor

FUNCTION = "user_code.preprocessing_fn"


def _component(**given: Any) -> Any:
    return tidegate.Transform(
        examples=channel.Channel(standard_artifacts.Examples),
        schema=channel.Channel(standard_artifacts.Schema),
        **{"preprocessing_fn": FUNCTION, **given},
    )


def test_it_has_the_outputs_of_the_stock_component() -> None:
    assert set(_component().outputs) == {
        "transform_graph",
        "transformed_examples",
        "updated_analyzer_cache",
        "pre_transform_schema",
        "pre_transform_stats",
        "post_transform_schema",
        "post_transform_stats",
        "post_transform_anomalies",
    }


@pytest.mark.parametrize("engine", ["columnar", "beam"])
def test_a_compiled_pipeline_names_the_engine(tmp_path: Path, engine: str) -> None:
    made = pipeline.Pipeline(
        "flights", str(tmp_path), components=[_component(engine=engine)]
    )
    compiled = compiler.Compiler().compile(made)
    (node,) = compiled.nodes
    value = node.pipeline_node.parameters.parameters["engine"]
    assert value.field_value.string_value == engine


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="no such engine"):
        _component(engine="spark")


def _artifact(kind: Any, folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    made = kind()
    made.uri = str(folder)
    return made


def _examples(folder: Path) -> Any:
    made = _artifact(standard_artifacts.Examples, folder)
    made.split_names = json.dumps(["train"])
    made.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
    made.set_string_custom_property("file_format", "tfrecords_gzip")
    return made


def _as_parquet(inputs: dict[str, Any], _: dict[str, Any]) -> None:
    inputs["examples"][0].set_string_custom_property("file_format", "parquet")


def _as_protos(inputs: dict[str, Any], _: dict[str, Any]) -> None:
    examples = inputs["examples"][0]
    examples.set_string_custom_property("payload_format", "FORMAT_TF_SEQUENCE_EXAMPLE")


def _remote(inputs: dict[str, Any], _: dict[str, Any]) -> None:
    inputs["examples"][0].uri = "gs://bucket/examples"


def _with_cache(inputs: dict[str, Any], _: dict[str, Any]) -> None:
    inputs["analyzer_cache"] = [standard_artifacts.TransformCache()]


def _as_tf1(_: dict[str, Any], properties: dict[str, Any]) -> None:
    properties["force_tf_compat_v1"] = 1


def _asked_for(_: dict[str, Any], properties: dict[str, Any]) -> None:
    properties["engine"] = "beam"


def _with_own_statistics(_: dict[str, Any], properties: dict[str, Any]) -> None:
    properties["stats_options_updater_fn"] = "json.loads"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_as_parquet, "for the examples are in files of parquet"),
        (_as_protos, "for the payloads are not tf.Examples"),
        (_remote, "for gs://bucket/examples is not on this machine"),
        (_with_cache, "for an analyzer cache is to be read"),
        (_as_tf1, "for force_tf_compat_v1 is set"),
        (_asked_for, "as asked for"),
        (_with_own_statistics, "for stats_options_updater_fn changes the statistics"),
    ],
)
def test_what_it_does_not_cover_goes_to_beam_with_a_reason(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[dict[str, Any], dict[str, Any]], None],
    reason: str,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(stock.Executor, "Do", lambda *_: done.append("stock"))
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text("")
    inputs = {
        "examples": [_examples(tmp_path / "examples")],
        "schema": [_artifact(standard_artifacts.Schema, tmp_path / "schema")],
    }
    outputs = {
        "transform_graph": [
            _artifact(standard_artifacts.TransformGraph, tmp_path / "graph")
        ]
    }
    properties = {"preprocessing_fn": "json.dumps", "disable_statistics": 1}
    change(inputs, properties)
    with caplog.at_level(logging.INFO, "tidegate.transform"):
        Executor().Do(inputs, outputs, properties)
    assert done == ["stock"]
    assert f"on Beam, {reason}" in caplog.text


def test_splits_are_given_as_to_the_stock_component() -> None:
    splits = transform_pb2.SplitsConfig(analyze=["old"], transform=["new"])
    given = _component(splits_config=splits).exec_properties["splits_config"]
    assert "old" in str(given)
