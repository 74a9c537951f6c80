"""InfraTests: reports whether a model can be served, and safely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pydantic
from tfx.dsl.components.base import base_component
from tfx.types import channel

from tidegate.artifacts import TestReport
from tidegate.errors import UsageError, raise_all
from tidegate.gate.placement import GuardedExecutorSpec
from tidegate.infra_tests import keys, spec
from tidegate.infra_tests.executor import Executor
from tidegate.infra_tests.settings import SERVING_DEFAULT, Settings


class InfraTests(base_component.BaseComponent):  # type: ignore[misc]
    """Loads a model in a watched child process, asks it, and reports.

    Before it is loaded, its files and the operations of its graphs are judged: a
    model that could read or write files, run Python or talk to others is not loaded.
    The report fails nothing by itself: a Gate reads it.

    Example:
        ```python
        infra_tests = InfraTests(
            model=trainer.outputs["model"],
            examples=example_gen.outputs["examples"],
            evaluation=evaluator.outputs["evaluation"],
            latency_p99_ms=20,
            size_at_most="50MB",
        )
        gate = Gate(
            model=model_tests.outputs["report"], infra=infra_tests.outputs["report"]
        ).before(pusher)
        ```

    Args:
        model: The Model. Whatever consumes it, such as a Pusher, must stand
            downstream of a gate.
        examples: Examples of which some are replayed as requests.
        schema: Schema with the features that requests have.
        evaluation: ModelEvaluation of Tidegate's Evaluator over the same examples
            and split, whose predictions the answers are held against.
        dataset: Name of the model in reports.
        signature: The signature that is served.
        sample: Number of requests.
        split: Split that they are taken from.
        without: Features that requests do not have, such as the label.
        seconds: Time that loading and asking may take, once TensorFlow is there.
        memory: Memory that the process may take with TensorFlow, such as "4GB".
        latency_p50_ms: Longest that half of the single requests may take.
        latency_p99_ms: Longest that 99 of 100 may take.
        size_at_most: Largest size of the model's files, such as "500MB".
        allow_ops: Operations that are refused else, each with the reason why this
            model may have it.

    Raises:
        UsageError: A setting is not as it must be.
    """

    SPEC_CLASS = spec.InfraTestsSpec
    EXECUTOR_SPEC = GuardedExecutorSpec(Executor)
    TESTS = keys.MODEL
    REPORT_KIND = "infra"

    def __init__(
        self,
        *,
        model: channel.BaseChannel,
        examples: channel.BaseChannel | None = None,
        schema: channel.BaseChannel | None = None,
        evaluation: channel.BaseChannel | None = None,
        dataset: str = "model",
        signature: str = SERVING_DEFAULT,
        sample: int = 100,
        split: str = "eval",
        without: Sequence[str] = (),
        seconds: float = 60.0,
        memory: int | str = "4GB",
        latency_p50_ms: float | None = None,
        latency_p99_ms: float | None = None,
        size_at_most: int | str | None = None,
        allow_ops: Mapping[str, str] | None = None,
    ) -> None:
        settings = _settings(
            signature=signature,
            sample=sample,
            split=split,
            without=without,
            seconds=seconds,
            memory=memory,
            latency_p50_ms=latency_p50_ms,
            latency_p99_ms=latency_p99_ms,
            size_at_most=size_at_most,
            allow_ops=allow_ops or {},
        )
        given = {
            keys.EXAMPLES: examples,
            keys.SCHEMA: schema,
            keys.EVALUATION: evaluation,
        }
        super().__init__(
            spec.InfraTestsSpec(
                **{
                    keys.MODEL: model,
                    **{name: one for name, one in given.items() if one is not None},
                    keys.SETTINGS: settings.model_dump_json(),
                    keys.DATASET: dataset,
                    keys.REPORT: channel.Channel(type=TestReport),
                }
            )
        )
        self.executor_spec.guard(self)


def _settings(**given: Any) -> Settings:
    try:
        return Settings(**given)
    except pydantic.ValidationError as refused:
        errors = [
            UsageError(
                "a setting of InfraTests is not as it must be",
                where=f"InfraTests({one['loc'][0]}=…)",
                expected=one["msg"],
                got=repr(one["input"])[:100],
                fix="correct it",
            )
            for one in refused.errors()
        ]
        raise_all("the settings of InfraTests are wrong", errors)
        raise
