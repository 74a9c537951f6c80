"""A model is saved so that those answer with it who restore it in a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tests.saved_model.graph_factory import saved_model

from tidegate import training
from tidegate.errors import ComponentError, UsageError
from tidegate.serving.session_model import SessionModel

ROWS = 12
X = np.linspace(-1, 2, 3 * ROWS, dtype="float32").reshape(ROWS, 3)
WORDS = np.array(["b", "a", "unseen"] * (ROWS // 3))
SIGNATURES = ("logit", "serving_default")


class Scaled(keras.layers.Layer):
    """A layer with a variable of TensorFlow's own, which Keras does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = tf.Variable(3.0)

    def call(self, values: Any) -> Any:
        return values * self.factor


def plain() -> keras.Model:
    x, word = inputs()
    flow = keras.layers.Dense(4, name="hidden")(x)
    return trained([x, word], keras.layers.Concatenate()([flow, slots(word)]))


def of_many_layers() -> keras.Model:
    x, word = inputs()
    measured = keras.layers.Normalization()
    measured.adapt(X)
    flow = keras.layers.BatchNormalization()(Scaled()(measured(x)))
    flow = keras.layers.Dropout(0.5)(flow)
    return trained([x, word], keras.layers.Concatenate()([flow, slots(word)]))


def of_the_same_names() -> keras.Model:
    x, word = inputs()
    within = keras.Input((3,))
    one, other = (
        keras.Model(within, keras.layers.Dense(3, name="same")(within))
        for _ in range(2)
    )
    flow = other(one(one(x)))
    return trained([x, word], keras.layers.Concatenate()([flow, slots(word)]))


def slots(word: Any) -> Any:
    found = keras.layers.StringLookup(vocabulary=["a", "b"])(word)
    return keras.layers.Embedding(3, 2)(found)


def inputs() -> tuple[Any, Any]:
    return keras.Input((3,), name="x"), keras.Input((), name="word", dtype="string")


def trained(given: list[Any], flow: Any) -> keras.Model:
    model = keras.Model(given, keras.layers.Dense(1, name="late")(flow))
    model.compile("adam", "mse", metrics=["mae"])
    model.train_on_batch([tf.constant(X), tf.constant(WORDS)], np.ones((ROWS, 1)))
    return model


def save(model: keras.Model, held: Any, folder: Path) -> str:
    exported = tf.Module()
    exported.model = held

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 3], tf.float32, name="x"),
            tf.TensorSpec([None], tf.string, name="word"),
        ]
    )
    def logit(x: tf.Tensor, word: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logit": exported.model([x, word], training=False)}

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def serving_default(x: tf.Tensor) -> dict[str, tf.Tensor]:
        words = tf.fill(tf.shape(x)[:1], "a")
        return {"probability": tf.sigmoid(exported.model([x, words], training=False))}

    signatures = {"logit": logit, "serving_default": serving_default}
    tf.saved_model.save(exported, str(folder), signatures=signatures)
    return str(folder)


@pytest.mark.parametrize("build", [plain, of_many_layers, of_the_same_names])
def test_a_session_gives_the_predictions_of_the_model_in_every_signature(
    build: Callable[[], keras.Model], tmp_path: Path
) -> None:
    model = build()
    folder = save(model, training.model_layer(model), tmp_path)

    loaded = tf.saved_model.load(folder)
    given = {"x": X, "word": WORDS}
    with SessionModel(folder) as session:
        for name in SIGNATURES:
            asked = loaded.signatures[name].structured_input_signature[1]
            fed = {one: given[one] for one in asked}
            tensors = {one: tf.constant(values) for one, values in fed.items()}
            (expected,) = loaded.signatures[name](**tensors).values()
            (found,) = session.run(name, fed).values()
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
            if name == "logit":
                own = model([tf.constant(X), tf.constant(WORDS)], training=False)
                np.testing.assert_allclose(found, own, rtol=1e-5, atol=1e-6)


def test_each_variable_is_saved_once_and_the_optimizer_is_not(tmp_path: Path) -> None:
    model = plain()

    folder = save(model, training.model_layer(model), tmp_path)

    kept = tf.train.list_variables(folder + "/variables/variables")
    shapes = sorted(tuple(shape) for name, shape in kept if "VALUE" in name)
    assert shapes == sorted(tuple(one.shape) for one in model.weights)


def test_a_model_must_be_built() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])

    with pytest.raises(UsageError, match="call it once on a batch"):
        training.model_layer(model)

    model(X)
    assert len(training.model_layer(model).variables) == 2


def test_a_session_tells_the_variable_that_nothing_restores(tmp_path: Path) -> None:
    model = plain()
    folder = save(model, model, tmp_path)  # as TensorFlow's own guide does it

    with SessionModel(folder) as session, pytest.raises(ComponentError) as told:
        session.run("serving_default", {"x": X})

    assert "nothing restores the variable" in str(told.value)
    assert "training.model_layer" in str(told.value)


def test_a_session_tells_that_there_is_no_model_for_serving(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(saved_model())

    with pytest.raises(ComponentError, match="cannot load"):
        SessionModel(str(tmp_path))
