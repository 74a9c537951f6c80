"""Transform against the stock component on the same examples."""

from __future__ import annotations

import json
import logging
import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.components.transform import executor as stock
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts

from tidegate.columnar.dataset import Part
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.columnar.tf_record import write_records
from tidegate.columnar.twin import MANIFEST
from tidegate.columnar.twin_dataset import TwinDataset
from tidegate.transform.executor import Executor

HERE = Path(__file__).parent
ROWS = {"train": 900, "eval": 150}
OUTPUTS = {
    "transform_graph": standard_artifacts.TransformGraph,
    "transformed_examples": standard_artifacts.Examples,
    "updated_analyzer_cache": standard_artifacts.TransformCache,
    "pre_transform_schema": standard_artifacts.Schema,
    "pre_transform_stats": standard_artifacts.ExampleStatistics,
    "post_transform_schema": standard_artifacts.Schema,
    "post_transform_stats": standard_artifacts.ExampleStatistics,
    "post_transform_anomalies": standard_artifacts.ExampleAnomalies,
}
# Beam takes several stages for every entry, so a smaller function has it.
CACHE = ("updated_analyzer_cache",)
SCHEMA = """
feature { name: "number" type: FLOAT presence { min_fraction: 1 } shape {} }
feature { name: "count" type: INT presence { min_fraction: 1 } shape {} }
feature { name: "city" type: BYTES presence { min_fraction: 1 } shape {} }
feature { name: "label" type: INT presence { min_fraction: 1 } shape {} }
feature { name: "weight" type: FLOAT presence { min_fraction: 1 } shape {} }
feature { name: "vector" type: FLOAT presence { min_fraction: 1 }
  shape { dim { size: 3 } } }
feature { name: "sometimes" type: FLOAT }
feature { name: "words" type: BYTES }
feature { name: "unused" type: INT }
"""


@dataclass(frozen=True)
class Data:
    """Examples and their schema as artifacts."""

    examples: Any
    schema: Any


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """Beam cannot pickle functions of a module that nobody can import."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        yield


def _example(chance: random.Random) -> bytes:
    features = {
        "number": _floats(chance.gauss(10, 3)),
        "count": _ints(int(chance.triangular(0, 12, 2))),
        "city": _texts(chance.choice(["Aden", "Bern", "Bonn", "Brno", "Oslo"])),
        "label": _ints(int(chance.random() < 0.3)),
        "weight": _floats(chance.choice([0.5, 1.0, 2.0])),
        "vector": _floats(*(chance.gauss(place, 1) for place in range(3))),
        "unused": _ints(1),
    }
    if chance.random() < 0.6:
        features["sometimes"] = _floats(chance.expovariate(0.2))
    if chance.random() < 0.8:
        some = chance.choices(["a", "b", "c", "d", "ü"], k=chance.randrange(4))
        features["words"] = _texts(*some)
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)


def _floats(*values: float) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _ints(*values: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _texts(*values: str) -> tf.train.Feature:
    encoded = [value.encode() for value in values]
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=encoded))


def _artifact(kind: Any, folder: Path) -> Any:
    made = kind()
    made.uri = str(folder)
    return made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("data")
    chance = random.Random(7)
    for split, rows in ROWS.items():
        place = folder / "examples" / f"Split-{split}"
        place.mkdir(parents=True)
        records = [_example(chance) for _ in range(rows)]
        write_records(place / "data_tfrecord-00000-of-00001.gz", records)
    examples = _artifact(standard_artifacts.Examples, folder / "examples")
    examples.split_names = json.dumps(list(ROWS))
    examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
    examples.set_string_custom_property("file_format", "tfrecords_gzip")
    (folder / "schema").mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(SCHEMA)
    schema = _artifact(standard_artifacts.Schema, folder / "schema")
    return Data(examples, schema)


def run(
    executor: type[stock.Executor], data: Data, folder: Path, code: str, **given: Any
) -> Path:
    """The folder of the outputs of an executor."""
    absent = given.pop("absent", ())
    outputs = {}
    for name, kind in OUTPUTS.items():
        if name not in absent:
            (folder / name).mkdir(parents=True)
            outputs[name] = [_artifact(kind, folder / name)]
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=["--runner=DirectRunner"],
        tmp_dir=str(folder / "tmp"),
        unique_id="1",
    )
    properties = {
        "preprocessing_fn": f"{code}.preprocessing_fn",
        "custom_config": "null",
    }
    inputs = {"examples": [data.examples], "schema": [data.schema]}
    executor(context).Do(inputs, outputs, {**properties, **given})
    return folder


@pytest.fixture(scope="module")
def expected(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    return run(stock.Executor, data, folder, "many_analyzers", absent=CACHE)


@pytest.fixture(scope="module")
def found(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    return run(Executor, data, folder, "many_analyzers", absent=CACHE)


def _files(folder: Path) -> set[str]:
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {path for path in found if not path.startswith("tmp/")}


def test_the_same_files_are_written(expected: Path, found: Path) -> None:
    columns = {f"transformed_examples/columns-{split}.arrow" for split in ROWS}
    beside = {*columns, f"transformed_examples/{MANIFEST}"}
    assert _files(found) == _files(expected) | beside


def _assets(folder: Path) -> dict[str, list[bytes]]:
    place = folder / "transform_graph" / "transform_fn" / "assets"
    found = {}
    for path in place.iterdir():
        if path.suffix == ".gz":
            records = tf.data.TFRecordDataset([str(path)], "GZIP")
            found[path.name] = [record.numpy() for record in records]
        else:
            found[path.name] = path.read_bytes().splitlines(keepends=True)
    return found


def test_the_vocabularies_are_the_same(expected: Path, found: Path) -> None:
    assert _assets(found) == _assets(expected)


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


def _records(folder: Path, split: str) -> list[bytes]:
    place = folder / "transformed_examples" / f"Split-{split}"
    files = [str(path) for path in sorted(place.iterdir())]
    return [record.numpy() for record in tf.data.TFRecordDataset(files, "GZIP")]


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
    theirs, ours = _records(expected, split), _records(found, split)
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
    inputs = {
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
    results = []
    for folder in (expected, found):
        output = tft.TFTransformOutput(str(folder / "transform_graph"))
        results.append(output.transform_features_layer()(inputs))
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
    absent = {*OUTPUTS} - {"transform_graph", *CACHE}
    given = {"disable_statistics": 1, "absent": absent}
    expected = run(stock.Executor, data, tmp_path / "s", "few_analyzers", **given)
    found = run(Executor, data, tmp_path / "o", "few_analyzers", **given)
    assert _files(found) == _files(expected)
    assert _cache(found) == _cache(expected)
    assert _assets(found) == _assets(expected)
    for place in (expected / "updated_analyzer_cache").iterdir():
        ours = found / "updated_analyzer_cache" / place.name
        assert pickle.loads((ours / "MANIFEST").read_bytes()) == pickle.loads(
            (place / "MANIFEST").read_bytes()
        )


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
        folder = run(
            Executor,
            data,
            tmp_path,
            "beam_analyzer",
            disable_statistics=1,
            absent={*OUTPUTS} - {"transform_graph"},
        )
    assert "on Beam, for the analyzer _Largest" in caplog.text
    output = tft.TFTransformOutput(str(folder / "transform_graph"))
    assert set(output.transformed_feature_spec()) == {"share"}
