"""SpanPusher's executor: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_executor

from tidegate.span_pusher.work import do
from tidegate.steps.context import Artifacts, Context


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Lets a span into the history."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes one file into the history, if it is not there."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))
