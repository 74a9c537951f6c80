"""The batches are those of the stock reader, and so is what is saved."""

from __future__ import annotations

import gzip
import logging
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.util import tfxio_utils
from tfx.types import standard_artifacts
from tfx_bsl.public import tfxio

from tidegate import training
from tidegate.errors import DataError

ROWS = 230
SCHEMA = """
feature { name: "count" type: INT presence { min_fraction: 1 } shape {} }
feature { name: "ratio" type: FLOAT presence { min_fraction: 1 } shape {} }
feature { name: "pair" type: FLOAT presence { min_fraction: 1 }
          shape { dim { size: 2 } } }
feature { name: "name" type: BYTES presence { min_fraction: 1 } shape {} }
feature { name: "tags" type: BYTES }
feature { name: "marks" type: INT }
feature { name: "never" type: FLOAT }
tensor_representation_group { key: "" value {
  tensor_representation { key: "filled" value { dense_tensor {
    column_name: "maybe" default_value { int_value: -1 } shape {} } } } } }
feature { name: "maybe" type: INT }
"""


def schema(text: str = SCHEMA) -> schema_pb2.Schema:
    parsed: schema_pb2.Schema = text_format.Parse(text, schema_pb2.Schema())
    return parsed


def example(number: int) -> bytes:
    made = tf.train.Example()
    feature = made.features.feature
    feature["count"].int64_list.value.append(number)
    feature["ratio"].float_list.value.append(number / 7)
    feature["pair"].float_list.value.extend([number, -number])
    feature["name"].bytes_list.value.append(b"\xff%d" % (number % 5))
    feature["tags"].bytes_list.value.extend([b"a", b"bc", b""][: number % 4])
    feature["marks"].int64_list.value.extend(range(number % 3))
    if number % 2:
        feature["maybe"].int64_list.value.append(number)
    return bytes(made.SerializeToString(deterministic=True))


