"""Small examples, and an executor of Transform run on them in this process."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf
from tfx.components.transform import executor as stock
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts

from tidegate.columnar.tf_record import write_records

HERE = Path(__file__).parent
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


def written(folder: Path, rows: Mapping[str, int], seed: int = 7) -> Data:
    """Examples of so many rows a split, and their schema."""
    chance = random.Random(seed)
    for split, number in rows.items():
        place = folder / "examples" / f"Split-{split}"
        place.mkdir(parents=True, exist_ok=True)
        records = [example(chance) for _ in range(number)]
        write_records(place / "data_tfrecord-00000-of-00001.gz", records)
    examples = artifact(standard_artifacts.Examples, folder / "examples")
    examples.split_names = json.dumps(list(rows))
    examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
    examples.set_string_custom_property("file_format", "tfrecords_gzip")
    (folder / "schema").mkdir(exist_ok=True)
    (folder / "schema" / "schema.pbtxt").write_text(SCHEMA)
    schema = artifact(standard_artifacts.Schema, folder / "schema")
    return Data(examples, schema)


def example(chance: random.Random) -> bytes:
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


def artifact(kind: Any, folder: Path) -> Any:
    made = kind()
    made.uri = str(folder)
    return made


def run(
    executor: type[stock.Executor], data: Data, folder: Path, code: str, **given: Any
) -> Path:
    """The folder of the outputs of an executor.

    Args:
        executor: The stock one or ours.
        data: What to transform.
        folder: Folder for the outputs.
        code: Module of the preprocessing_fn.
        **given: Execution properties; `absent` names outputs that are not asked
            for, `cache` is an analyzer cache to read.
    """
    absent = given.pop("absent", ())
    cache = given.pop("cache", None)
    outputs = {}
    for name, kind in OUTPUTS.items():
        if name not in absent:
            (folder / name).mkdir(parents=True)
            outputs[name] = [artifact(kind, folder / name)]
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
    if cache is not None:
        inputs["analyzer_cache"] = [cache]
    executor(context).Do(inputs, outputs, {**properties, **given})
    return folder


def files(folder: Path) -> set[str]:
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {path for path in found if not path.startswith("tmp/")}


def assets(folder: Path) -> dict[str, list[bytes]]:
    place = folder / "transform_graph" / "transform_fn" / "assets"
    found = {}
    for path in place.iterdir():
        if path.suffix == ".gz":
            records = tf.data.TFRecordDataset([str(path)], "GZIP")
            found[path.name] = [record.numpy() for record in records]
        else:
            found[path.name] = path.read_bytes().splitlines(keepends=True)
    return found


def records(folder: Path, split: str) -> list[bytes]:
    """The transformed examples of a split."""
    place = folder / "transformed_examples" / f"Split-{split}"
    paths = [str(path) for path in sorted(place.iterdir())]
    return [record.numpy() for record in tf.data.TFRecordDataset(paths, "GZIP")]
