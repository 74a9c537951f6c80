"""Champion's executor: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.champion.work import do
from tidegate.steps.context import Artifacts, Context


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Writes the newest pushed model."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Copies the model, or marks the artifact where there is none."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))
