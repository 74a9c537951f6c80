"""Fast input, a fast export and a warm start for the `run_fn` of a Trainer.

Importing this package loads nothing heavy: a name is looked up when it is
first used, and TensorFlow is imported by the functions that need it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.training.earlier_weights import WarmStart, keep_weights, warm_start
    from tidegate.training.model_module import model_layer
    from tidegate.training.tf_dataset import dataset
    from tidegate.training.transform_module import transform_layer

_HOMES = {
    "WarmStart": "tidegate.training.earlier_weights",
    "dataset": "tidegate.training.tf_dataset",
    "keep_weights": "tidegate.training.earlier_weights",
    "model_layer": "tidegate.training.model_module",
    "transform_layer": "tidegate.training.transform_module",
    "warm_start": "tidegate.training.earlier_weights",
}

__all__ = [
    "WarmStart",
    "dataset",
    "keep_weights",
    "model_layer",
    "transform_layer",
    "warm_start",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tidegate.training' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
