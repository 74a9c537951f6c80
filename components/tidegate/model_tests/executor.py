"""ModelTests' executor: reads the evaluation, writes the report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.model_tests import checks, keys, tfma_results
from tidegate.report.html import write_page
from tidegate.report.model import write_report
from tidegate.steps.description import describe
from tidegate.steps.reading import get_single_instance, get_single_uri


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
        evaluation = get_single_uri(input_dict[keys.EVALUATION])
        found = checks.report(
            tfma_results.read_evaluation(evaluation), exec_properties[keys.DATASET]
        ).model_copy(update={"seconds": time.monotonic() - started})
        output = get_single_instance(output_dict[keys.REPORT])
        write_page(found, Path(output.uri))
        write_report(found, Path(output.uri))
        describe(output, found)
