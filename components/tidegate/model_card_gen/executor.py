"""ModelCardGen's executor: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.model_card_gen.work import do
from tidegate.steps.context import Artifacts, Context


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Writes the card of a model."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `model-card.html` and `model-card.md`."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))
