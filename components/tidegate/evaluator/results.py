"""TFMA's result files, written by TFMA's own conversions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from tidegate.evaluator.coverage import writes_config
from tidegate.evaluator.evaluation import SlicedMetrics
from tidegate.evaluator.request import ModelFile, Request

# What TFMA writes where Beam's collection does not say where it came from.
_LOCATION = "<user provided PCollection>"
_FORMAT = "<unknown>"
_SHARD = "-00000-of-00001"


def write_results(request: Request, sliced: SlicedMetrics, folder: str) -> bool:
    """Whether the model passes its thresholds, after the files are written.

    Args:
        request: What was evaluated.
        sliced: The metrics of each slice.
        folder: URI of the folder for the files.
    """
    from tensorflow_model_analysis.proto import metrics_for_slice_pb2 as protos
    from tensorflow_model_analysis.slicer import slicer_lib
    from tensorflow_model_analysis.writers import (
        metrics_plots_and_validations_writer as writer,
    )

    keys = [slicer_lib.serialize_slice_key(key) for key, _ in sliced]
    metrics = [writer.convert_slice_metrics_to_proto(one, []) for one in sliced]
    plots = [protos.PlotsForSlice(slice_key=key) for key in keys]
    attributions = [protos.AttributionsForSlice(slice_key=key) for key in keys]
    result = validation(request.eval_config, sliced)
    _write_records(folder, f"metrics{_SHARD}.tfrecord", metrics)
    _write_records(folder, f"plots{_SHARD}.tfrecord", plots)
    _write_records(folder, f"attributions{_SHARD}.tfrecord", attributions)
    if writes_config(request.eval_config):
        _write_config(folder, request.eval_config, request.models)
    # Last: whoever finds a verdict finds all that it is about.
    _write_records(folder, "validations.tfrecord", [result])
    return bool(result.validation_ok)


def validation(config: Any, sliced: SlicedMetrics) -> Any:
    """TFMA's ValidationResult of the metrics of all slices."""
    from tensorflow_model_analysis.evaluators import metrics_validator
    from tensorflow_model_analysis.writers import (
        metrics_plots_and_validations_writer as writer,
    )

    # A Beam CombineFn, but nothing in it needs Beam. The stock Evaluator never
    # says that a model is rubber stamped: it drops the change thresholds.
    combine = writer.CombineValidations(config, rubber_stamp=False)
    whole = combine.create_accumulator()
    for one in sliced:
        whole = combine.add_input(
            whole, metrics_validator.validate_metrics(one, config)
        )
    return combine.extract_output(whole)


def _write_records(folder: str, name: str, messages: Iterable[Any]) -> None:
    import tensorflow as tf

    path = os.path.join(folder, name)
    hidden = os.path.join(folder, f".{name}.{os.getpid()}")
    with tf.io.TFRecordWriter(hidden) as writer:
        for message in messages:
            writer.write(message.SerializeToString())
    _appear(hidden, path)


def _write_config(folder: str, config: Any, models: Iterable[ModelFile]) -> None:
    import tensorflow as tf
    from google.protobuf import json_format
    from tensorflow_model_analysis import version
    from tensorflow_model_analysis.proto import config_pb2

    locations = {model.name: model.path for model in models}
    text = json_format.MessageToJson(
        config_pb2.EvalRun(
            eval_config=config,
            version=version.VERSION,
            data_location=_LOCATION,
            file_format=_FORMAT,
            model_locations=locations,
        )
    )
    hidden = os.path.join(folder, f".eval_config.json.{os.getpid()}")
    with tf.io.gfile.GFile(hidden, "w") as stream:
        stream.write(text + "\n")
    _appear(hidden, os.path.join(folder, "eval_config.json"))


def _appear(hidden: str, path: str) -> None:
    """Gives a written file its name, once it is on the disk."""
    import tensorflow as tf

    if os.path.exists(hidden):
        with open(hidden, "rb+") as stream:
            os.fsync(stream.fileno())
    tf.io.gfile.rename(hidden, path, overwrite=True)
