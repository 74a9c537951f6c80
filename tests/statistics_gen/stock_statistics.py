"""Nasty examples, and statistics of them by either StatisticsGen."""

from __future__ import annotations

import gzip
import math
import random
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import google_crc32c
import tensorflow as tf
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tfx.dsl.components.base import base_beam_executor
from tfx.types import artifact_utils, standard_artifacts

Statistics = statistics_pb2.DatasetFeatureStatisticsList
Values = list[int] | list[float] | list[bytes]
ROWS = 400


def pipelines() -> Any:
    """A context whose pipelines run in this process, by their name."""
    return base_beam_executor.BaseBeamExecutor.Context(
        make_beam_pipeline_fn=lambda: beam.Pipeline(runner=FnApiRunner())
    )


def nasty_rows(rows: int = ROWS, seed: int = 5) -> list[dict[str, Values | None]]:
    """Rows by feature; None is a feature without a kind, [] a list without values."""
    draw = random.Random(seed)
    return [_row(draw, place, rows) for place in range(rows)]


def _row(draw: random.Random, place: int, rows: int) -> dict[str, Values | None]:
    odd = [math.nan, math.inf, -math.inf, 0.0, -0.0]
    several = [draw.randrange(6) for _ in range(draw.randrange(5))]
    row: dict[str, Values | None] = {
        "int": [draw.randrange(-50, 50)] if draw.random() < 0.8 else [],
        "huge": [draw.choice([2**63 - 1, -(2**63), 0, 2**53 + 1])],
        "float": [draw.gauss(0, 3)],
        "odd": [draw.choice([*odd, 1.5, -7.25, draw.gauss(0, 1)])],
        "nan": [math.nan],
        "infinite": [math.inf],
        "constant": [3.5],
        "void": None,
        "hollow": [],
        "word": [draw.choice(["ä", "b", "zwölf", "東京", ""]).encode()],
        "tag": [f"t{draw.randrange(90)}".encode()],
        "bytes": [draw.choice([b"\xff\xfe", b"\xfe", b"ok", b"\x00"])],
        "ints": several,
        "floats": [draw.random() for _ in range(draw.randrange(3))],
        "words": [draw.choice([b"x", b"y", b"\xff"]) for _ in several],
        "weight": [draw.choice([0.0, 0.5, 1.0, 2.25])],
        "other": [draw.randrange(1, 9)],
        "category": [draw.randrange(12)] if draw.random() < 0.9 else [],
        "flag": [draw.randrange(2)],
        "image": [bytes([draw.randrange(255)]) * draw.randrange(1, 20)],
    }
    if draw.random() < 0.5:
        row["absent"] = [draw.randrange(5)] if draw.random() < 0.5 else []
    if place >= rows - 3:
        row["late"] = [b"late"]
    if draw.random() < 0.3:
        row["kindless"] = None
    elif draw.random() < 0.5:
        row["kindless"] = [1.25]
    return row


def example(row: Mapping[str, Values | None]) -> bytes:
    """A row as a serialized tf.Example."""
    made = tf.train.Example()
    for name, values in row.items():
        feature = made.features.feature[name]
        if values is None:
            continue
        kind = _KINDS.get(name) or _kind(values)
        held = getattr(feature, kind)
        held.SetInParent()
        held.value.extend(values)
    found: bytes = made.SerializeToString(deterministic=True)
    return found


_KINDS = {
    "int": "int64_list",
    "ints": "int64_list",
    "floats": "float_list",
    "words": "bytes_list",
    "hollow": "int64_list",
    "absent": "int64_list",
    "category": "int64_list",
}


def _kind(values: Values) -> str:
    if isinstance(values[0], bytes):
        return "bytes_list"
    return "int64_list" if isinstance(values[0], int) else "float_list"


def write_examples(
    folder: Path, splits: Mapping[str, list[dict[str, Values | None]]]
) -> Any:
    """An Examples artifact of these rows."""
    for split, rows in splits.items():
        target = folder / f"Split-{split}"
        target.mkdir(parents=True)
        half = (len(rows) + 1) // 2
        for number, part in enumerate((rows[:half], rows[half:])):
            path = target / f"data_tfrecord-0000{number}-of-00002.gz"
            with gzip.open(path, "wb") as stream:
                for row in part:
                    stream.write(_record(example(row)))
    artifact = standard_artifacts.Examples()
    artifact.uri = str(folder)
    artifact.split_names = artifact_utils.encode_split_names(list(splits))
    artifact.span = 7
    return artifact


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    crc = google_crc32c.value(content)
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return struct.pack("<I", masked)


def schema_artifact(folder: Path, schema: schema_pb2.Schema) -> Any:
    """A Schema artifact."""
    folder.mkdir(parents=True)
    (folder / "schema.pbtxt").write_text(str(schema))
    artifact = standard_artifacts.Schema()
    artifact.uri = str(folder)
    return artifact


def run(
    executor: type, folder: Path, examples: Any, schema: Any = None, **properties: Any
) -> Any:
    """The ExampleStatistics artifact that an executor makes."""
    output = standard_artifacts.ExampleStatistics()
    output.uri = str(folder)
    inputs = {"examples": [examples], **({"schema": [schema]} if schema else {})}
    executor(pipelines()).Do(inputs, {"statistics": [output]}, properties)
    return output


def load(artifact: Any, split: str) -> Statistics:
    """The statistics of a split."""
    found = Statistics()
    path = Path(artifact.uri) / f"Split-{split}" / "FeatureStats.pb"
    found.ParseFromString(path.read_bytes())
    return found
