"""Trains, and exports with the signatures that serving and evaluation need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import flights_features as features  # type: ignore[import-not-found]
import keras
import tensorflow as tf
import tensorflow_transform as tft

from tidegate import training

if TYPE_CHECKING:
    from tfx import v1 as tfx

EMBEDDING = 8
HIDDEN = (64, 32)


def run_fn(fn_args: tfx.components.FnArgs) -> None:
    """Trains on the transformed examples and writes the SavedModel.

    With a `base_model` it goes on from the weights of that model; with
    `hyperparameters` of a Tuner, they overrule the settings.

    Args:
        fn_args: From the Trainer; its `custom_config` holds epochs, batch_size,
            learning_rate and seed.
    """
    settings = fn_args.custom_config | _tuned(fn_args)
    keras.utils.set_random_seed(settings["seed"])
    tf.config.experimental.enable_op_determinism()
    transformed = tft.TFTransformOutput(fn_args.transform_output)
    train = dataset(fn_args, fn_args.train_files, transformed, shuffle=True)
    held_out = dataset(fn_args, fn_args.eval_files, transformed, shuffle=False)
    model = build_model(
        vocabulary_sizes(transformed),
        settings["learning_rate"],
        hidden=settings.get("hidden", HIDDEN),
    )
    training.warm_start(model, fn_args.base_model, _vocabularies(transformed))
    model.fit(train, validation_data=held_out, epochs=settings["epochs"], verbose=2)
    export(model, transformed, fn_args.serving_model_dir)


def build_model(
    sizes: dict[str, int], learning_rate: float, hidden: Sequence[int] = HIDDEN
) -> keras.Model:
    """A small dense network, compiled, over `features.MODEL_INPUTS`.

    Every layer with weights has a name, by which a later model finds them.

    Args:
        sizes: Number of slots of each categorical input.
        learning_rate: Step size of the Adam optimizer.
        hidden: Units of each hidden layer.
    """
    numeric = {
        name: keras.Input((), name=name, dtype="float32")
        for name in features.MODEL_NUMERIC
    }
    categorical = {
        name: keras.Input((), name=name, dtype="int64")
        for name in features.MODEL_CATEGORICAL
    }
    parts = [keras.layers.Reshape((1,))(one) for one in numeric.values()]
    for name, one in categorical.items():
        embedding = keras.layers.Embedding(sizes[name], EMBEDDING, name=f"{name}_slots")
        parts.append(embedding(one))
    flow = keras.layers.Concatenate()(parts)
    for number, units in enumerate(hidden, start=1):
        layer = keras.layers.Dense(units, activation="relu", name=f"hidden_{number}")
        flow = layer(flow)
    late = keras.layers.Dense(1, activation="sigmoid", name=features.LABEL)(flow)
    model = keras.Model({**numeric, **categorical}, late)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="binary_crossentropy",
        weighted_metrics=[keras.metrics.AUC(name="auc")],
    )
    return model


def export(model: keras.Model, transformed: tft.TFTransformOutput, to: str) -> None:
    """Writes the SavedModel: `serving_default` and `transform_features`.

    Both take serialized tf.Examples of raw flights. Serving parses only what is
    known at departure, so it can neither need nor use what is known later.
    """
    exported = tf.Module()
    exported.model = training.model_layer(model)
    exported.transform = training.transform_layer(transformed)
    raw = transformed.raw_feature_spec()
    served = {name: raw[name] for name in features.SERVED}
    serialized = tf.TensorSpec([None], tf.string, name="examples")

    @tf.function(input_signature=[serialized])
    def serving_default(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        columns = exported.transform(tf.io.parse_example(examples, served))
        inputs = {name: columns[name] for name in features.MODEL_INPUTS}
        return {"probability": exported.model(inputs, training=False)}

    @tf.function(input_signature=[serialized])
    def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        columns = exported.transform(tf.io.parse_example(examples, raw))
        return {name: columns[name] for name in (features.LABEL, features.WEIGHT)}

    signatures = {
        "serving_default": serving_default,
        "transform_features": transform_features,
    }
    tf.saved_model.save(exported, to, signatures=signatures)
    training.keep_weights(model, to)


def dataset(
    fn_args: tfx.components.FnArgs,
    files: list[str],
    transformed: tft.TFTransformOutput,
    *,
    shuffle: bool,
) -> tf.data.Dataset:
    """Batches of (inputs, label, weight), each example once."""
    settings = fn_args.custom_config
    batches = training.dataset(
        fn_args,
        files,
        transformed.transformed_metadata.schema,
        batch_size=settings["batch_size"],
        shuffle=shuffle,
        shuffle_seed=settings["seed"],
    )
    return batches.map(_split_off_label).prefetch(tf.data.AUTOTUNE)


def _split_off_label(
    columns: dict[str, tf.Tensor],
) -> tuple[dict[str, tf.Tensor], tf.Tensor, tf.Tensor]:
    inputs = {name: columns[name] for name in features.MODEL_INPUTS}
    return inputs, columns[features.LABEL], columns[features.WEIGHT]


def vocabulary_sizes(transformed: tft.TFTransformOutput) -> dict[str, int]:
    """Slots of each categorical input, with one for values not seen before."""
    sizes = {
        name: transformed.vocabulary_size_by_name(name) + features.UNSEEN_SLOTS
        for name in features.CATEGORICAL
    }
    return {**sizes, features.DAY_OF_WEEK: features.DAYS}


def _vocabularies(transformed: tft.TFTransformOutput) -> dict[str, str]:
    """Path of each embedding's weight to the file with the terms of its rows."""
    return {
        f"{name}_slots/embeddings": transformed.vocabulary_file_by_name(name)
        for name in features.CATEGORICAL
    }


def _tuned(fn_args: tfx.components.FnArgs) -> dict[str, Any]:
    """The settings that a Tuner found best; none without a Tuner."""
    if not fn_args.hyperparameters:
        return {}
    import keras_tuner

    found = keras_tuner.HyperParameters.from_config(fn_args.hyperparameters).values
    units = [int(word) for word in found["hidden"].split("-")]
    return {"learning_rate": found["learning_rate"], "hidden": units}
