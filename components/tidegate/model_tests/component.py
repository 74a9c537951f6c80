"""ModelTests: reports whether an evaluated model is good enough."""

from __future__ import annotations

from pathlib import Path

from tfx.dsl.components.base import base_component
from tfx.types import channel

from tidegate.artifacts import TestReport
from tidegate.gate.placement import GuardedExecutorSpec
from tidegate.model_tests import keys, spec
from tidegate.model_tests.executor import Executor
from tidegate.model_tests.suite import ModelSuite, load_suite


class ModelTests(base_component.BaseComponent):  # type: ignore[misc]
    """Reports whether a model is proved good, and not too good to be true.

    It holds the model against the thresholds of the Evaluator's `EvalConfig`, slice
    by slice, and against the tests of a suite. A model that nothing is asked of
    fails. The report fails nothing by itself; a Gate reads it.

    Example:
        ```python
        model_tests = ModelTests(
            evaluation=evaluator.outputs["evaluation"],
            model=trainer.outputs["model"],
            explanation=explainer.outputs["explanation"],
            suite="schemas/flights/model_tests.yaml",
        )
        gate = Gate(model=model_tests.outputs["report"]).before(pusher)
        ```

    Args:
        evaluation: ModelEvaluation of an Evaluator. What needs single rows, such as
            intervals, needs that of Tidegate's.
        model: The Model that was evaluated. Whatever consumes it, such as a
            Pusher, must stand downstream of a gate.
        explanation: Explanation of the model, for `single_feature`.
        suite: The tests: a YAML file, or a `ModelSuite` built in Python; None for
            the thresholds of the EvalConfig alone.
        dataset: Name of the model in reports, where the suite has none.

    Raises:
        UsageError: The suite is missing or wrong.
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
        explanation: channel.BaseChannel | None = None,
        suite: str | Path | ModelSuite | None = None,
        dataset: str = "model",
    ) -> None:
        super().__init__(
            spec.ModelTestsSpec(
                **{
                    keys.EVALUATION: evaluation,
                    keys.MODEL: model,
                    **({keys.EXPLANATION: explanation} if explanation else {}),
                    **_suite(suite),
                    keys.DATASET: dataset,
                    keys.REPORT: channel.Channel(type=TestReport),
                }
            )
        )
        self.executor_spec.guard(self)


def _suite(suite: str | Path | ModelSuite | None) -> dict[str, str]:
    """Execution properties of the suite; none without one."""
    if suite is None:
        return {}
    if isinstance(suite, ModelSuite):
        return {keys.SUITE: suite.model_dump_json()}
    parsed = load_suite(Path(suite))
    return {keys.SUITE: parsed.model_dump_json(), keys.SUITE_FILE: str(suite)}
