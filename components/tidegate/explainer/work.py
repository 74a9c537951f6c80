"""Explainer's work: measures the features, writes and describes the artifact."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.columnar.examples import split_files
from tidegate.explain.explaining import explain
from tidegate.explain.importance import Importance, write_importance
from tidegate.explain.question import Question
from tidegate.explainer import keys
from tidegate.saved_model.allowing import allowed_in
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance, get_single_uri

_LOG = logging.getLogger("tidegate.explainer")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes `importance.json` of the model.

    Raises:
        SecurityError: The model could do more than compute.
        ComponentError: The model cannot be loaded or called.
        DataError: The examples cannot be read, or do not tell anything.
        UsageError: A setting does not fit the model or the examples.
    """
    files = [
        file
        for artifact in inputs[keys.EXAMPLES]
        for file in split_files(Path(artifact.uri), properties[keys.SPLIT])
    ]
    model = Path(get_single_uri(inputs[keys.MODEL]))
    importance = explain(model, files, question_of(properties), allowed_in(properties))
    output = get_single_instance(outputs[keys.EXPLANATION])
    Path(output.uri).mkdir(parents=True, exist_ok=True)
    write_importance(importance, Path(output.uri))
    top = top_of(importance)
    output.set_string_custom_property(keys.METHOD, importance.method)
    output.set_string_custom_property(keys.METRIC, importance.metric)
    output.set_string_custom_property(keys.TOP, top)
    _LOG.info(
        "%s %.4f on %d rows hangs on %s most",
        importance.metric,
        importance.value,
        importance.rows,
        top or "no feature",
    )


def question_of(properties: Mapping[str, Any]) -> Question:
    """What the execution properties ask."""
    features = properties.get(keys.FEATURES)
    return Question(
        label=properties[keys.LABEL],
        weight=properties.get(keys.WEIGHT) or None,
        label_from=properties.get(keys.LABEL_FROM) or None,
        signature=properties[keys.SIGNATURE],
        output=properties.get(keys.OUTPUT) or None,
        metric=properties.get(keys.METRIC) or None,
        features=tuple(json.loads(features)) if features else None,
        rows=int(properties[keys.ROWS]),
        repeats=int(properties[keys.REPEATS]),
        seed=int(properties[keys.SEED]),
        method=properties[keys.METHOD],
    )


def top_of(importance: Importance) -> str:
    """The feature that matters most; empty where none does."""
    first = next(iter(importance.features), None)
    return first.feature if first is not None and first.drop > 0 else ""
