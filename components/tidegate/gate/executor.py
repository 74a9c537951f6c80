"""Gate's executor: reads the reports, decides, writes the decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from tidegate.gate import decision
from tidegate.gate.spec import DECISION
from tidegate.report.model import read_report


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Fails the run if a report has a failed test."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads every report and writes the decision, or raises `GateShut`."""
        folders = [
            artifact.uri for artifacts in input_dict.values() for artifact in artifacts
        ]
        verdict = decision.decide({uri: read_report(Path(uri)) for uri in folders})
        output = artifact_utils.get_single_instance(output_dict[DECISION])
        decision.write_decision(verdict, Path(output.uri))
        output.set_int_custom_property("tests", verdict.tests)
