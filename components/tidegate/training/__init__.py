"""Fast input and a fast export for the `run_fn` of a Trainer.

Importing this package loads nothing heavy: a name is looked up when it is
first used, and TensorFlow is imported by the functions that need it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.training.tf_dataset import dataset
    from tidegate.training.transform_module import transform_layer

_HOMES = {
    "dataset": "tidegate.training.tf_dataset",
    "transform_layer": "tidegate.training.transform_module",
}

__all__ = ["dataset", "transform_layer"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tidegate.training' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
