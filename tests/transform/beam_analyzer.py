"""A preprocessing_fn with an analyzer that is a Beam transform."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform.beam.experimental import PTransformAnalyzer


class _Largest(PTransformAnalyzer):
    def expand(self, batches):
        return (
            batches
            | beam.Map(lambda batch: np.max(batch[0]))
            | beam.CombineGlobally(lambda found: np.float32(max(found, default=0)))
        )


def preprocessing_fn(inputs):
    number = inputs["number"]
    (largest,) = tft.experimental.ptransform_analyzer(
        [number], _Largest(), [tf.float32], [[]]
    )
    return {"share": number / largest}
