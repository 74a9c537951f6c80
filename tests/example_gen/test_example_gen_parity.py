"""Our ExampleGen gives what the stock CsvExampleGen gives, row by row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.components.example_gen.csv_example_gen import executor as stock
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.tf_record import read_records
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


def run_stock(data: Path, target: Path) -> Path:
    """Runs the stock executor in this process; its artifact's folder."""
    artifact = standard_artifacts.Examples()
    artifact.uri = str(target)
    output = example_gen_pb2.Output(
        split_config=example_gen_pb2.SplitConfig(
            splits=[
                example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets)
                for name, buckets in SPLITS.items()
            ]
        )
    )
    inputs = example_gen_pb2.Input(
        splits=[example_gen_pb2.Input.Split(name="single", pattern="*.csv")]
    )
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=[f"--runner={RUNNER}"]
    )
    stock.Executor(context).Do(
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


def examples(folder: Path, split: str) -> Counter[bytes]:
    """The examples of a split, counted, in their deterministic form."""
    found: Counter[bytes] = Counter()
    for path in (folder / f"Split-{split}").iterdir():
        for record in read_records(path):
            example = tf.train.Example.FromString(record)
            found[example.SerializeToString(deterministic=True)] += 1
    assert found
    return found
