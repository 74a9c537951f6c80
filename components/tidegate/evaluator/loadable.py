"""Whether the models of an evaluation may be loaded, before TFMA loads them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from tfx.dsl.io import fileio
from tfx.utils import io_utils, path_utils

from tidegate.errors import SecurityError
from tidegate.evaluator import spec
from tidegate.saved_model.files import has_lambda
from tidegate.saved_model.loadable import demand_safe_operations

# In whatever form; only the first can be judged, and the others are refused.
_GRAPHS = ("saved_model.pb", "saved_model.pbtxt", "saved_model.cpb")
# Models of TensorFlow Lite and TensorFlow.js, as TFMA finds them.
_OTHERS = ("tflite", "model.json")
# Keras takes a folder with this as a model of its own, whatever else is there; TFMA
# asks Keras first.
_KERAS = "config.json"
# Where Keras 2 finds layers, and how TensorFlow is told to use it.
_OF_KERAS_2 = ("keras_metadata.pb", "saved_model.pb")
_USE_KERAS_2, _YES = "TF_USE_LEGACY_KERAS", ("1", "true", "True")


def demand_loadable(
    inputs: Mapping[str, list[Any]], allow_ops: Collection[str]
) -> None:
    """Refuses a candidate or champion that could do more than compute.

    A model of TensorFlow Lite or TensorFlow.js is not looked at; what is neither
    that nor a SavedModel is refused.

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
    yield path_utils.serving_model_path(artifact.uri, old)
    yield path_utils.eval_model_path(artifact.uri, old)


def _demand(folder: str, allow_ops: Collection[str]) -> None:
    if _has(folder, _KERAS):
        raise _refused(folder, f"{_KERAS}, which Keras loads in place of the graph")
    if not _has(folder, *_GRAPHS):
        if fileio.exists(folder) and not _has(folder, *_OTHERS):
            raise _refused(folder, "no model of a form that is known")
        return
    if "://" not in folder:
        _demand_here(Path(folder), allow_ops, folder)
        return
    with tempfile.TemporaryDirectory(prefix="tidegate-evaluator-") as copy:
        io_utils.copy_dir(folder, copy)
        _demand_here(Path(copy), allow_ops, folder)


def _demand_here(folder: Path, allow_ops: Collection[str], where: str) -> None:
    demand_safe_operations(folder, allow_ops, where=where)
    if os.environ.get(_USE_KERAS_2) not in _YES:
        return
    for path in (folder / name for name in _OF_KERAS_2):
        if path.exists() and has_lambda(path):
            raise _refused(where, f"{path.name} with a Lambda layer, which is code")


def _has(folder: str, *names: str) -> bool:
    return any(fileio.exists(os.path.join(folder, name)) for name in names)


def _refused(folder: str, got: str) -> SecurityError:
    return SecurityError(
        "the model is not loaded, as what TFMA would load cannot be judged",
        where=folder,
        expected="a SavedModel, or a model of TensorFlow Lite or TensorFlow.js",
        got=got,
        fix="export it with tf.saved_model.save into an empty folder",
    )
