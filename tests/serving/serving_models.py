"""Small SavedModels for tests: what they take and what they answer is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

Row = Mapping[str, Any]


def serialized(row: Row) -> bytes:
    """A row as a tf.Example; None is a feature that is not there."""
    example = tf.train.Example()
    for name, value in row.items():
        if value is None:
            continue
        feature = example.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(value.encode())
        elif isinstance(value, float):
            feature.float_list.value.append(value)
        else:
            feature.int64_list.value.append(value)
    return bytes(example.SerializeToString())


def write_model(
    folder: Path,
    answer: Callable[[dict[str, tf.Tensor]], tf.Tensor] | None = None,
    *,
    features: tuple[str, ...] = ("x",),
    takes_records: bool = True,
    output: str = "probability",
    signature: str = "serving_default",
) -> Path:
    """Writes a SavedModel of float features.

    Args:
        folder: Where to.
        answer: From feature name to a tensor of one number a row, to the output;
            None is the logistic function of the first feature.
        features: Names of the features, each one float a row.
        takes_records: Whether the signature takes serialized tf.Examples.
        output: Name of the output.
        signature: Name of the signature.
    """
    answer = answer or (lambda given: tf.sigmoid(given[features[0]]))
    module = tf.Module()
    module.bias = tf.Variable(0.0)
    spec = {name: tf.io.FixedLenFeature([], tf.float32, 0.0) for name in features}

    def answered(given: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {output: answer(given) + module.bias}

    if takes_records:

        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.string, name="examples")]
        )
        def called(rows: tf.Tensor) -> dict[str, tf.Tensor]:
            return answered(tf.io.parse_example(rows, spec))

        signatures = {signature: called}
    else:
        named = tf.function(lambda **given: answered(given))
        signatures = {
            signature: named.get_concrete_function(
                **{
                    name: tf.TensorSpec([None], tf.float32, name=name)
                    for name in features
                }
            )
        }
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return folder
