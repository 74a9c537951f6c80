"""A finished Transform as something to call and to save, but no Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf
    import tensorflow_transform as tft


def transform_layer(transformed: tft.TFTransformOutput) -> tf.Module:
    """The transformation, called with raw features and saved with a module.

    It computes what `transformed.transform_features_layer()` computes, by the
    same code. That one is a Keras model as well, and to save it as such takes
    TensorFlow several seconds, for a part that no signature uses.

    Args:
        transformed: What the Transform component wrote.
    """
    import tensorflow as tf
    from tensorflow_transform.saved import saved_transform_io_v2

    class TransformLayer(tf.Module):
        """Holds the tables and files that the transformation looks up."""

        def __init__(self) -> None:
            super().__init__()
            loader = saved_transform_io_v2.SavedModelLoader(
                transformed.transform_savedmodel_dir
            )
            # What is not an attribute is not saved.
            self._resources = loader.__dict__
            self._loader = loader

        @tf.autograph.experimental.do_not_convert
        def __call__(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
            features: Mapping[str, Any] = self._loader.apply_transform_model(columns)
            return features

    return TransformLayer()
