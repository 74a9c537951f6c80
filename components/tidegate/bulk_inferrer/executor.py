"""BulkInferrer's executor: what TFX calls for the work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor

from tidegate.bulk_inferrer.shard import Predicted, Shard, ShardWork
from tidegate.bulk_inferrer.work import RUN_ON_BEAM, do
from tidegate.steps.context import Artifacts, Context


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes the predictions."""

    def __init__(self, context: Any = None) -> None:
        # Not the Beam executor's, which packs TFX for workers: that takes
        # seconds, and only the engine on Beam needs it.
        base_executor.BaseExecutor.__init__(self, context)

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Predicts for all rows of the examples."""
        context = Context.of_executor(self, **{RUN_ON_BEAM: self._run_on_beam})
        do(input_dict, output_dict, exec_properties, context)

    def _run_on_beam(
        self, work: ShardWork, shards: Sequence[Shard]
    ) -> Iterable[tuple[Shard, Predicted]]:
        from tidegate.bulk_inferrer.on_beam import run_on_beam

        pipelines = _Pipelines(self._context)
        return run_on_beam(work, shards, pipelines.make)


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
