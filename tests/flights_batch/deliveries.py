"""Deliveries of flights to predict for, and a model that is served for them."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path


def without_columns(file: Path, names: Collection[str]) -> Path:
    """Takes columns out of a CSV file."""
    with open(file, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = [name for name in rows[0] if name not in names]
    with open(file, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(
            stream, kept, extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)
    return file


def push_model(pushed: Path, version: int) -> Path:
    """Pushes a model that goes by the delay at departure alone."""
    import tensorflow as tf

    module = tf.Module()
    # A cancelled flight has the feature as a list without values.
    spec = {"dep_delay": tf.io.VarLenFeature(tf.int64)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_example(examples, spec)["dep_delay"]
        given = tf.sparse.reset_shape(parsed, [tf.shape(examples)[0], 1])
        delay = tf.cast(tf.sparse.to_dense(given), tf.float32)
        return {"probability": tf.sigmoid(delay / 15)}

    folder = pushed / str(version)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": served})
    return folder
