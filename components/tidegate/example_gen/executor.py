"""ExampleGen's executor: hands the work what TFX gave, and Beam."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_beam_executor

from tidegate.example_gen import work
from tidegate.steps.context import Context


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes data files as the splits of an Examples artifact."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the examples, or raises `DataError` with all that is wrong."""
        tools = {work.BEAM_TOOL: self._make_beam_pipeline}
        context = Context.of_executor(self, **tools)
        work.do(input_dict, output_dict, exec_properties, context)
