"""Our ExampleGen gives what the stock CsvExampleGen gives, row by row."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet
from tfx.components.example_gen.csv_example_gen import executor as stock
from tfx.components.example_gen.custom_executors import parquet_executor
from tfx.components.example_gen.import_example_gen import executor as import_executor
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from tidegate.columnar.open_data import open_artifact, open_dataset
from tidegate.columnar.tf_record import read_records, write_records
from tidegate.example_gen.inputs import find_inputs
from tidegate.example_gen.splits import HashSplit
from tidegate.example_gen.writing import write_examples

# Named whole: the short names try others first, and fall back in silence.
RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
SPLITS = {"train": 2, "eval": 1}
ROWS = [
    'id,price,name,note,empty,mixed,"wide"',
    '1,1.5,Zürich,"a, b",,7,',
    "-2,,Oslo,,,x,9223372036854775807",
    '3,1e3,"say ""hi""",plain,,,1',
    "",
    '4,nan,"two\nlines",ok,,8,-9223372036854775808',
    "5, 2.25,,,,9,0",
    *(f"{i},{i / 7},n{i % 5},,,{i},{i * 10**9}" for i in range(6, 200)),
]


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with two CSV files."""
    data = tmp_path / "data"
    data.mkdir()
    header = ROWS[0].replace('"', "")
    for name, rows in (("a.csv", ROWS[1:100]), ("b.csv", ROWS[100:])):
        text = request.param.join([header, *rows]) + request.param
        (data / name).write_bytes(text.encode())
    return data


def test_examples_and_splits_are_those_of_the_stock_component(
    folder: Path, tmp_path: Path
) -> None:
    theirs = run_stock(folder, tmp_path / "stock")
    ours = tmp_path / "ours"
    write_examples(open_dataset(str(folder)), ours, SPLITS)
    for split in SPLITS:
        assert examples(ours, split) == examples(theirs, split)


def run_stock(
    data: Path,
    target: Path,
    executor: Any = stock.Executor,
    pattern: str = "*.csv",
    by: str | None = None,
) -> Path:
    """Runs a stock executor in this process; its artifact's folder."""
    artifact = standard_artifacts.Examples()
    artifact.uri = str(target)
    output = example_gen_pb2.Output(
        split_config=example_gen_pb2.SplitConfig(
            splits=[
                example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets)
                for name, buckets in SPLITS.items()
            ],
            partition_feature_name=by,
        )
    )
    inputs = example_gen_pb2.Input(
        splits=[example_gen_pb2.Input.Split(name="single", pattern=pattern)]
    )
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=[f"--runner={RUNNER}"]
    )
    executor(context).Do(
        {},
        {"examples": [artifact]},
        {
            "input_base": str(data),
            "input_config": proto_utils.proto_to_json(inputs),
            "output_config": proto_utils.proto_to_json(output),
            "output_data_format": example_gen_pb2.FORMAT_TF_EXAMPLE,
            "output_file_format": example_gen_pb2.FORMAT_TFRECORDS_GZIP,
        },
    )
    assert json.loads(artifact.split_names) == list(SPLITS)
    return target


def parquet_table(rows: int = 120) -> pa.Table:
    """What Parquet files may hold, gaps, zeros and empty text among it."""
    numbers = list(range(rows))
    return pa.table(
        {
            "key": [f"key {i % 40}" for i in numbers],
            "count": pa.array([i % 3 for i in numbers], pa.int16()),
            "gaps": [None if i % 4 == 0 else i * 10**15 for i in numbers],
            "big": [2**63 - 1 - i if i % 2 else -(2**63) + i for i in numbers],
            "double": [
                [1e5, 0.1, -0.0, float("inf"), 1e300, None][i % 6] for i in numbers
            ],
            "half": pa.array([i / 8 for i in numbers], pa.float32()),
            "flag": [[True, False, None][i % 3] for i in numbers],
            "text": [
                ["Zürich", "", 'a, "b"', None, "two\nlines"][i % 5] for i in numbers
            ],
            "raw": [[b"bytes", b"", None][i % 3] for i in numbers],
            "code": pa.array(["x", "y", None] * (rows // 3)).dictionary_encode(),
            "none": pa.nulls(rows),
            "nothing": pa.nulls(rows, pa.float64()),
            "many": [[[1, 2], [], None, [0]][i % 4] for i in numbers],
            "words": [[["a", "é"], [""], None][i % 3] for i in numbers],
        }
    )


def as_stock(record: bytes) -> bytes:
    """The example without single zeros and empty text, which stock takes for none."""
    example = tf.train.Example.FromString(record)
    for name, feature in example.features.feature.items():
        values = list(
            getattr(feature, feature.WhichOneof("kind") or "int64_list").value
        )
        if name not in ("many", "words") and len(values) == 1 and not values[0]:
            feature.Clear()
    return example.SerializeToString(deterministic=True)


def test_parquet_is_read_as_by_the_stock_executor_but_keeps_zeros(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    parquet.write_table(parquet_table(), data / "a.parquet", row_group_size=50)
    theirs = run_stock(
        data, tmp_path / "stock", parquet_executor.Executor, "*.parquet", by="key"
    )
    ours = tmp_path / "ours"
    splits = HashSplit(SPLITS, by="key")
    write_examples(find_inputs(str(data), Path()).open(), ours, splits)
    for split in SPLITS:
        found = Counter(map(as_stock, examples(ours, split).elements()))
        assert found == examples(theirs, split)
    kept = [row["count"] for row in rows_of(ours)]
    assert kept.count(0) == 40


def rows_of(folder: Path) -> list[dict[str, object]]:
    """The rows of all splits."""
    return [
        row
        for batch in open_artifact(folder).batches()
        for row in batch.table.to_pylist()
    ]


def test_examples_are_imported_as_by_the_stock_component(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_records(data / "a.tfrecord.gz", [odd_example(i) for i in range(150)])
    theirs = run_stock(data, tmp_path / "stock", import_executor.Executor, "*")
    ours = tmp_path / "ours"
    write_examples(find_inputs(str(data), Path()).open(), ours, SPLITS)
    for split in SPLITS:
        assert examples(ours, split) == examples(theirs, split)


def odd_example(number: int) -> bytes:
    """An example with its features in any order, some of them several or none."""
    order = random.Random(number).sample("abcdef", 6)
    example = tf.train.Example()
    for name in order[: 6 - number % 2]:
        feature = example.features.feature[name]
        if name in "ab":
            feature.int64_list.value.extend(range(number % (2 if name == "a" else 3)))
        elif name == "c":
            feature.float_list.value.append(number / 7)
        elif name in "de":
            feature.bytes_list.value.extend([b"\xff", b"text"][: 1 + number % 2])
    parts = [
        tf.train.Example(
            features=tf.train.Features(feature={name: example.features.feature[name]})
        ).SerializeToString()
        for name in order
        if name in example.features.feature
    ]
    # Pieces of one message behind each other are that message, in this order.
    return b"".join(parts)


def examples(folder: Path, split: str) -> Counter[bytes]:
    """The examples of a split, counted, in their deterministic form."""
    found: Counter[bytes] = Counter()
    for path in (folder / f"Split-{split}").iterdir():
        for record in read_records(path):
            example = tf.train.Example.FromString(record)
            found[example.SerializeToString(deterministic=True)] += 1
    assert found
    return found
