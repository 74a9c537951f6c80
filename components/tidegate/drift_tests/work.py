"""DriftTests' work: measures the examples, decides, writes the report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tidegate.columnar.open_data import open_artifact
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.drift_tests import keys
from tidegate.drift_tests.check import Checked, Wanted, check, unreadable_report
from tidegate.drift_tests.settings import DriftSettings
from tidegate.errors import ExitCode, TidegateError
from tidegate.report.html import write_page
from tidegate.report.model import write_report
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.description import describe, describe_summary
from tidegate.steps.reading import (
    decode_split_names,
    get_single_instance,
    get_single_uri,
)

_SCHEMA_FILE = "schema.pbtxt"


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes `report.json`, `report.html`, and the span's summary.

    It never raises because the data is bad.
    """
    checked = _checked(inputs, properties)
    report = get_single_instance(outputs[keys.REPORT])
    write_page(checked.report, Path(report.uri))
    write_report(checked.report, Path(report.uri))
    describe(report, checked.report)
    summary = get_single_instance(outputs[keys.SUMMARY])
    Path(summary.uri).mkdir(parents=True, exist_ok=True)
    checked.write_summary(Path(summary.uri))
    if checked.measured is not None:
        describe_summary(summary, checked.measured.measures, checked.verdict)
    logging.info(
        "drift tests against %s: %s",
        checked.history,
        "passed" if checked.report.passed else "alarm",
    )


def _checked(inputs: Artifacts, properties: dict[str, Any]) -> Checked:
    examples = get_single_instance(inputs[keys.EXAMPLES])
    span = _span(examples)
    splits = decode_split_names(examples.split_names)
    wanted = Wanted(
        data=(),
        history=properties[keys.HISTORY],
        settings=DriftSettings.model_validate_json(properties[keys.SETTINGS]),
        dataset=properties[keys.DATASET],
        span=span,
        dates=properties.get(keys.DATES) or None,
        schema=_schema(inputs),
        settings_file=properties.get(keys.SETTINGS_FILE) or None,
    )
    try:
        dataset = open_artifact(Path(examples.uri), splits, span=span)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return Checked(unreadable_report(wanted, error))
    return check(wanted.on(dataset))


def _schema(inputs: Artifacts) -> Any:
    if not inputs.get(keys.SCHEMA):
        return None
    folder = get_single_uri(inputs[keys.SCHEMA])
    return read_schema(Path(folder) / _SCHEMA_FILE)


def _span(artifact: Any) -> int | None:
    """Span of the examples; stock ExampleGen writes 0 where there is none."""
    if not artifact.has_custom_property("span"):
        return None
    return int(artifact.get_int_custom_property("span")) or None
