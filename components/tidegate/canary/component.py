"""Canary: holds a canary against the champion, and promotes or abandons it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.artifacts import TestReport
from tidegate.canary import keys, spec
from tidegate.canary.executor import Executor
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.model_tests.suite import ModelSuite, load_suite
from tidegate.saved_model.allowing import allowed_property


class Canary(base_component.BaseComponent):  # type: ignore[misc]
    """Replays rows to a canary and to the champion, and decides between them.

    Both are loaded from where they were pushed to, as a server does, and their
    files are held against the ledger first. A suite of model tests judges what
    they answer. The canary is promoted where its tests passed, else abandoned; the
    ledger has the reason, and the report is an artifact that a Gate may read.

    Stopped at any moment it leaves the old champion or the new one, and run again
    it decides nothing twice.

    Example:
        ```python
        pusher = Pusher(trainer.outputs["model"], push_to, becomes="canary")
        canary = Canary(
            pusher.outputs["pushed_model"],
            example_gen.outputs["examples"],
            push_to,
            suite="schemas/flights/canary_tests.yaml",
            label="late",
            weight="weight",
        )
        ```

    Args:
        pushed_model: Of a Pusher with `becomes="canary"`.
        examples: Rows to replay, with labels: those of the run, or requests that
            were logged.
        push_to: Where the Pusher pushes to.
        suite: The tests: a YAML file, or a `ModelSuite` built in Python.
        label: Output of the model's signature `transform_features`, or else a
            feature, that is the label.
        explanation: Explanation of the model, for the test `single_feature`.
        weight: The same for the weight of a row; None weighs all rows alike.
        output: Output of the signature that is the prediction; None takes its
            only one.
        signature: Signature that is called.
        slices: Features to slice by.
        splits: Splits to replay; None takes "eval" where there is one, else all.
        rows: How many rows are replayed, drawn by chance, the same each time.
        dataset: Name of the model in reports, where the suite has none.
        by: Who answers for the decision, for the record.
        allow_ops: Operations for which no model is loaded else, each with the
            reason why these models may have it.

    Raises:
        UsageError: The suite is missing or wrong, or something cannot be.
    """

    SPEC_CLASS = spec.CanarySpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    # What it reads and decides is on the ledger, in no artifact.
    READS_OUTSIDE = True

    def __init__(
        self,
        pushed_model: channel.BaseChannel,
        examples: channel.BaseChannel,
        push_to: str | Path,
        *,
        suite: str | Path | ModelSuite,
        label: str,
        explanation: channel.BaseChannel | None = None,
        weight: str | None = None,
        output: str | None = None,
        signature: str = "serving_default",
        slices: Sequence[str] = (),
        splits: Sequence[str] | None = None,
        rows: int = 10_000,
        dataset: str = "model",
        by: str = "Canary",
        allow_ops: Mapping[str, str] | None = None,
    ) -> None:
        _check(str(push_to), label, rows, by)
        optional = {
            keys.EXPLANATION: explanation,
            keys.WEIGHT: weight,
            keys.OUTPUT: output,
            keys.SPLITS: None if splits is None else json.dumps(list(splits)),
            **allowed_property(allow_ops, "Canary"),
        }
        super().__init__(
            spec.CanarySpec(
                **{
                    keys.PUSHED_MODEL: pushed_model,
                    keys.EXAMPLES: examples,
                    keys.PUSH_TO: str(push_to),
                    **_suite(suite),
                    keys.LABEL: label,
                    keys.SIGNATURE: signature,
                    keys.SLICES: json.dumps(list(slices)),
                    keys.ROWS: rows,
                    keys.DATASET: dataset,
                    keys.BY: by,
                    keys.EVALUATION: channel.Channel(
                        type=standard_artifacts.ModelEvaluation
                    ),
                    keys.REPORT: channel.Channel(type=TestReport),
                    **{name: one for name, one in optional.items() if one is not None},
                }
            )
        )


def _suite(suite: str | Path | ModelSuite) -> dict[str, str]:
    """Execution properties of the suite."""
    if isinstance(suite, ModelSuite):
        return {keys.SUITE: suite.model_dump_json()}
    parsed = load_suite(Path(suite))
    return {keys.SUITE: parsed.model_dump_json(), keys.SUITE_FILE: str(suite)}


def _check(push_to: str, label: str, rows: Any, by: str) -> None:
    """Refuses what nothing can be replayed by."""
    errors: list[TidegateError] = []

    def refuse(name: str, message: str, expected: str, got: str) -> None:
        errors.append(
            UsageError(message, where=f"Canary({name}=…)", expected=expected, got=got)
        )

    if not push_to:
        refuse("push_to", "nobody knows where models are", "that of the Pusher", '""')
    if not label:
        refuse("label", "without a label nothing can be judged", "a name", '""')
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        refuse("rows", "no row would be replayed", "a number from 1", repr(rows))
    if not by:
        refuse("by", "nobody answers for the decision", "a person or a name", '""')
    raise_all("the canary cannot be decided upon like this", errors)
