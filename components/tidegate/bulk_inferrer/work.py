"""BulkInferrer's work: reads the artifacts, predicts, describes the outputs."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.bulk_inferrer import keys
from tidegate.bulk_inferrer.inference import (
    Outcome,
    Request,
    Runner,
    in_process,
    infer,
)
from tidegate.bulk_inferrer.served_model import (
    ServedModel,
    demand_blessed,
    served_model,
)
from tidegate.bulk_inferrer.settings import Settings
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.steps.context import Artifacts, Context, NeedsExecutor
from tidegate.steps.reading import (
    decode_split_names,
    get_single_instance,
    shown_uri,
)

_LOG = logging.getLogger("tidegate.bulk_inferrer")
# Predicts for shards on Beam; only a Beam executor can.
RUN_ON_BEAM = "run_on_beam"
# What an Examples artifact says of its files where they are tf.Examples.
_USUAL = {
    "payload_format": "FORMAT_TF_EXAMPLE",
    "file_format": "tfrecords_gzip",
    "custom_split_pattern": "",
}


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes logs and tables of the predictions for all rows.

    Raises:
        UsageError: No model was pushed yet, or a column or split is not there.
        GateShut: The model is not blessed.
        DataError: The examples cannot be read whole.
        ComponentError: The model does not take a row.
        NeedsExecutor: It is to be done on Beam.
    """
    started = time.monotonic()
    settings = Settings.of_properties(properties)
    run = _runner(settings, context)
    examples = get_single_instance(inputs[keys.EXAMPLES])
    demand_blessed(inputs.get(keys.MODEL_BLESSING) or [])
    model = served_model(inputs.get(keys.MODEL) or [])
    _demand_usual(examples)
    tables = get_single_instance(outputs[keys.PREDICTIONS])
    logs = get_single_instance(outputs[keys.INFERENCE_RESULT])
    request = Request(
        examples=Path(examples.uri),
        splits=_splits(examples, settings),
        model=model,
        settings=settings,
        logs=Path(logs.uri),
        predictions=Path(tables.uri),
        run=context.run,
    )
    outcome = infer(request, run)
    for one in (tables, logs):
        _describe(one, outcome, model, context)
    _tell(outcome, model, shown_uri(tables), time.monotonic() - started)


def _runner(settings: Settings, context: Context) -> Runner:
    if settings.engine != keys.BEAM:
        return in_process
    run: Runner | None = context.tools.get(RUN_ON_BEAM)
    if run is None:
        raise NeedsExecutor("predictions on Beam")
    return run


def _splits(examples: Any, settings: Settings) -> tuple[str, ...]:
    there = decode_split_names(examples.split_names)
    wanted = list(settings.splits) if settings.splits is not None else there
    errors: list[TidegateError] = [
        UsageError(
            f"the examples have no split {name!r}",
            where=shown_uri(examples),
            expected="one of " + (", ".join(there) or "none"),
            got=name,
            fix="correct splits of the BulkInferrer, or leave it out for all",
        )
        for name in dict.fromkeys(wanted)
        if name not in there
    ]
    raise_all("the splits to predict for", errors)
    return tuple(dict.fromkeys(wanted))


def _demand_usual(examples: Any) -> None:
    """Refuses examples that are no records of tf.Examples on this machine."""
    got = None
    if "://" in examples.uri or not os.path.isdir(examples.uri):
        got = "another place"
    for name, usual in _USUAL.items():
        if examples.has_custom_property(name):
            value = examples.get_string_custom_property(name)
            if value not in ("", usual):
                got = f"{name} {value}"
    if got is not None:
        raise UsageError(
            "there is nothing that predicts for such examples",
            where=shown_uri(examples),
            expected="a local folder of gzipped TFRecords of tf.Examples",
            got=got,
            fix="use TFX's own BulkInferrer for these, or a Tidegate ExampleGen",
        )


def _describe(
    output: Any, outcome: Outcome, model: ServedModel, context: Context
) -> None:
    output.set_string_custom_property(keys.MODEL_VERSION, model.version)
    output.set_string_custom_property(keys.MODEL_DIGEST, model.digest)
    output.set_string_custom_property(keys.RUN, context.run or "")
    output.set_int_custom_property(keys.ROWS, outcome.total)
    output.set_json_value_custom_property(keys.SPLIT_ROWS, outcome.rows)
    output.set_int_custom_property(keys.DUPLICATES, outcome.duplicates)
    output.set_int_custom_property(keys.NOT_FINITE, outcome.not_finite)


def _tell(outcome: Outcome, model: ServedModel, folder: str, seconds: float) -> None:
    if outcome.duplicates:
        _LOG.warning(
            "%s of %s rows have the key of a row before them",
            f"{outcome.duplicates:,}",
            f"{outcome.total:,}",
        )
    if outcome.not_finite:
        _LOG.warning(
            "%s of %s rows have a prediction that is infinite or no number",
            f"{outcome.not_finite:,}",
            f"{outcome.total:,}",
        )
    for split, rows in outcome.rows.items():
        if not rows:
            _LOG.warning("split %s has no rows, and so no file", split)
    _LOG.info(
        "predictions of model %s for %s rows in %.1f s: %s/predictions-*.parquet",
        model.version,
        f"{outcome.total:,}",
        seconds,
        folder,
    )
