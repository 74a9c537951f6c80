"""A preprocessing_fn with one analyzer of each kind of accumulator."""

from __future__ import annotations

import tensorflow_transform as tft


def preprocessing_fn(inputs):
    return {
        "zscore": tft.scale_to_z_score(inputs["number"]),
        "city": tft.compute_and_apply_vocabulary(
            inputs["city"], vocab_filename="cached_city"
        ),
    }
