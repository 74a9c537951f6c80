"""DataTests' executor: reads the artifacts, evaluates, writes the report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from tidegate.artifacts import describe
from tidegate.columnar.examples import read_examples
from tidegate.columnar.parquet_file import write_parquet
from tidegate.data_tests import spec
from tidegate.data_tests.evaluate import Circumstances, evaluate, unreadable
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import parse_suite
from tidegate.errors import DataError
from tidegate.report.html import write_page
from tidegate.report.model import FAILING_ROWS_FILE, write_report

_SCHEMA_FILE = "schema.pbtxt"


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Reports on examples; never raises because the data is bad."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `report.json`, `report.html` and the failing rows."""
        artifact = artifact_utils.get_single_instance(input_dict[spec.EXAMPLES])
        splits = artifact_utils.decode_split_names(artifact.split_names)
        suite, span = parse_suite(exec_properties[spec.SUITE]), _span(artifact)
        try:
            evaluation = evaluate(
                suite,
                read_examples(artifact.uri, splits),
                _statistics(input_dict, splits),
                _schema(input_dict),
                given=Circumstances(span=span),
            )
        except DataError as error:
            evaluation = unreadable(suite, error, span)
        report = evaluation.report
        output = artifact_utils.get_single_instance(output_dict[spec.REPORT])
        folder = Path(output.uri)
        if evaluation.failing_rows.num_rows:
            write_parquet(folder / FAILING_ROWS_FILE, evaluation.failing_rows)
        write_page(report, folder)
        write_report(report, folder)
        describe(output, report)
        logging.info(
            "%d of %d data tests failed on %d rows",
            len(report.failed),
            len(report.results),
            report.rows,
        )


def _statistics(
    input_dict: dict[str, list[Any]], splits: list[str]
) -> dict[str, bytes] | None:
    """Serialized statistics of each split that has them; None without any."""
    if not input_dict.get(spec.STATISTICS):
        return None
    artifact = artifact_utils.get_single_instance(input_dict[spec.STATISTICS])
    covered = artifact_utils.decode_split_names(artifact.split_names)
    return {
        split: (Path(artifact.uri) / f"Split-{split}" / "FeatureStats.pb").read_bytes()
        for split in splits
        if split in covered
    }


def _schema(input_dict: dict[str, list[Any]]) -> Any:
    if not input_dict.get(spec.SCHEMA):
        return None
    uri = artifact_utils.get_single_uri(input_dict[spec.SCHEMA])
    return read_schema(Path(uri) / _SCHEMA_FILE)


def _span(artifact: Any) -> int | None:
    """Span of the examples; stock ExampleGen writes 0 where there is none."""
    if not artifact.has_custom_property("span"):
        return None
    return int(artifact.get_int_custom_property("span")) or None
