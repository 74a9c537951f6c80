"""DataTests' executors: what TFX calls for the work."""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor

from tidegate.data_tests import keys
from tidegate.data_tests.work import ENGINE, do
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_uri


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Reports on examples; never raises because the data is bad."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `report.json`, `report.html`, the failing rows, and examples."""
        do(input_dict, output_dict, exec_properties, Context.of_executor(self))


class BeamExecutor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """The same, looking at the examples and writing failing rows on Beam."""

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """See `Executor.Do`."""
        from tidegate.data_tests.on_beam import BeamEngine

        folder = get_single_uri(output_dict[keys.REPORT])
        engine = BeamEngine(self._make_beam_pipeline, folder)
        context = Context.of_executor(self, **{ENGINE: engine})
        do(input_dict, output_dict, exec_properties, context)
