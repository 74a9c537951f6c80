"""The model that predicts: where it is, and what its predictions are marked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.champion import keys as champion
from tidegate.champion.absence import is_absent
from tidegate.champion.work import SERVING
from tidegate.errors import ComponentError, GateShut, UsageError
from tidegate.steps.reading import get_single_instance, shown_uri

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
# Where a SavedModel stands in an artifact: as TFX has it now, as it had it before
# 0.25, and in a pushed model.
_FOLDERS = (SERVING, "serving_model_dir", "")
_PUSHED_VERSION = "pushed_version"
_BLESSED = "blessed"
_SHORT_DIGEST = 12


@dataclass(frozen=True)
class ServedModel:
    """A SavedModel.

    Attributes:
        folder: The folder with its graph.
        version: The version that it was pushed as, or the start of its digest.
        digest: SHA-256 over its files, as the ledger has it.
        uri: Where people find it.
    """

    folder: str
    version: str
    digest: str
    uri: str


def served_model(models: Sequence[Any]) -> ServedModel:
    """The model among the inputs.

    Raises:
        UsageError: It stands for nothing: no model was pushed yet.
        ComponentError: There is no SavedModel in it.
    """
    from tidegate.ledger.digests import digest_of

    there = [one for one in models if not is_absent(one)]
    if not there:
        raise _not_pushed(models)
    artifact = get_single_instance(there)
    folder = _saved_model(artifact)
    digest = digest_of(folder).digest
    version = _version(artifact) or digest.rpartition(":")[2][:_SHORT_DIGEST]
    return ServedModel(str(folder), version, digest, shown_uri(artifact))


def demand_blessed(blessings: Sequence[Any]) -> None:
    """Raises GateShut unless every blessing that was given blesses."""
    for one in blessings:
        if one.get_int_custom_property(_BLESSED) != 1:
            raise GateShut(
                "the model is not blessed, so that it predicts nothing",
                where=shown_uri(one),
                expected="a blessing of the Evaluator",
                got="none: the model is below one of its thresholds",
                fix="look at the evaluation, or predict with the champion: "
                "BulkInferrer(model=champion.outputs['model'])",
            )


def _version(artifact: Any) -> str | None:
    """The version that a Champion or a Pusher says, None if neither does."""
    number = artifact.get_int_custom_property(champion.VERSION)
    said = artifact.get_string_custom_property(_PUSHED_VERSION)
    return str(number) if number else said or None


def _saved_model(artifact: Any) -> Path:
    whole = Path(str(artifact.uri))
    for name in _FOLDERS:
        folder = whole / name
        if any((folder / graph).is_file() for graph in _GRAPHS):
            return folder
    raise ComponentError(
        "there is no SavedModel in the model's artifact",
        where=shown_uri(artifact),
        expected=f"{SERVING}/saved_model.pb",
        got=", ".join(sorted(p.name for p in whole.glob("*"))[:8]) or "nothing",
        fix="export the model with tf.saved_model.save to fn_args.serving_model_dir",
    )


def _not_pushed(models: Sequence[Any]) -> UsageError:
    return UsageError(
        "no model was pushed yet, so that nothing can predict",
        where=shown_uri(models[0]) if models else "BulkInferrer(model=…)",
        expected="a model that was pushed",
        got="a Champion that found none",
        fix="run the pipeline that trains and pushes one, or correct push_to",
    )
