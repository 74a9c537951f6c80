"""Looks for the learning rate and the layers that suit the data best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flights_training  # type: ignore[import-not-found]
import keras
import keras_tuner
import tensorflow as tf
import tensorflow_transform as tft

if TYPE_CHECKING:
    from tfx import v1 as tfx
    from tfx.components.tuner.component import TunerFnResult

LEARNING_RATES = (5e-4, 2e-2)
# One batch of so many is held out; so many are shuffled among each other.
HOLD_OUT, SHUFFLED = 5, 64
HIDDEN = ("32", "64-32", "128-64")


def tuner_fn(fn_args: tfx.components.FnArgs) -> TunerFnResult:
    """A random search over the first epochs of training.

    It looks at the training examples alone and holds a fifth of their batches
    out: whoever judges the model later must not have helped to choose it.

    Args:
        fn_args: From the Tuner; its `custom_config` holds trials, epochs,
            batch_size, learning_rate and seed.
    """
    from tfx.components.tuner.component import TunerFnResult

    settings = fn_args.custom_config
    tf.config.experimental.enable_op_determinism()
    transformed = tft.TFTransformOutput(fn_args.transform_graph_path)
    sizes = flights_training.vocabulary_sizes(transformed)

    def build(hyperparameters: keras_tuner.HyperParameters) -> keras.Model:
        keras.utils.set_random_seed(settings["seed"])
        hidden = hyperparameters.Choice("hidden", list(HIDDEN), default="64-32")
        rate = hyperparameters.Float(
            "learning_rate",
            *LEARNING_RATES,
            sampling="log",
            default=settings["learning_rate"],
        )
        units = [int(word) for word in hidden.split("-")]
        return flights_training.build_model(sizes, rate, hidden=units)

    tuner = keras_tuner.RandomSearch(
        build,
        objective=keras_tuner.Objective("val_auc", "max"),
        max_trials=settings["trials"],
        seed=settings["seed"],
        directory=fn_args.working_dir,
        project_name="flights",
        overwrite=True,
    )
    train, held_out = divided(
        flights_training.dataset(
            fn_args, fn_args.train_files, transformed, shuffle=False
        ),
        settings["seed"],
    )
    fit = {"x": train, "validation_data": held_out, "epochs": settings["epochs"]}
    return TunerFnResult(tuner=tuner, fit_kwargs=fit | {"verbose": 2})


def divided(
    batches: tf.data.Dataset, seed: int
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Batches to learn from, in another order every epoch, and those held out.

    Args:
        batches: All batches, in the same order whenever they are read.
        seed: Decides the orders.
    """
    held_out = batches.shard(HOLD_OUT, 0)
    rest = batches.enumerate().filter(lambda number, _: number % HOLD_OUT != 0)
    train = rest.map(lambda _, batch: batch).shuffle(SHUFFLED, seed=seed)
    return train, held_out
