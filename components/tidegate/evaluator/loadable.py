"""Whether the models of an evaluation may be loaded, before TFMA loads them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tfx.dsl.io import fileio
from tfx.utils import io_utils, path_utils

from tidegate.evaluator import spec
from tidegate.saved_model.loadable import demand_safe_operations

# In whatever form; only the first can be judged, and the others are refused.
_GRAPHS = ("saved_model.pb", "saved_model.pbtxt", "saved_model.cpb")


def demand_loadable(
    inputs: Mapping[str, list[Any]], allow_ops: Collection[str]
) -> None:
    """Refuses a candidate or champion that could do more than compute.

    What is no SavedModel, such as a model of TensorFlow Lite, is not looked at.

    Args:
        inputs: Artifacts by the Evaluator's keys.
        allow_ops: Further operations that somebody answers for.

    Raises:
        SecurityError: One has operations or files for which it is not loaded.
        ComponentError: The graph of one cannot be read.
    """
    for key in (spec.MODEL, spec.BASELINE_MODEL):
        for artifact in inputs.get(key) or []:
            for folder in dict.fromkeys(_folders(artifact)):
                _demand(folder, allow_ops)


def _folders(artifact: Any) -> Iterator[str]:
    """Where TFX finds the model for TFMA: as it is served, or made to evaluate."""
    old = path_utils.is_old_model_artifact(artifact)
    for path_of in (path_utils.serving_model_path, path_utils.eval_model_path):
        folder = path_of(artifact.uri, old)
        if any(fileio.exists(os.path.join(folder, name)) for name in _GRAPHS):
            yield folder


def _demand(folder: str, allow_ops: Collection[str]) -> None:
    if "://" not in folder:
        demand_safe_operations(folder, allow_ops)
        return
    with tempfile.TemporaryDirectory(prefix="tidegate-evaluator-") as copy:
        io_utils.copy_dir(folder, copy)
        demand_safe_operations(copy, allow_ops, where=folder)
