"""DataTests: runs a suite of data tests over examples and reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from tfx.dsl.components.base import base_component
from tfx.types import channel, standard_artifacts

from tidegate.artifacts import TestReport
from tidegate.data_tests import keys, spec
from tidegate.data_tests.accepted_spans import digest, find_reference
from tidegate.data_tests.executor import BeamExecutor, Executor
from tidegate.data_tests.suite import Suite, load_suite
from tidegate.errors import UsageError
from tidegate.gate.placement import GuardedBeamExecutorSpec, GuardedExecutorSpec


class DataTests(base_component.BaseComponent):  # type: ignore[misc]
    """Tests examples against a schema and a suite, and reports.

    The schema's verdict is TFDV's own. The report fails nothing by itself: a
    Gate reads it, and whatever else reads the examples must stand behind the
    gate, or the pipeline is refused when it is compiled.

    If a test of the suite says `on_fail: quarantine`, there are two more outputs:
    `accepted_examples`, without the bad rows, which everything downstream is to
    read, and `quarantined_examples`, the bad rows, which are for people. Both
    have no split while the gate is shut.

    Example:
        After Transform, a second one sees that no row got lost:

        ```python
        DataTests(
            examples=transform.outputs["transformed_examples"],
            counterpart=example_gen.outputs["examples"],
            suite=Suite(dataset="transformed", tests=[Conserved()]),
        )
        ```

    Args:
        examples: Examples to test, all splits together.
        suite: The tests: a YAML file, or a `Suite` built in Python.
        statistics: ExampleStatistics of the examples, for the schema's verdict and
            for `conserved`.
        schema: Schema for the verdict; without `statistics` it is on statistics
            that DataTests makes of all rows.
        reference: Folder of accepted spans, which must be there where the component
            runs. None takes the folder `reference` beside the suite's file, if
            there is one now; name it where the component runs elsewhere.
        counterpart: Other Examples that must have as many rows, for `conserved`.
        engine: "columnar" reads the examples in bounded memory on one machine, and
            "local" is its older name; "beam" runs on Beam, as the pipeline's
            `beam_pipeline_args` say. Both give the same report.

    Raises:
        UsageError: The suite is missing or wrong, or there is no such engine.
    """

    SPEC_CLASS = spec.DataTestsSpec
    EXECUTOR_SPEC = GuardedExecutorSpec(Executor)
    TESTS = keys.EXAMPLES
    ACCEPTED = keys.ACCEPTED
    REPORT_KIND = "data"

    def __init__(
        self,
        *,
        examples: channel.BaseChannel,
        suite: str | Path | Suite,
        statistics: channel.BaseChannel | None = None,
        schema: channel.BaseChannel | None = None,
        reference: str | Path | None = None,
        counterpart: channel.BaseChannel | None = None,
        engine: Literal["columnar", "local", "beam"] = "columnar",
    ) -> None:
        if engine not in ("columnar", "local", "beam"):
            raise _no_engine(engine)
        parsed = suite if isinstance(suite, Suite) else load_suite(Path(suite))
        inputs = {
            keys.STATISTICS: statistics,
            keys.SCHEMA: schema,
            keys.COUNTERPART: counterpart,
        }
        super().__init__(
            spec.DataTestsSpec(
                **{
                    keys.EXAMPLES: examples,
                    **{key: given for key, given in inputs.items() if given},
                    keys.SUITE: parsed.model_dump_json(),
                    **_texts(suite, reference),
                    **_outputs(parsed),
                }
            ),
            GuardedBeamExecutorSpec(BeamExecutor) if engine == "beam" else None,
        )
        self.executor_spec.guard(self)

    def with_beam_pipeline_args(self, args: Iterable[Any]) -> DataTests:
        """Adds Beam pipeline args of its own and returns the component.

        Raises:
            UsageError: It does not run on Beam.
        """
        if not isinstance(self.executor_spec, GuardedBeamExecutorSpec):
            raise UsageError(
                "these data tests do not run on Beam",
                where=self.id,
                fix='DataTests(…, engine="beam")',
            )
        self.executor_spec.add_beam_pipeline_args(args)
        return self


def _texts(suite: str | Path | Suite, reference: str | Path | None) -> dict[str, str]:
    """Execution properties that are there only if they say something."""
    found: dict[str, str] = {}
    if not isinstance(suite, Suite):
        found[keys.SUITE_FILE] = str(suite)
    folder = find_reference(reference, suite)
    if folder is not None:
        found[keys.REFERENCE] = str(folder)
        found[keys.REFERENCE_DIGEST] = digest(folder)
    return found


def _outputs(suite: Suite) -> dict[str, channel.Channel]:
    outputs = {keys.REPORT: channel.Channel(type=TestReport)}
    if any(test.on_fail == "quarantine" for test in suite.tests):
        for name in (keys.ACCEPTED, keys.QUARANTINED):
            outputs[name] = channel.Channel(type=standard_artifacts.Examples)
    return outputs


def _no_engine(engine: object) -> UsageError:
    return UsageError(
        "there is no such engine for data tests",
        where="DataTests(engine=…)",
        expected='"columnar" or "beam"',
        got=repr(engine),
        fix='leave it out, or engine="beam" for data beyond one machine',
    )
