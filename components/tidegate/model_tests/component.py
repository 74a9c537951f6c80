"""ModelTests: reports whether an evaluated model is good enough."""

from __future__ import annotations

from tfx.dsl.components.base import base_component
from tfx.types import channel

from tidegate.artifacts import TestReport
from tidegate.gate.placement import GuardedExecutorSpec
from tidegate.model_tests import keys, spec
from tidegate.model_tests.executor import Executor


class ModelTests(base_component.BaseComponent):  # type: ignore[misc]
    """Reports every threshold of an evaluation, slice by slice.

    The thresholds are those of the Evaluator's `EvalConfig`: values, and
    changes against the last good model. A model without any threshold fails.
    The report fails nothing by itself; a Gate reads it.

    Args:
        evaluation: ModelEvaluation of an Evaluator.
        model: The Model that was evaluated. Whatever consumes it, such as a
            Pusher, must stand downstream of a gate.
        dataset: Name of the model in reports.
    """

    SPEC_CLASS = spec.ModelTestsSpec
    EXECUTOR_SPEC = GuardedExecutorSpec(Executor)
    TESTS = keys.MODEL
    REPORT_KIND = "model"

    def __init__(
        self,
        *,
        evaluation: channel.BaseChannel,
        model: channel.BaseChannel,
        dataset: str = "model",
    ) -> None:
        super().__init__(
            spec.ModelTestsSpec(
                **{
                    keys.EVALUATION: evaluation,
                    keys.MODEL: model,
                    keys.DATASET: dataset,
                    keys.REPORT: channel.Channel(type=TestReport),
                }
            )
        )
        self.executor_spec.guard(self)
