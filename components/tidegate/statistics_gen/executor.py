"""StatisticsGen's executor: what TFX calls for the work, or the stock one."""

from __future__ import annotations

import logging
from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor

from tidegate.statistics_gen.not_covered import NotCovered
from tidegate.statistics_gen.second_look import Fold
from tidegate.statistics_gen.work import FOLD_ON_BEAM, do
from tidegate.steps.context import Artifacts, Context

_LOG = logging.getLogger("tidegate.statistics")


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes the statistics of each split."""

    def __init__(self, context: Any = None) -> None:
        # Not the Beam executor's, which packs TFX for workers: that takes
        # seconds, and only an engine on Beam needs it.
        base_executor.BaseExecutor.__init__(self, context)

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `Split-<name>/FeatureStats.pb`, or raises `DataError`."""
        context = Context.of_executor(self, **{FOLD_ON_BEAM: self._fold_on_beam})
        try:
            do(input_dict, output_dict, exec_properties, context)
        except NotCovered as reason:
            _LOG.info("the stock StatisticsGen makes these statistics: %s", reason)
            _stock(self._context).Do(input_dict, output_dict, exec_properties)

    def _fold_on_beam(self, folder: str) -> Fold:
        from tidegate.data_tests.on_beam import BeamEngine

        return BeamEngine(_Pipelines(self._context).make, folder).fold


class _Pipelines(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Makes pipelines with the options that the node was given."""

    def make(self) -> Any:
        """An empty pipeline."""
        return self._make_beam_pipeline()

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Nothing; it is no executor."""
        raise NotImplementedError


def _stock(context: Any) -> Any:
    """The stock executor; it imports TensorFlow."""
    from tfx.components.statistics_gen import executor as stock

    return stock.Executor(context)
