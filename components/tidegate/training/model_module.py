"""A trained Keras model as something to call and to save for model servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidegate.errors import UsageError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


def model_layer(model: keras.Model) -> tf.Module:
    """The model, called as it is, and saved so that model servers answer with it.

    Where a Keras 3 model is itself an attribute of the module that is saved,
    `Variable._export_to_saved_model_graph` of Keras makes a second variable for
    each of its own. `tf.saved_model.load` fills both. Whoever restores the
    checkpoint in a session, as TensorFlow Serving and TFX's BulkInferrer do, fills
    only the second ones, and each request ends in "Could not find variable"
    (keras-team/keras#20095). So the TensorFlow variables below are held here, and
    neither the model nor its optimizer is saved.

    Args:
        model: The trained model, built.

    Raises:
        UsageError: It is not built, so that there are no variables yet.
    """
    import tensorflow as tf

    if not model.built:
        raise UsageError(
            "the model has no variables to save yet",
            where=f"training.model_layer({model.name})",
            expected="a model that is built",
            got="one that was never called",
            fix="call it once on a batch before it is exported",
        )

    class ModelLayer(tf.Module):
        """Holds what the model reads when it is called: variables and tables."""

        def __init__(self) -> None:
            super().__init__()
            # What is not an attribute is not saved.
            self._held = [one.value for one in model.variables]
            self._resources = _resources(model)

        @tf.autograph.experimental.do_not_convert
        def __call__(self, *inputs: Any, **options: Any) -> Any:
            return model(*inputs, **options)

    return ModelLayer()


def _resources(model: keras.Model) -> list[Any]:
    """What layers hold beside the variables of Keras: tables, and plain ones."""
    import tensorflow as tf

    kinds = (tf.Variable, tf.saved_model.experimental.TrackableResource)
    tracked = tf.train.TrackableView(model).descendants()
    return [one for one in tracked if isinstance(one, kinds)]
