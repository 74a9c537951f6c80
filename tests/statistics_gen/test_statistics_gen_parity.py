"""Our StatisticsGen finds what the stock one finds, field by field."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from proto_differences import differences
from stock_statistics import (
    load,
    nasty_rows,
    run,
    schema_artifact,
    write_examples,
)
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_validator import executor as example_validator
from tfx.components.schema_gen import executor as schema_gen
from tfx.components.statistics_gen import executor as stock
from tfx.types import standard_artifacts
from tfx_bsl.public.proto import slicing_spec_pb2

from tidegate.statistics_gen.executor import Executor

SPLITS = ("train", "one", "none")
SCHEMA = """
    feature { name: "category" type: INT int_domain { is_categorical: true } }
    feature { name: "flag" type: INT bool_domain {} }
    feature { name: "huge" type: INT int_domain { is_categorical: true } }
    feature { name: "image" type: BYTES image_domain {} }
    feature {
      name: "word" type: BYTES string_domain { is_categorical: CATEGORICAL_NO }
    }
"""
SLICES = """
    slicing_specs { feature_keys: "word" feature_keys: "flag" }
    slicing_specs { feature_keys: "ints" }
    slicing_specs { feature_values { key: "other" value: "3" } }
"""


class Made(NamedTuple):
    """Statistics of the same examples."""

    ours: Any
    theirs: Any


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("examples") / "artifact"
    rows = {"train": nasty_rows(), "one": nasty_rows(1), "none": [], "left": []}
    rows["left"] = nasty_rows(5, seed=9)
    return write_examples(folder, rows)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    parsed = text_format.Parse(SCHEMA, schema_pb2.Schema())
    return schema_artifact(tmp_path_factory.mktemp("schema") / "artifact", parsed)


def both(folder: Path, examples: Any, schema: Any = None, **properties: Any) -> Made:
    properties = {"exclude_splits": '["left"]', **properties}
    theirs = run(stock.Executor, folder / "theirs", examples, schema, **properties)
    ours = run(Executor, folder / "ours", examples, schema, **properties)
    return Made(ours, theirs)


@pytest.fixture(scope="module")
def sliced(tmp_path_factory: pytest.TempPathFactory, examples: Any) -> Made:
    options = tfdv.StatsOptions(
        slicing_config=text_format.Parse(SLICES, slicing_spec_pb2.SlicingConfig())
    )
    folder = tmp_path_factory.mktemp("sliced")
    return both(folder, examples, stats_options_json=options.to_json())


@pytest.fixture(scope="module")
def weighted(
    tmp_path_factory: pytest.TempPathFactory, examples: Any, schema: Any
) -> Made:
    overrides = {
        tfdv.FeaturePath(["int"]): "other",
        tfdv.FeaturePath(["tag"]): "other",
    }
    options = tfdv.StatsOptions(
        weight_feature="weight",
        per_feature_weight_override=overrides,
        num_top_values=3,
        num_rank_histogram_buckets=50,
        frequency_threshold=2,
        weighted_frequency_threshold=3.0,
        num_values_histogram_buckets=4,
        num_histogram_buckets=7,
        num_quantiles_histogram_buckets=3,
    )
    folder = tmp_path_factory.mktemp("weighted")
    return both(folder, examples, schema, stats_options_json=options.to_json())


@pytest.mark.parametrize("split", SPLITS)
def test_all_rows_and_slices_have_the_stock_statistics(
    sliced: Made, split: str
) -> None:
    ours, theirs = load(sliced.ours, split), load(sliced.theirs, split)
    absent = _absent_everywhere(ours) ^ _absent_everywhere(theirs)
    # TFDV lists them or not by the batches that it happens to make.
    found = [
        one for one in differences(ours, theirs) if one.split(" ")[0] != "features"
    ]
    assert found == []
    assert {path for _, path in absent} <= {"late", "absent", "kindless"}
    assert len(ours.datasets) == len(theirs.datasets)


def _absent_everywhere(statistics: Any) -> set[tuple[str, str]]:
    return {
        (dataset.name, feature.path.step[0])
        for dataset in statistics.datasets
        for feature in dataset.features
        if not getattr(
            feature, str(feature.WhichOneof("stats"))
        ).common_stats.num_non_missing
    }


@pytest.mark.parametrize("split", SPLITS)
def test_weights_options_and_schema_count_as_in_the_stock_statistics(
    weighted: Made, split: str
) -> None:
    ours, theirs = load(weighted.ours, split), load(weighted.theirs, split)
    assert list(differences(ours, theirs)) == []


def test_artifact_says_what_the_stock_artifact_says(sliced: Made) -> None:
    ours, theirs = sliced
    assert ours.split_names == theirs.split_names
    assert ours.span == theirs.span == 7
    mine, stock_ones = ours.mlmd_artifact, theirs.mlmd_artifact
    assert dict(mine.custom_properties) == dict(stock_ones.custom_properties)
    names = sorted(path.name for path in Path(ours.uri).rglob("*"))
    assert names == sorted(path.name for path in Path(theirs.uri).rglob("*"))


def test_beam_gives_what_this_process_gives(
    weighted: Made, examples: Any, schema: Any, tmp_path: Path
) -> None:
    options = tfdv.StatsOptions(weight_feature="weight").to_json()
    made = {
        engine: run(
            Executor,
            tmp_path / engine,
            examples,
            schema,
            stats_options_json=options,
            engine=engine,
        )
        for engine in ("columnar", "beam")
    }
    for split in (*SPLITS, "left"):
        here, there = load(made["columnar"], split), load(made["beam"], split)
        assert list(differences(here, there)) == []
    assert sorted(path.name for path in Path(made["beam"].uri).iterdir()) == [
        "Split-left",
        "Split-none",
        "Split-one",
        "Split-train",
    ]


def test_what_is_not_covered_goes_to_the_stock_executor(
    examples: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = tfdv.StatsOptions(sample_rate=0.5).to_json()
    with caplog.at_level(logging.INFO, "tidegate.statistics"):
        made = run(
            Executor,
            tmp_path / "made",
            examples,
            stats_options_json=options,
            exclude_splits='["train", "none", "left"]',
        )
    (said,) = [one for one in caplog.messages if "stock" in one]
    assert said.endswith("sample_rate = 0.5")
    assert load(made, "one").datasets
    rates = made.get_json_value_custom_property("sample_rate_by_split")
    assert "0.5" in str(rates)


@pytest.mark.parametrize("engine", ["columnar", "beam"])
def test_weights_below_0_go_to_the_stock_executor(
    engine: str, examples: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = tfdv.StatsOptions(weight_feature="huge").to_json()
    with caplog.at_level(logging.INFO, "tidegate.statistics"):
        made = run(
            Executor,
            tmp_path / "made",
            examples,
            stats_options_json=options,
            exclude_splits='["none", "left", "one"]',
            engine=engine,
        )
    (said,) = [one for one in caplog.messages if "stock" in one]
    assert said.endswith("weights below 0 in the column 'huge'")
    assert load(made, "train").datasets[0].weighted_num_examples


def test_stock_schema_gen_and_example_validator_read_it(
    examples: Any, tmp_path: Path
) -> None:
    statistics = run(Executor, tmp_path / "statistics", examples)
    schema = standard_artifacts.Schema()
    schema.uri = str(tmp_path / "schema")
    schema_gen.Executor().Do(
        {"statistics": [statistics]}, {"schema": [schema]}, {"infer_feature_shape": 1}
    )
    anomalies = standard_artifacts.ExampleAnomalies()
    anomalies.uri = str(tmp_path / "anomalies")
    example_validator.Executor().Do(
        {"statistics": [statistics], "schema": [schema]}, {"anomalies": [anomalies]}, {}
    )
    assert list(Path(anomalies.uri).rglob("SchemaDiff.pb"))
