"""Gate's executor: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.gate.work import do
from tidegate.steps.context import Artifacts, Context


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Fails the run if a report has a failed test."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads every report and writes the decision, or raises `GateShut`."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))
