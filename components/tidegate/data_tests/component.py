"""DataTests: runs a suite of data tests over examples and reports."""

from __future__ import annotations

from pathlib import Path

from tfx.dsl.components.base import base_component
from tfx.types import channel

from tidegate.artifacts import TestReport
from tidegate.data_tests import spec
from tidegate.data_tests.executor import Executor
from tidegate.data_tests.suite import Suite, load_suite
from tidegate.errors import UsageError
from tidegate.gate.placement import GuardedExecutorSpec


class DataTests(base_component.BaseComponent):  # type: ignore[misc]
    """Tests examples against a schema and a suite, and reports.

    The schema's verdict is TFDV's own. The report fails nothing by itself: a
    Gate reads it, and whatever else reads the examples must stand behind the
    gate, or the pipeline is refused when it is compiled.

    Args:
        examples: Examples to test, all splits together.
        suite: The tests: a YAML file, or a `Suite` built in Python.
        statistics: ExampleStatistics of the examples, for the schema's verdict.
        schema: Schema for the verdict. Needs `statistics`, and they need it.

    Raises:
        UsageError: The suite is missing or wrong, or one of statistics and
            schema is given without the other.
    """

    SPEC_CLASS = spec.DataTestsSpec
    EXECUTOR_SPEC = GuardedExecutorSpec(Executor)
    TESTS = spec.EXAMPLES
    REPORT_KIND = "data"

    def __init__(
        self,
        *,
        examples: channel.BaseChannel,
        suite: str | Path | Suite,
        statistics: channel.BaseChannel | None = None,
        schema: channel.BaseChannel | None = None,
    ) -> None:
        if (statistics is None) is not (schema is None):
            raise UsageError(
                "the schema's verdict needs both statistics and schema",
                where="DataTests",
                expected="both of them, or neither",
                got="schema only" if statistics is None else "statistics only",
                fix="add the other one, or take this one away",
            )
        parsed = suite if isinstance(suite, Suite) else load_suite(Path(suite))
        inputs = {spec.STATISTICS: statistics, spec.SCHEMA: schema}
        super().__init__(
            spec.DataTestsSpec(
                **{
                    spec.EXAMPLES: examples,
                    **{key: given for key, given in inputs.items() if given},
                    spec.SUITE: parsed.model_dump_json(),
                    spec.REPORT: channel.Channel(type=TestReport),
                }
            )
        )
        self.executor_spec.guard(self)
