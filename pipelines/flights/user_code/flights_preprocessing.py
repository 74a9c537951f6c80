"""From raw flights to the model's inputs, the label and the weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import flights_features as features  # type: ignore[import-not-found]
import tensorflow as tf
import tensorflow_transform as tft

Tensor: TypeAlias = "tf.Tensor | tf.SparseTensor"


def preprocessing_fn(inputs: Mapping[str, Tensor]) -> dict[str, tf.Tensor]:
    """The model's inputs, the label and the weight, one row a flight.

    Every row is kept, whatever became of the flight (see `_weight`), so that
    counts can be compared from the raw files to the evaluation.

    Args:
        inputs: Raw columns; those that may be missing come as sparse tensors.
    """
    outputs = {name: _scaled(inputs[name]) for name in features.NUMERIC}
    outputs[features.MINUTE_OF_DAY] = _scaled(
        inputs["hour"] * 60 + inputs["minute"],
    )
    for name in features.CATEGORICAL:
        outputs[name] = tft.compute_and_apply_vocabulary(
            _flat(inputs[name]),
            num_oov_buckets=features.UNSEEN_SLOTS,
            vocab_filename=name,
        )
    outputs[features.DAY_OF_WEEK] = day_of_week(
        *(_flat(inputs[name]) for name in features.DATE)
    )
    outputs[features.LABEL] = _label(inputs)
    outputs[features.WEIGHT] = _weight(inputs)
    return outputs


def day_of_week(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Day of the week of Gregorian dates: 0 is Saturday, 6 is Friday.

    Zeller's congruence (Acta Mathematica 9, 1887), in which January and
    February are the 13th and 14th month of the year before.
    """
    early = tf.cast(month < 3, tf.int64)
    year, month = year - early, month + 12 * early
    century, in_century = year // 100, year % 100
    terms = 13 * (month + 1) // 5 + in_century // 4 + century // 4
    return (day + terms + in_century + 5 * century) % features.DAYS


def _label(inputs: Mapping[str, Tensor]) -> tf.Tensor:
    """1 where the flight arrived more than 15 minutes late, else 0.

    A flight without an arrival delay gets 0, which `_weight` makes irrelevant.
    """
    delay = _dense(inputs["arr_delay"], missing=0)
    return tf.cast(delay > features.LATE_MINUTES, tf.int64)


def _weight(inputs: Mapping[str, Tensor]) -> tf.Tensor:
    """1 for a flight that departed and landed where it was due, else 0.

    Two kinds of flight have no answer to "did it arrive late?" and neither is
    guessed. A cancelled flight never departed, so nobody asks at its
    departure. A diverted one departed but has no arrival delay. Both stay in
    the data and teach, and are judged by, nothing.
    """
    departed = _is_present(inputs[features.DEPARTED])
    diverted = departed & ~_is_present(inputs["arr_delay"])
    return tf.cast(departed & ~diverted, tf.float32)


def _scaled(column: Tensor) -> tf.Tensor:
    """Z-scores over the values that are present; the mean (0) where missing."""
    scores = tft.scale_to_z_score(_as_float(column))
    return _dense(scores, missing=0.0)


def _as_float(column: Tensor) -> Tensor:
    if isinstance(column, tf.SparseTensor):
        return tf.SparseTensor(
            column.indices, tf.cast(column.values, tf.float32), column.dense_shape
        )
    return tf.cast(column, tf.float32)


def _is_present(column: Tensor) -> tf.Tensor:
    """True in every row that has a value."""
    if not isinstance(column, tf.SparseTensor):
        return tf.ones_like(_flat(column), tf.bool)
    marks = tf.SparseTensor(
        column.indices, tf.ones_like(column.values, tf.int64), column.dense_shape
    )
    return _dense(marks, missing=0) > 0


def _dense(column: Tensor, *, missing: float) -> tf.Tensor:
    """One value a row, `missing` where there was none."""
    if isinstance(column, tf.SparseTensor):
        shape = [column.dense_shape[0], 1]
        narrow = tf.SparseTensor(column.indices, column.values, shape)
        column = tf.sparse.to_dense(narrow, tf.cast(missing, column.dtype))
    return _flat(column)


def _flat(column: tf.Tensor) -> tf.Tensor:
    return tf.reshape(column, [-1])
