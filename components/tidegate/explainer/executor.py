"""Explainer's executor: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.explainer.work import do
from tidegate.steps.context import Artifacts, Context


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Writes how much each feature matters to a model."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Measures the features and writes `importance.json`."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))
