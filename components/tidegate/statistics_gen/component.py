"""StatisticsGen: statistics of examples, for validation, schemas and drift."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.errors import UsageError
from tidegate.statistics_gen import keys, spec
from tidegate.statistics_gen.executor import Executor


class StatisticsGen(base_beam_component.BaseBeamComponent):  # type: ignore[misc]
    """Makes the statistics that the stock StatisticsGen makes, on columns.

    The output is the stock artifact, for SchemaGen, ExampleValidator, Transform
    and whatever else reads it. Options that are not covered go to the stock
    executor; the log says so, and why.

    Example:
        ```python
        statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"])
        ```

    Args:
        examples: Examples to describe.
        schema: Schema that says which numbers are categories and which bytes
            images; not beside a schema in `stats_options`.
        stats_options: `tfdv.StatsOptions`, or anything else with its `to_json`.
        exclude_splits: Names of splits to leave out.
        engine: "columnar" reads the examples in bounded memory on one machine;
            "beam" runs the same on Beam, as the pipeline's `beam_pipeline_args`
            say. Both give the same statistics.

    Raises:
        UsageError: There is no such engine, or the options cannot be used.
    """

    SPEC_CLASS = spec.StatisticsGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        schema: channel.BaseChannel | None = None,
        stats_options: Any = None,
        exclude_splits: Sequence[str] | None = None,
        *,
        engine: Literal["columnar", "beam"] = "columnar",
    ) -> None:
        if engine not in ("columnar", "beam"):
            raise _no_engine(engine)
        given: dict[str, Any] = {} if schema is None else {keys.SCHEMA: schema}
        if stats_options is not None:
            given[keys.STATS_OPTIONS] = _json(stats_options)
        super().__init__(
            spec.StatisticsGenSpec(
                **{
                    keys.EXAMPLES: examples,
                    keys.EXCLUDE_SPLITS: json.dumps(list(exclude_splits or [])),
                    keys.ENGINE: engine,
                    keys.STATISTICS: channel.Channel(
                        type=standard_artifacts.ExampleStatistics
                    ),
                    **given,
                }
            )
        )


def _json(stats_options: Any) -> str:
    try:
        found: str = stats_options.to_json()
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            "the options of the statistics cannot be handed to an executor",
            where="StatisticsGen(stats_options=…)",
            expected="tfdv.StatsOptions without generators and slice functions",
            got=str(error),
            fix="leave out what is a Python object, such as custom generators",
        ) from error
    return found


def _no_engine(engine: object) -> UsageError:
    return UsageError(
        "there is no such engine for statistics",
        where="StatisticsGen(engine=…)",
        expected='"columnar" or "beam"',
        got=repr(engine),
        fix='leave it out, or engine="beam" for data beyond one machine',
    )
