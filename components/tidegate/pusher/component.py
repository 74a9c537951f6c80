"""Pusher: publishes a model, with where it comes from on the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.pusher import keys, spec
from tidegate.pusher.executor import Executor

BECOMES = ("champion", "canary", "none")


class Pusher(base_component.BaseComponent):  # type: ignore[misc]
    """Publishes a model as the next version, and says so on the ledger.

    The model is staged, hashed and renamed: a server sees all of it or nothing.
    What is given beside the model is where it comes from, and goes on the ledger:
    data, schema, reports, metrics, settings, code and environment.

    A model that a gate would not let through is refused here, too: where a report
    that is given did not pass, or a blessing does not bless, the run fails. It is
    never skipped in silence.

    Example:
        ```python
        gate = Gate(model=model_tests.outputs["report"])
        pusher = Pusher(
            model=trainer.outputs["model"],
            push_to="gs://bucket/flights/pushed",
            examples=example_gen.outputs["examples"],
            model_report=model_tests.outputs["report"],
            code=__file__,
        )
        gate.before(pusher)
        ```

    Args:
        model: The Model of a Trainer.
        push_to: Folder of the versions, or a URL that fsspec knows.
        examples: What the model was trained and judged on.
        schema: The schema of the data.
        evaluation: ModelEvaluation of an Evaluator, for the metrics.
        data_report: Report of a DataTests.
        model_report: Report of a ModelTests.
        infra_report: Report of an InfraTests.
        drift_report: Report of a DriftTests.
        model_blessing: ModelBlessing of an Evaluator.
        parameters: Settings of the run, for the record. No secrets: whoever may
            read the models may read them.
        becomes: "champion" serves at once; "canary" serves a share beside the
            champion until it is promoted (the first model of all is champion);
            "none" is only kept.
        percent: The canary's share of the requests, 0 to 99; 0 for a canary that
            is only held against replayed rows.
        by: Who answers for it, for the record.
        reason: Why, for the record; None says that every gate was open.
        key: Path of the private key that the model is signed with, where the step
            runs; on a cluster a mounted secret. Never the key itself.
        code: A Python file of the pipeline, such as `__file__`: the Python files
            of its folder are the pipeline's code, and its git has the commit.

    Raises:
        UsageError: Something cannot be; all of it at once.
    """

    SPEC_CLASS = spec.PusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    # What it writes is in no artifact: served from a cache, it would not be written.
    READS_OUTSIDE = True

    def __init__(
        self,
        model: channel.BaseChannel,
        push_to: str | Path,
        *,
        examples: channel.BaseChannel | None = None,
        schema: channel.BaseChannel | None = None,
        evaluation: channel.BaseChannel | None = None,
        data_report: channel.BaseChannel | None = None,
        model_report: channel.BaseChannel | None = None,
        infra_report: channel.BaseChannel | None = None,
        drift_report: channel.BaseChannel | None = None,
        model_blessing: channel.BaseChannel | None = None,
        parameters: Mapping[str, Any] | None = None,
        becomes: Literal["champion", "canary", "none"] = "champion",
        percent: int = 10,
        by: str = "Pusher",
        reason: str | None = None,
        key: str | Path | None = None,
        code: str | Path | None = None,
    ) -> None:
        given = {
            keys.EXAMPLES: examples,
            keys.SCHEMA: schema,
            keys.EVALUATION: evaluation,
            **dict(
                zip(
                    keys.REPORTS,
                    (data_report, drift_report, model_report, infra_report),
                    strict=True,
                )
            ),
            keys.MODEL_BLESSING: model_blessing,
            keys.REASON: reason,
            keys.PARAMETERS: _json(parameters),
            keys.KEY: None if key is None else str(key),
            keys.CODE: None if code is None else str(Path(code).absolute()),
        }
        _check(str(push_to), becomes, percent, by, given[keys.KEY])
        super().__init__(
            spec.PusherSpec(
                **{
                    keys.MODEL: model,
                    keys.PUSH_TO: str(push_to),
                    keys.BECOMES: becomes,
                    keys.PERCENT: percent,
                    keys.BY: by,
                    keys.PUSHED_MODEL: channel.Channel(
                        type=standard_artifacts.PushedModel
                    ),
                    **{name: one for name, one in given.items() if one is not None},
                }
            )
        )


def _json(parameters: Mapping[str, Any] | None) -> str | None:
    if parameters is None:
        return None
    try:
        return json.dumps(dict(parameters), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            "the settings for the record are no JSON",
            where="Pusher(parameters=…)",
            expected="text, finite numbers, true and false, lists and objects",
            got=str(error),
            fix='config.model_dump(mode="json")',
        ) from error


def _check(push_to: str, becomes: str, percent: Any, by: str, key: Any) -> None:
    """Refuses what no push can be made of."""
    errors: list[TidegateError] = []

    def refuse(name: str, message: str, expected: str, got: str) -> None:
        errors.append(
            UsageError(message, where=f"Pusher({name}=…)", expected=expected, got=got)
        )

    if not push_to:
        refuse("push_to", "there is no place to push to", "a folder or a URL", '""')
    if becomes not in BECOMES:
        expected = " or ".join(map(repr, BECOMES))
        refuse("becomes", "a model cannot become that", expected, repr(becomes))
    if isinstance(percent, bool) or percent not in range(100):
        refuse("percent", "that is no share", "0 to 99", repr(percent))
    if not by:
        refuse("by", "nobody answers for the model", "a person or a name", '""')
    if key is not None and ("\n" in key or "-----BEGIN" in key):
        # It would be in the compiled spec for all to read.
        refuse("key", "that is a key, not the path of one", "a path", "not shown")
    raise_all("the model cannot be pushed like this", errors)
