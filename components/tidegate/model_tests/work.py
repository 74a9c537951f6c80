"""ModelTests' work: reads the evaluation, judges, writes the report."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.errors import ComponentError
from tidegate.explain.importance import IMPORTANCE_FILE, Importance, read_importance
from tidegate.model_tests import keys
from tidegate.model_tests.judging import judge
from tidegate.model_tests.suite import parse_suite
from tidegate.report.html import write_page
from tidegate.report.model import write_report
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.description import describe
from tidegate.steps.reading import get_single_instance, get_single_uri

# Where a Model artifact has its SavedModel.
_SERVING = "Format-Serving"
_LOG = logging.getLogger("tidegate.model_tests")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes `report.json` and `report.html`; never raises because a model is bad.

    Raises:
        ComponentError: The evaluation or the explanation is not whole.
    """
    started = time.monotonic()
    suite = properties.get(keys.SUITE)
    report = judge(
        Path(get_single_uri(inputs[keys.EVALUATION])),
        suite=parse_suite(suite) if suite else None,
        model=_saved_model(inputs),
        importance=_importance(inputs),
        dataset=properties[keys.DATASET],
    ).model_copy(
        update={
            "suite_file": properties.get(keys.SUITE_FILE) or None,
            "seconds": time.monotonic() - started,
        }
    )
    output = get_single_instance(outputs[keys.REPORT])
    write_page(report, Path(output.uri))
    write_report(report, Path(output.uri))
    describe(output, report)
    _LOG.info(
        "%d of %d model tests failed on %d examples",
        len(report.failed),
        len(report.results),
        report.rows,
    )


def _saved_model(inputs: Artifacts) -> Path | None:
    if not inputs.get(keys.MODEL):
        return None
    folder = Path(get_single_uri(inputs[keys.MODEL])) / _SERVING
    return folder if folder.is_dir() else None


def _importance(inputs: Artifacts) -> Importance | None:
    if not inputs.get(keys.EXPLANATION):
        return None
    folder = Path(get_single_uri(inputs[keys.EXPLANATION]))
    try:
        return read_importance(folder)
    except (OSError, ValueError) as error:
        raise ComponentError(
            "the explanation cannot be read",
            where=str(folder / IMPORTANCE_FILE),
            expected="what an Explainer writes",
            got=str(error).splitlines()[0],
            fix="run the Explainer again",
        ) from error
