"""Writes the outputs of Transform as the stock component writes them."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper
from tensorflow_transform.beam import analyzer_cache
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

from tidegate.columnar.statistics.dataset_statistics import SlicedStatistics
from tidegate.columnar.statistics.feature_protos import Settings
from tidegate.columnar.statistics.tfdv import statistics_list
from tidegate.columnar.tf_record import RecordWriter
from tidegate.transform.applying import AFTER, BEFORE
from tidegate.transform.request import Statistics
from tidegate.transform.writing import SHARD

_STATISTICS_FILE = "FeatureStats.pb"
_SCHEMA_FILE = "schema.pbtxt"
_ANOMALIES_FILE = "SchemaDiff.pb"
# As the stock executor sets TFDV's options.
_SETTINGS = Settings(sketched=True)


def transformed_metadata(model: str) -> dataset_metadata.DatasetMetadata:
    """The metadata that TFT put beside a SavedModel."""
    folder = os.path.join(model, impl_helper.METADATA_DIR_NAME)
    return metadata_io.read_metadata(folder)


def write_graph(
    output: Path, model: str, raw: schema_pb2.Schema, asset_names: Mapping[str, str]
) -> dataset_metadata.DatasetMetadata:
    """Writes the transform graph and gives the metadata of its outputs.

    Args:
        output: Folder of the artifact.
        model: Folder of the SavedModel.
        raw: Schema of the examples.
        asset_names: Vocabulary files by the names that the user gave them.
    """
    wrapper = tft.TFTransformOutput
    metadata = transformed_metadata(model)
    raw_metadata = dataset_metadata.DatasetMetadata(raw)
    metadata_io.write_metadata(raw_metadata, str(output / wrapper.RAW_METADATA_DIR))
    ignored = shutil.ignore_patterns(impl_helper.METADATA_DIR_NAME)
    shutil.copytree(
        model, output / wrapper.TRANSFORM_FN_DIR, ignore=ignored, dirs_exist_ok=True
    )
    folder = output / wrapper.TRANSFORMED_METADATA_DIR
    metadata_io.write_metadata(metadata, str(folder))
    if asset_names:
        (folder / wrapper.ASSET_MAP).write_text(json.dumps(dict(asset_names)))
    return metadata


def write_statistics(
    places: Statistics,
    before: SlicedStatistics,
    after: SlicedStatistics,
    raw: schema_pb2.Schema,
    transformed: schema_pb2.Schema,
) -> None:
    """Writes statistics, schemas and anomalies of before and after.

    Args:
        places: Where they go.
        before: What is known of the analyzed examples.
        after: What is known of the transformed examples.
        raw: Schema of the examples.
        transformed: Schema of the transformed examples.
    """
    found = statistics_list(before, BEFORE, _SETTINGS, raw)
    _write(places.pre_stats / _STATISTICS_FILE, found.SerializeToString())
    _write(places.pre_schema / _SCHEMA_FILE, _text(raw))
    found = statistics_list(after, AFTER, _SETTINGS, transformed)
    _write(places.post_stats / _STATISTICS_FILE, found.SerializeToString())
    _write(places.post_schema / _SCHEMA_FILE, _text(transformed))
    anomalies = tfdv.validate_statistics(found, transformed)
    _write(places.post_anomalies / _ANOMALIES_FILE, anomalies.SerializeToString())


def _text(schema: schema_pb2.Schema) -> bytes:
    return str(text_format.MessageToString(schema)).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    with open(hidden, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(hidden, path)


def write_cache(
    folder: Path,
    entries: Mapping[Any, Mapping[bytes, Sequence[bytes]]],
    sizes: Mapping[Any, int],
) -> None:
    """Writes accumulators where the stock Transform of a later run looks for them.

    Args:
        folder: Folder of the artifact.
        entries: Encoded accumulators of each data set, by cache keys.
        sizes: Bytes of each data set in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for key, found in entries.items():
        place = Path(analyzer_cache._get_dataset_cache_path(str(folder), key))
        place.mkdir(parents=True, exist_ok=True)
        for number, records in enumerate(found.values()):
            with RecordWriter(place / f"{number}{SHARD}") as writer:
                writer.write(list(records))
        metadata = analyzer_cache.DatasetCacheMetadata(sizes[key]).encode()
        _write_plain_record(place / "METADATA-00000-of-00001", metadata)
        manifest = {name: number for number, name in enumerate(found)}
        _write(place / "MANIFEST", pickle.dumps(manifest, protocol=0))


def _write_plain_record(path: Path, record: bytes) -> None:
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(record)
