"""Holds data against their history: the core of the command and the component."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.data_tests.evaluate import unreadable
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.suite import without_tests
from tidegate.drift_tests.history import History, read_history, write_summary
from tidegate.drift_tests.history.acceptance import Verdict
from tidegate.drift_tests.history.names import SUMMARY_FILE
from tidegate.drift_tests.history.root import Root
from tidegate.drift_tests.measured import Measured, measure
from tidegate.errors import ExitCode, TidegateError
from tidegate.report.model import TestReport

if TYPE_CHECKING:
    from tidegate.drift_tests.decision import DriftDecision
    from tidegate.drift_tests.settings import DriftSettings


@dataclass(frozen=True)
class Wanted:
    """What is to be held against which history.

    Attributes:
        data: Files, folders, globs, or a data set.
        history: The history's folder, or a URL that fsspec knows.
        settings: What is promised.
        name: Name of the span; None names it by its day, number or content.
        dataset: Name of the data set, for the report.
        span: Number of the span.
        start: First day of the span; None asks `dates`.
        dates: Rule by which the first day is found.
        schema: Marks private columns.
        settings_file: Where the settings are, for the report.
    """

    data: Sequence[str] | Dataset
    history: str | Path | Root
    settings: DriftSettings
    name: str | None = None
    dataset: str = "data"
    span: int | None = None
    start: date | None = None
    dates: str | None = None
    schema: schema_pb2.Schema | None = None
    settings_file: str | None = None

    def on(self, data: Dataset) -> Wanted:
        """The same of a data set that has been opened."""
        return replace(self, data=data)


@dataclass(frozen=True, eq=False)
class Checked:
    """A verdict, and what it was made from.

    Attributes:
        report: The verdict.
        measured: What was measured; None of data that cannot be read whole.
        decision: The decision; None of such data.
        history: The spans that the data were held against.
    """

    report: TestReport
    measured: Measured | None = None
    decision: DriftDecision | None = None
    history: History = field(default_factory=History)

    def write_summary(self, folder: Path) -> Path | None:
        """Writes what would enter the history; None where nothing was measured."""
        if self.measured is None:
            return None
        path = folder / SUMMARY_FILE
        return write_summary(self.measured.measures, path, self.verdict)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict for the record; None where nothing could be decided."""
        return None if self.decision is None else verdict_of(self.decision)


def verdict_of(decision: DriftDecision) -> Verdict | None:
    """The verdict for the record; None of a silence that promises nothing yet."""
    if decision.alarm:
        return "alarmed"
    return None if decision.cold_start else "passed"


def check(wanted: Wanted, progress: Callable[[Glance], None] | None = None) -> Checked:
    """The verdict on data: like their history, or not.

    Data that cannot be read whole fail: the report says where and why.

    Args:
        wanted: What is held against what.
        progress: Called with what was seen of each batch.

    Raises:
        UsageError: There are no such data, or the history or a setting is wrong.
        InfrastructureError: The history cannot be reached.
    """
    started = time.monotonic()
    history = read_history(wanted.history)
    try:
        measured = measure(
            wanted.data,
            wanted.name,
            span=wanted.span,
            start=wanted.start,
            dates=wanted.dates,
            schema=wanted.schema,
            partners=history,
            progress=progress,
        )
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return Checked(unreadable_report(wanted, error, started), history=history)
    return judge(wanted, measured, history, started)


def judge(
    wanted: Wanted, measured: Measured, history: History, started: float
) -> Checked:
    """The verdict on what was measured.

    Args:
        wanted: What is held against what.
        measured: What was measured.
        history: The accepted spans; those before this one count.
        started: When it began, by `time.monotonic()`.
    """
    from tidegate.drift_tests.decide import decide

    before = history.before(measured.measures)
    decision = decide(before, measured.measures, wanted.settings)
    report = decision.as_report(dataset=wanted.dataset).model_copy(
        update={
            "splits": dict(measured.whole.splits),
            "sources": measured.sources,
            "suite_file": wanted.settings_file,
            "seconds": time.monotonic() - started,
        }
    )
    return Checked(report, measured, decision, before)


def unreadable_report(
    wanted: Wanted, error: TidegateError, started: float | None = None
) -> TestReport:
    """The verdict on data that cannot be read whole: they fail.

    Args:
        wanted: What was to be held against what.
        error: What is wrong with the data.
        started: When it began, by `time.monotonic()`.
    """
    suite = without_tests(wanted.dataset)
    return unreadable(suite, error, wanted.span).report.model_copy(
        update={
            "kind": "drift",
            "suite_file": wanted.settings_file,
            "seconds": 0.0 if started is None else time.monotonic() - started,
        }
    )
