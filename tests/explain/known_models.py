"""SavedModels whose weights are known, and examples of what they predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tests.serving.serving_models import serialized

from tidegate.columnar.tf_record import write_records

# Of the logit, which is what the labels are drawn by, too.
WEIGHTS = {"strong": 3.0, "weak": 1.0, "idle": 0.0}
KINDS = {"early": -1.6, "late": 1.6}
SERVED = (*WEIGHTS, "kind")
Served = Callable[[Any], dict[str, Any]]

_FLOATS = {name: tf.io.FixedLenFeature([], tf.float32, 0.0) for name in WEIGHTS}
_TEXTS = {"kind": tf.io.FixedLenFeature([], tf.string, "")}
_TRUTH = {
    "answer": tf.io.FixedLenFeature([], tf.int64, 0),
    "mass": tf.io.FixedLenFeature([], tf.float32, 0.0),
}
RECORDS = tf.TensorSpec([None], tf.string, name="examples")


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows with the label `answer`, the weight `mass`, and features.

    `strong` is missing in every tenth row, `unread` is in no model, and `leak` is
    the label itself. The last row weighs nothing.
    """
    random = np.random.default_rng(seed)
    made: list[dict[str, Any]] = []
    for number in range(count):
        row: dict[str, Any] = {name: float(random.normal()) for name in WEIGHTS}
        row["kind"] = str(random.choice(list(KINDS)))
        if number % 10 == 0:
            row["strong"] = None
        chance = 1 / (1 + np.exp(-_logit(row)))
        row["answer"] = int(random.random() < chance)
        row |= {"mass": 1.0, "unread": float(number), "leak": float(row["answer"])}
        made.append(row)
    made[-1]["mass"] = 0.0
    return made


def write_examples(folder: Path, given: Sequence[Mapping[str, Any]]) -> Path:
    """Writes an Examples artifact with the rows as its split "eval"."""
    file = folder / "Split-eval" / "data-00000-of-00001.gz"
    file.parent.mkdir(parents=True)
    write_records(file, [serialized(row) for row in given])
    return folder


def write_known(folder: Path, served: Served | None = None) -> Path:
    """Writes the model, with label and weight in `transform_features`.

    Args:
        folder: Where to.
        served: From serialized tf.Examples to the outputs of `serving_default`;
            None is the logistic function of the known weights.
    """
    module = tf.Module()
    default = tf.function(served or probability, input_signature=[RECORDS])
    made = tf.function(_truth, input_signature=[RECORDS])
    module.kept = [default, made]
    signatures = {"serving_default": default, "transform_features": made}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return folder


def probability(examples: Any) -> dict[str, Any]:
    """What the known weights predict."""
    given = tf.io.parse_example(examples, {**_FLOATS, **_TEXTS})
    return {"probability": tf.sigmoid(logit_of(given))}


def logit_of(given: Mapping[str, Any]) -> Any:
    """The logit of parsed features."""
    numbers = sum(weight * given[name] for name, weight in WEIGHTS.items())
    kinds = sum(
        weight * tf.cast(given["kind"] == kind, tf.float32)
        for kind, weight in KINDS.items()
    )
    return numbers + kinds


def one_by_one(examples: Any) -> dict[str, Any]:
    """The same, parsed one record at a time."""

    def parsed(record: Any) -> Any:
        return logit_of(tf.io.parse_single_example(record, {**_FLOATS, **_TEXTS}))

    logits = tf.map_fn(parsed, examples, fn_output_signature=tf.float32)
    return {"probability": tf.sigmoid(logits)}


def one_op_each(examples: Any) -> dict[str, Any]:
    """The same, parsed by the op of TensorFlow 1."""
    kind, strong, weak, idle = tf.raw_ops.ParseExample(
        serialized=examples,
        names=[],
        sparse_keys=[],
        dense_keys=["kind", "strong", "weak", "idle"],
        sparse_types=[],
        dense_defaults=["", 0.0, 0.0, 0.0],
        dense_shapes=[[], [], [], []],
    ).dense_values
    given = {"kind": kind, "strong": strong, "weak": weak, "idle": idle}
    return {"probability": tf.sigmoid(logit_of(given))}


def leaky(examples: Any) -> dict[str, Any]:
    """Predicts by the label itself, and a little by a number."""
    spec = {"leak": tf.io.FixedLenFeature([], tf.float32, 0.0), **_FLOATS}
    given = tf.io.parse_example(examples, spec)
    return {"probability": tf.sigmoid(8 * given["leak"] - 4 + 0.01 * given["idle"])}


def secretive(examples: Any) -> dict[str, Any]:
    """Parses one feature, and guesses others from the length of the record."""
    length = tf.cast(tf.strings.length(examples), tf.float32)
    return {"probability": 0.8 * probability_of_weak(examples) + length / 5000}


def probability_of_weak(examples: Any) -> Any:
    """The logistic function of one feature."""
    spec = {"weak": _FLOATS["weak"]}
    return tf.sigmoid(tf.io.parse_example(examples, spec)["weak"])


def _truth(examples: Any) -> dict[str, Any]:
    given = tf.io.parse_example(examples, _TRUTH)
    return {"answer": given["answer"], "mass": given["mass"]}


def _logit(row: Mapping[str, Any]) -> float:
    numbers = sum(weight * (row[name] or 0.0) for name, weight in WEIGHTS.items())
    return float(numbers + KINDS[row["kind"]])