def write(folder: Path, records: list[bytes]) -> None:
    folder.mkdir(parents=True)
    path = str(folder / "data_tfrecord-00000-of-00001.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for record in records:
            writer.write(record)


def fn_args(folder: Path) -> Any:
    """What a Trainer hands over for the examples in `folder`."""
    examples = standard_artifacts.Examples()
    examples.uri = str(folder)
    examples.split_names = '["train", "eval"]'
    factory = tfxio_utils.get_tf_dataset_factory_from_artifact([examples], ["test"])
    return SimpleNamespace(
        train_files=[str(folder / "Split-train" / "*")],
        eval_files=[str(folder / "Split-eval" / "*")],
        data_accessor=SimpleNamespace(tf_dataset_factory=factory),
    )


@pytest.fixture(scope="module")
def args(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("examples")
    write(folder / "Split-train", [example(number) for number in range(ROWS)])
    write(folder / "Split-eval", [example(number) for number in range(ROWS, ROWS + 9)])
    return fn_args(folder)


def plain(tensor: Any) -> list[Any]:
    """One value a row, equal for equal rows."""
    if isinstance(tensor, tf.SparseTensor):
        rows: list[list[Any]] = [[] for _ in range(int(tensor.dense_shape[0]))]
        for (row, _), value in zip(
            tensor.indices.numpy(), tensor.values.numpy(), strict=True
        ):
            rows[row].append(value)
        return [tuple(row) for row in rows]
    values = tensor.numpy()
    return [tuple(np.ravel(value).tolist()) for value in values]


def rows(batches: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for batch in batches:
        columns = [plain(batch[name]) for name in sorted(batch)]
        found.extend(zip(*columns, strict=True))
    return found


def stock(args: Any, files: list[str], **options: Any) -> Any:
    made = tfxio.TensorFlowDatasetOptions(num_epochs=1, **options)
    return args.data_accessor.tf_dataset_factory(files, made, schema())


@pytest.mark.parametrize("held_bytes", [2**20, 100], ids=["held", "streamed"])
def test_the_batches_are_those_of_the_stock_reader(args: Any, held_bytes: int) -> None:
    files = args.train_files
    ours = training.dataset(
        args, files, schema(), batch_size=32, shuffle=False, held_bytes=held_bytes
    )
    streams = ours.cardinality() == tf.data.UNKNOWN_CARDINALITY
    assert streams == (held_bytes == 100)
    theirs = stock(args, files, batch_size=32, shuffle=False)
    assert set(ours.element_spec) == set(theirs.element_spec) >= {"filled", "tags"}
    for name, spec in theirs.element_spec.items():
        assert type(ours.element_spec[name]) is type(spec)
        assert ours.element_spec[name].dtype == spec.dtype
        assert spec.shape.is_compatible_with(ours.element_spec[name].shape)
    for one, other in zip(ours, theirs, strict=True):
        for name in other:
            assert plain(one[name]) == plain(other[name]), name
            if isinstance(other[name], tf.SparseTensor):
                shapes = one[name].dense_shape, other[name].dense_shape
                assert shapes[0].numpy().tolist() == shapes[1].numpy().tolist()
                same = one[name].indices.numpy() == other[name].indices.numpy()
                assert np.all(same)


@pytest.mark.parametrize("held_bytes", [2**20, 100], ids=["held", "streamed"])
def test_shuffled_epochs_have_every_example_once(args: Any, held_bytes: int) -> None:
    def made(seed: int) -> Any:
        return training.dataset(
            args,
            args.train_files,
            schema(),
            batch_size=32,
            shuffle_seed=seed,
            held_bytes=held_bytes,
        )

    dataset = made(3)
    first, second = rows(dataset), rows(dataset)
    expected = rows(stock(args, args.train_files, batch_size=50, shuffle=True))
    assert Counter(first) == Counter(second) == Counter(expected)
    assert len(first) == ROWS
    assert first != second
    again = made(3)
    assert (rows(again), rows(again)) == (first, second)
    assert rows(made(4)) != first


def test_the_last_batch_is_kept_or_dropped_as_asked(args: Any) -> None:
    def sizes(**options: Any) -> list[int]:
        made = training.dataset(
            args, args.train_files, schema(), batch_size=100, **options
        )
        sizes = [int(batch["count"].shape[0]) for batch in made]
        assert made.cardinality() == len(sizes)
        return sizes

    assert sizes() == [100, 100, 30]
    assert sizes(drop_final_batch=True) == [100, 100]
    assert sizes(num_epochs=2) == [100, 100, 100, 100, 60]


def test_epochs_without_an_end_give_full_batches(args: Any) -> None:
    made = training.dataset(
        args, args.eval_files, schema(), batch_size=4, num_epochs=None
    )
    assert made.cardinality() == tf.data.INFINITE_CARDINALITY
    assert made.element_spec["count"].shape == [4]
    assert [len(batch["count"]) for batch in made.take(7)] == [4] * 7


def test_the_label_stands_beside_the_features(args: Any) -> None:
    made = training.dataset(
        args, args.eval_files, schema(), batch_size=9, label_key="count", shuffle=False
    )
    ((features, label),) = list(made)
    assert "count" not in features
    assert label.numpy().tolist() == list(range(ROWS, ROWS + 9))


def test_several_splits_are_read_one_after_the_other(args: Any) -> None:
    files = [*args.train_files, *args.eval_files]
    made = training.dataset(args, files, schema(), batch_size=100, shuffle=False)
    seen = [int(one) for batch in made for one in batch["count"]]
    assert seen == list(range(ROWS + 9))


RAGGED = """
feature { name: "marks" type: INT }
tensor_representation_group { key: "" value { tensor_representation { key: "r"
  value { ragged_tensor { feature_path { step: "marks" } } } } } }
"""


def test_what_is_not_covered_goes_to_the_stock_reader(
    args: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tidegate.training")
    made = training.dataset(args, args.train_files, schema(RAGGED), batch_size=50)
    (line,) = [one for one in caplog.records if one.name == "tidegate.training"]
    assert "the stock reader reads the examples: the tensor 'r' is a " in line.message
    assert sum(int(batch["r"].nrows()) for batch in made) == ROWS


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("gs://bucket/Split-train/*", "not on this machine"),
        ("/nowhere/Split-train/*", "not the folder of a split"),
        ("/nowhere/train/data*", "not the folder of a split"),
    ],
)
def test_files_elsewhere_go_to_the_stock_reader(
    pattern: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tidegate.training")
    asked: list[Any] = []
    accessor = SimpleNamespace(tf_dataset_factory=lambda *given: asked.append(given))
    given = SimpleNamespace(data_accessor=accessor)
    training.dataset(
        given,  # type: ignore[arg-type]
        [pattern],
        schema(),
        batch_size=7,
        shuffle_seed=5,
        label_key="count",
        drop_final_batch=True,
    )
    ((files, options, _),) = asked
    assert files == [pattern]
    wanted = (7, True, 5, "count", True, 1)
    assert wanted == (
        options.batch_size,
        options.shuffle,
        options.shuffle_seed,
        options.label_key,
        options.drop_final_batch,
        options.num_epochs,
    )
    assert reason in caplog.text


def test_parquet_goes_to_the_stock_reader(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tidegate.training")
    folder = tmp_path / "Split-train"
    folder.mkdir()
    (folder / "data").write_bytes(b"PAR1 and so on")
    accessor = SimpleNamespace(tf_dataset_factory=lambda *given: None)
    given = SimpleNamespace(data_accessor=accessor)
    training.dataset(given, [str(folder / "*")], schema(), batch_size=7)  # type: ignore[arg-type]
    assert "data is a Parquet file" in caplog.text


def test_records_that_were_cut_are_an_error(tmp_path: Path) -> None:
    write(tmp_path / "Split-train", [example(number) for number in range(50)])
    (file,) = (tmp_path / "Split-train").iterdir()
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes())[:-9]))
    args = fn_args(tmp_path)
    with pytest.raises(DataError):
        training.dataset(args, args.train_files, schema(), batch_size=7)


# Without y: serving has no label.
RAW = {
    "x": tf.io.FixedLenFeature([], tf.int64),
    "word": tf.io.FixedLenFeature([], tf.string),
}


@pytest.fixture(scope="module")
def transformed(tmp_path_factory: pytest.TempPathFactory) -> tft.TFTransformOutput:
    """A transform graph with a vocabulary, as Transform writes one."""
    import apache_beam as beam
    import tensorflow_transform.beam as tft_beam
    from apache_beam.runners.portability import fn_api_runner

    def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
        x = tf.cast(inputs["x"], tf.float32)
        word = tft.compute_and_apply_vocabulary(inputs["word"], vocab_filename="word")
        return {"x": tft.scale_to_z_score(x), "word": word, "y": inputs["y"] + 1}

    spec = {**RAW, "y": tf.io.FixedLenFeature([], tf.int64)}
    metadata = tft.DatasetMetadata.from_feature_spec(spec)
    data = [{"x": n, "word": f"w{n % 3}", "y": n} for n in range(6)]
    folder = tmp_path_factory.mktemp("transform")
    runner = fn_api_runner.FnApiRunner()
    with (
        beam.Pipeline(runner=runner) as pipeline,
        tft_beam.Context(temp_dir=str(folder / "temp")),
    ):
        given = pipeline | beam.Create(data), metadata
        made = given | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = made | tft_beam.WriteTransformFn(str(folder / "graph"))
    return tft.TFTransformOutput(str(folder / "graph"))


@pytest.mark.filterwarnings("ignore")
def test_the_saved_transformation_gives_what_the_stock_layer_gives(
    transformed: tft.TFTransformOutput, tmp_path: Path
) -> None:
    exported = tf.Module()
    exported.transform = training.transform_layer(transformed)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(exported.transform(tf.io.parse_example(examples, RAW)))

    tf.saved_model.save(exported, str(tmp_path / "m"), signatures={"served": served})
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    examples = []
    for number, word in ((1, b"w2"), (9, b"unseen")):
        one = tf.train.Example()
        one.features.feature["x"].int64_list.value.append(number)
        one.features.feature["word"].bytes_list.value.append(word)
        examples.append(one.SerializeToString())
    found = loaded.signatures["served"](tf.constant(examples))
    raw = {"x": tf.constant([1, 9], tf.int64), "word": tf.constant([b"w2", b"unseen"])}
    expected = transformed.transform_features_layer()(raw)
    assert set(found) == set(expected) == {"x", "word"}
    for name in expected:
        assert found[name].numpy().tolist() == expected[name].numpy().tolist()
