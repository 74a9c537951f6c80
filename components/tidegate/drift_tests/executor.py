"""DriftTests' executor: measures the examples, decides, writes the report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from tidegate.artifacts import describe, describe_summary
from tidegate.columnar.open_data import open_artifact
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.drift_tests import spec
from tidegate.drift_tests.check import Checked, Wanted, check, unreadable_report
from tidegate.drift_tests.settings import DriftSettings
from tidegate.errors import ExitCode, TidegateError
from tidegate.report.html import write_page
from tidegate.report.model import write_report

Artifacts = dict[str, list[Any]]
_SCHEMA_FILE = "schema.pbtxt"


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Reports on a span; never raises because the data is bad."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `report.json`, `report.html`, and the span's summary."""
        checked = _checked(input_dict, exec_properties)
        report = artifact_utils.get_single_instance(output_dict[spec.REPORT])
        write_page(checked.report, Path(report.uri))
        write_report(checked.report, Path(report.uri))
        describe(report, checked.report)
        summary = artifact_utils.get_single_instance(output_dict[spec.SUMMARY])
        Path(summary.uri).mkdir(parents=True, exist_ok=True)
        checked.write_summary(Path(summary.uri))
        if checked.measured is not None:
            describe_summary(summary, checked.measured.measures, checked.verdict)
        logging.info(
            "drift tests against %s: %s",
            checked.history,
            "passed" if checked.report.passed else "alarm",
        )


def _checked(input_dict: Artifacts, exec_properties: dict[str, Any]) -> Checked:
    examples = artifact_utils.get_single_instance(input_dict[spec.EXAMPLES])
    span = _span(examples)
    splits = list(artifact_utils.decode_split_names(examples.split_names))
    wanted = Wanted(
        data=(),
        history=exec_properties[spec.HISTORY],
        settings=DriftSettings.model_validate_json(exec_properties[spec.SETTINGS]),
        dataset=exec_properties[spec.DATASET],
        span=span,
        dates=exec_properties.get(spec.DATES) or None,
        schema=_schema(input_dict),
        settings_file=exec_properties.get(spec.SETTINGS_FILE) or None,
    )
    try:
        dataset = open_artifact(Path(examples.uri), splits, span=span)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return Checked(unreadable_report(wanted, error))
    return check(wanted.on(dataset))


def _schema(input_dict: Artifacts) -> Any:
    if not input_dict.get(spec.SCHEMA):
        return None
    folder = artifact_utils.get_single_uri(input_dict[spec.SCHEMA])
    return read_schema(Path(folder) / _SCHEMA_FILE)


def _span(artifact: Any) -> int | None:
    """Span of the examples; stock ExampleGen writes 0 where there is none."""
    if not artifact.has_custom_property("span"):
        return None
    return int(artifact.get_int_custom_property("span")) or None
