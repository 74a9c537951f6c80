"""Transform against the stock component on the same examples."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import transform_trial as trial
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.components.transform import executor as stock
from transform_trial import Data

from tidegate.columnar.dataset import Part
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.columnar.twin import MANIFEST
from tidegate.columnar.twin_dataset import TwinDataset
from tidegate.transform.executor import Executor

ROWS = {"train": 900, "eval": 150}
# Beam takes several stages for every entry, so a smaller function has it.
CACHE = ("updated_analyzer_cache",)
RAW = {
    "number": tf.constant([1.0, 20.0]),
    "count": tf.constant([3, 4], tf.int64),
    "city": tf.constant(["Bern", "Rome"]),
    "label": tf.constant([0, 1], tf.int64),
    "weight": tf.constant([1.0, 1.0]),
    "vector": tf.constant([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]]),
    "sometimes": tf.sparse.from_dense([[2.0], [0.0]]),
    "words": tf.sparse.from_dense([["a", "zz"], ["c", ""]]),
    "unused": tf.sparse.from_dense(tf.constant([[1], [1]], tf.int64)),
}
"""Two rows as a model is asked about them."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return trial.written(tmp_path_factory.mktemp("data"), ROWS)


@pytest.fixture(scope="module")
def expected(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    return trial.run(stock.Executor, data, folder, "many_analyzers", absent=CACHE)


@pytest.fixture(scope="module")
def found(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    return trial.run(Executor, data, folder, "many_analyzers", absent=CACHE)


def test_the_same_files_are_written(expected: Path, found: Path) -> None:
    columns = {f"transformed_examples/columns-{split}.arrow" for split in ROWS}
    beside = {*columns, f"transformed_examples/{MANIFEST}"}
    assert trial.files(found) == trial.files(expected) | beside


def test_the_vocabularies_are_the_same(expected: Path, found: Path) -> None:
    assert trial.assets(found) == trial.assets(expected)


@pytest.mark.parametrize(
    "name",
    [
        "transform_graph/metadata/schema.pbtxt",
        "transform_graph/transformed_metadata/schema.pbtxt",
        "transform_graph/transformed_metadata/asset_map",
        "pre_transform_schema/schema.pbtxt",
        "post_transform_schema/schema.pbtxt",
        "post_transform_anomalies/SchemaDiff.pb",
    ],
)
def test_schemas_and_names_are_the_same(expected: Path, found: Path, name: str) -> None:
    assert (found / name).read_bytes() == (expected / name).read_bytes()


def _statistics(path: Path) -> statistics_pb2.DatasetFeatureStatistics:
    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
    (one,) = found.datasets
    return one


@pytest.mark.parametrize("name", ["pre_transform_stats", "post_transform_stats"])
def test_the_statistics_count_the_same(expected: Path, found: Path, name: str) -> None:
    stock_one = _statistics(expected / name / "FeatureStats.pb")
    our_one = _statistics(found / name / "FeatureStats.pb")
    assert our_one.num_examples == stock_one.num_examples
    assert our_one.name == stock_one.name
    features = {one.path.step[0]: one for one in our_one.features}
    assert set(features) == {one.path.step[0] for one in stock_one.features}
    for theirs in stock_one.features:
        ours = features[theirs.path.step[0]]
        assert ours.type == theirs.type
        kind = theirs.WhichOneof("stats")
        common = getattr(theirs, kind).common_stats
        mine = getattr(ours, kind).common_stats
        for counted in ("num_non_missing", "num_missing", "tot_num_values"):
            assert getattr(mine, counted) == getattr(common, counted), theirs.path
        if kind == "num_stats":
            for value in ("mean", "std_dev", "min", "max"):
                assert getattr(ours.num_stats, value) == pytest.approx(
                    getattr(theirs.num_stats, value), rel=1e-4, abs=1e-4
                ), theirs.path
        else:
            assert ours.string_stats.unique == theirs.string_stats.unique


def _features(record: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    example = tf.train.Example.FromString(record)
    found = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = (kind, list(getattr(feature, kind).value) if kind else [])
    return found


@pytest.mark.parametrize("split", ROWS)
def test_the_transformed_examples_are_the_same(
    expected: Path, found: Path, split: str
) -> None:
    theirs, ours = trial.records(expected, split), trial.records(found, split)
    assert len(ours) == len(theirs) == ROWS[split]
    for their_record, our_record in zip(theirs, ours, strict=True):
        their_row, our_row = _features(their_record), _features(our_record)
        assert set(our_row) == set(their_row)
        for name, (kind, values) in their_row.items():
            our_kind, our_values = our_row[name]
            assert our_kind == kind, name
            if kind == "float_list":
                assert our_values == pytest.approx(values, rel=1e-5, abs=1e-4), name
            else:
                assert our_values == values, name


def test_the_graph_serves_as_the_stock_one_does(expected: Path, found: Path) -> None:
    results = []
    for folder in (expected, found):
        output = tft.TFTransformOutput(str(folder / "transform_graph"))
        results.append(output.transform_features_layer()(RAW))
    theirs, ours = results
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype
        assert ours[name].shape == tensor.shape
        dense = [
            tf.sparse.to_dense(one).numpy() if isinstance(one, tf.SparseTensor) else one
            for one in (ours[name], tensor)
        ]
        if tensor.dtype == tf.float32:
            np.testing.assert_allclose(*dense, rtol=1e-4, atol=1e-4, err_msg=name)
        else:
            np.testing.assert_array_equal(*dense, err_msg=name)


def _cache(folder: Path) -> dict[str, list[int]]:
    found = {}
    for place in (folder / "updated_analyzer_cache").iterdir():
        found[place.name] = [len(one) for one in _cached(place)]
    return found


def _cached(place: Path) -> list[list[bytes]]:
    files = sorted(place.glob("*.gz"))
    return [
        [record.numpy() for record in tf.data.TFRecordDataset([str(path)], "GZIP")]
        for path in files
    ]


def test_the_analyzer_cache_has_the_same_entries(data: Data, tmp_path: Path) -> None:
    absent = {*trial.OUTPUTS} - {"transform_graph", *CACHE}
    given = {"disable_statistics": 1, "absent": absent}
    expected = trial.run(stock.Executor, data, tmp_path / "s", "few_analyzers", **given)
    found = trial.run(Executor, data, tmp_path / "o", "few_analyzers", **given)
    assert trial.files(found) == trial.files(expected)
    assert _cache(found) == _cache(expected)
    assert trial.assets(found) == trial.assets(expected)
    for place in (expected / "updated_analyzer_cache").iterdir():
        ours = found / "updated_analyzer_cache" / place.name
        assert pickle.loads((ours / "MANIFEST").read_bytes()) == pickle.loads(
            (place / "MANIFEST").read_bytes()
        )


def test_the_stock_component_takes_the_analysis_from_our_cache(tmp_path: Path) -> None:
    absent = {*trial.OUTPUTS} - {"transform_graph", *CACHE}
    given = {"disable_statistics": 1, "absent": absent}
    data = trial.written(tmp_path, {"train": 60})
    found = trial.run(Executor, data, tmp_path / "o", "few_analyzers", **given)
    # Whoever looked at the records again would find others.
    trial.written(tmp_path, {"train": 60}, seed=8)
    kind = trial.OUTPUTS[CACHE[0]]
    cache = trial.artifact(kind, found / CACHE[0])
    folder = tmp_path / "s"
    later = trial.run(
        stock.Executor, data, folder, "few_analyzers", cache=cache, **given
    )
    assert trial.assets(later) == trial.assets(found)
    results = []
    for one in (later, found):
        output = tft.TFTransformOutput(str(one / "transform_graph"))
        results.append(output.transform_features_layer()(RAW)["zscore"].numpy())
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_the_columns_beside_the_records_hold_the_same(found: Path) -> None:
    folder = found / "transformed_examples"
    for split in ROWS:
        dataset = open_artifact(folder, [split])
        assert isinstance(dataset, TwinDataset)
        columns = pa.concat_tables(batch.table for batch in dataset.batches())
        parts = [Part("records", split, path) for path in folder.glob(f"*-{split}/*")]
        records = RecordDataset(parts)
        read = pa.concat_tables(batch.table for batch in records.batches())
        assert columns.column_names == read.column_names
        for name in read.column_names:
            assert columns[name].to_pylist() == read[name].to_pylist(), name


def test_what_runs_on_beam_only_goes_to_the_stock_executor(
    data: Data, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tidegate.transform"):
        folder = trial.run(
            Executor,
            data,
            tmp_path,
            "beam_analyzer",
            disable_statistics=1,
            absent={*trial.OUTPUTS} - {"transform_graph"},
        )
    assert "on Beam, for the analyzer _Largest" in caplog.text
    output = tft.TFTransformOutput(str(folder / "transform_graph"))
    assert set(output.transformed_feature_spec()) == {"share"}
