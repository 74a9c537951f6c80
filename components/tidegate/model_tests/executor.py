"""ModelTests' executor: reads the evaluation, writes the report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from tidegate.artifacts import describe
from tidegate.model_tests import checks, spec, tfma_results
from tidegate.report.html import write_page
from tidegate.report.model import write_report


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Reports on an evaluated model; never raises because the model is bad."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads TFMA's results, writes `report.json` and `report.html`."""
        started = time.monotonic()
        evaluation = artifact_utils.get_single_uri(input_dict[spec.EVALUATION])
        found = checks.report(
            tfma_results.read_evaluation(evaluation), exec_properties[spec.DATASET]
        ).model_copy(update={"seconds": time.monotonic() - started})
        output = artifact_utils.get_single_instance(output_dict[spec.REPORT])
        write_page(found, Path(output.uri))
        write_report(found, Path(output.uri))
        describe(output, found)
