"""No feature leaks the label, and flights without an answer weigh nothing."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import flights_features as features  # type: ignore[import-not-found]
import flights_preprocessing as preprocessing  # type: ignore[import-not-found]
import flights_training as training  # type: ignore[import-not-found]
import keras
import numpy as np
import pytest
import tensorflow as tf

from tidegate.serving.session_model import SessionModel

KNOWN_ONLY_LATER = {"arr_time", "arr_delay", "air_time"}
WEIGHTS = dict.fromkeys(features.CATEGORICAL, 4) | {"day_of_week": 7}


def sparse(values: list[int | None]) -> tf.SparseTensor:
    """A column as TFX gives one that may be missing, a row without a value empty."""
    present = [row for row, value in enumerate(values) if value is not None]
    held = [value for value in values if value is not None]
    return tf.SparseTensor(
        np.array([[row, 0] for row in present], np.int64).reshape(-1, 2),
        tf.constant(held, tf.int64),
        [len(values), 1 if held else 0],
    )


def test_no_column_known_only_later_is_an_input() -> None:
    assert set(features.AFTER_LANDING) == KNOWN_ONLY_LATER
    assert not KNOWN_ONLY_LATER & set(features.SERVED)
    assert not KNOWN_ONLY_LATER & set(features.MODEL_INPUTS)
    assert {features.LABEL, features.WEIGHT}.isdisjoint(features.MODEL_INPUTS)


@pytest.mark.parametrize(
    ("dep_time", "arr_delay", "label", "weight"),
    [
        pytest.param(900, 16, 1, 1, id="late"),
        pytest.param(900, 15, 0, 1, id="just-not-late"),
        pytest.param(900, -20, 0, 1, id="early"),
        pytest.param(900, None, 0, 0, id="diverted"),
        pytest.param(None, None, 0, 0, id="cancelled"),
        pytest.param(None, 30, 1, 0, id="cancelled-with-a-delay"),
    ],
)
def test_every_row_is_kept_and_those_without_an_answer_weigh_nothing(
    dep_time: int | None, arr_delay: int | None, label: int, weight: int
) -> None:
    columns = {"dep_time": [800, dep_time], "arr_delay": [99, arr_delay]}
    inputs = {name: sparse(values) for name, values in columns.items()}
    assert preprocessing._label(inputs).numpy().tolist() == [1, label]
    assert preprocessing._weight(inputs).numpy().tolist() == [1, weight]


def test_a_batch_in_which_every_value_is_missing_keeps_its_rows() -> None:
    inputs = {"dep_time": sparse([None] * 3), "arr_delay": sparse([None] * 3)}
    assert preprocessing._weight(inputs).numpy().tolist() == [0, 0, 0]
    assert preprocessing._label(inputs).numpy().tolist() == [0, 0, 0]


def test_the_day_of_the_week_is_that_of_the_calendar() -> None:
    first = datetime.date(2011, 12, 25)
    days = [first + datetime.timedelta(days=n) for n in range(1600)]
    parts = zip(*((day.year, day.month, day.day) for day in days), strict=True)
    columns = [tf.constant(part, tf.int64) for part in parts]
    saturday = 5
    expected = [(day.weekday() - saturday) % 7 for day in days]
    assert preprocessing.day_of_week(*columns).numpy().tolist() == expected


def test_the_model_takes_its_inputs_and_gives_a_probability() -> None:
    keras.utils.set_random_seed(1)
    model = training.build_model(WEIGHTS, 0.01)
    batch = {name: tf.zeros([5], tf.float32) for name in features.MODEL_NUMERIC}
    batch |= {name: tf.zeros([5], tf.int64) for name in features.MODEL_CATEGORICAL}
    probabilities = model(batch).numpy()
    assert probabilities.shape == (5, 1)
    assert ((probabilities > 0) & (probabilities < 1)).all()


class TransformOfAll(tf.Module):  # type: ignore[misc]
    """Stands for a finished Transform: remembers which columns it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[set[str]] = []

    def raw_feature_spec(self) -> dict[str, object]:
        text = dict.fromkeys(features.CATEGORICAL, tf.string)
        numbers = ("dep_time", "arr_time", "arr_delay", "air_time", *features.SERVED)
        kinds = {**dict.fromkeys(numbers, tf.int64), **text}
        return {name: tf.io.VarLenFeature(kind) for name, kind in kinds.items()}

    def __call__(self, columns: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        self.given.append(set(columns))
        rows = tf.shape(columns["distance"])[0]
        zeros = {name: tf.zeros([rows]) for name in features.MODEL_NUMERIC}
        slots = (*features.MODEL_CATEGORICAL, features.LABEL)
        zeros |= {name: tf.zeros([rows], tf.int64) for name in slots}
        return {**zeros, features.WEIGHT: tf.ones([rows])}


def test_serving_reads_nothing_that_is_known_only_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transform = TransformOfAll()
    monkeypatch.setattr("tidegate.training.transform_layer", lambda given: given)
    model = training.build_model(WEIGHTS, 0.01)
    training.export(model, transform, str(tmp_path / "model"))
    served, judged = sorted(set(map(frozenset, transform.given)), key=len)
    assert served == set(features.SERVED)
    assert judged >= KNOWN_ONLY_LATER
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    blank = tf.constant([tf.train.Example().SerializeToString()] * 3)
    answer = loaded.signatures["serving_default"](blank)
    assert answer["probability"].shape == (3, 1)
    assert set(loaded.signatures["transform_features"](blank)) == {"late", "weight"}


def test_a_session_answers_with_every_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.training.transform_layer", lambda given: given)
    model = training.build_model(WEIGHTS, 0.01)
    training.export(model, TransformOfAll(), str(tmp_path / "model"))
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    blank = [tf.train.Example().SerializeToString()] * 3
    with SessionModel(str(tmp_path / "model")) as session:
        for name in ("serving_default", "transform_features"):
            expected = loaded.signatures[name](tf.constant(blank))
            found = session.run(name, {"examples": blank})
            assert set(found) == set(expected)
            for output, values in found.items():
                np.testing.assert_allclose(values, expected[output], rtol=1e-5)
