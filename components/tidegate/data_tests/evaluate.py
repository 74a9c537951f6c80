"""Runs a suite and the schema's verdict over examples. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue import DataTest, Evidence
from tidegate.data_tests.catalogue.base import Rows, of_rows
from tidegate.data_tests.failing_rows import failing_rows
from tidegate.data_tests.samples import sample_rows
from tidegate.data_tests.schema_results import schema_faults
from tidegate.data_tests.schema_verdict import schema_anomalies
from tidegate.data_tests.suite import Suite
from tidegate.errors import DataError
from tidegate.report.model import Level, Outcome, TestReport, TestResult
from tidegate.report.wording import counted

# Almost every test holds of nothing at all, and nothing must not get through.
_EMPTY = TestResult(
    test="rows",
    subject="rows",
    expectation="at least 1",
    observed="0 rows",
    outcome=Outcome.FAILED,
    fix="deliver the data again; this delivery is empty",
    why="an empty delivery breaks no rule about its rows",
)


@dataclass(frozen=True)
class Evaluation:
    """A report, and every row that broke a test.

    Attributes:
        report: The report.
        failing_rows: Place (`file`, `line`, `split`, `row`), the names of the
            broken `tests`, then the row's own columns, private ones masked.
    """

    report: TestReport
    failing_rows: pa.Table


@dataclass(frozen=True)
class _Found:
    """A result and the rows behind it."""

    result: TestResult
    rows: Rows | None


def evaluate(
    suite: Suite,
    examples: Examples,
    statistics: Mapping[str, bytes] | None = None,
    schema: schema_pb2.Schema | None = None,
    *,
    span: int | None = None,
) -> Evaluation:
    """The verdict on a batch of examples.

    Args:
        suite: The tests. They see all splits together.
        examples: The examples of all splits.
        statistics: Serialized `DatasetFeatureStatisticsList` by split.
        schema: The schema; TFDV judges each split's statistics by it.
        span: Span of the examples, for the report.
    """
    started = time.monotonic()
    found = [
        *_schema_results(statistics or {}, schema, examples, suite),
        *(_suite_result(test, examples, suite) for test in suite.tests),
    ]
    if not examples.table.num_rows:
        found.append(_Found(_EMPTY, None))
    failing = failing_rows(
        [
            (_name(one.result), one.rows)
            for one in found
            if one.result.outcome is Outcome.FAILED and one.rows is not None
        ],
        examples,
        frozenset(suite.private),
    )
    report = TestReport(
        kind="data",
        dataset=suite.dataset,
        results=tuple(one.result for one in found),
        rows=examples.table.num_rows,
        splits=examples.splits,
        span=span,
        sources=examples.sources,
        failing_rows=failing.num_rows,
        seconds=time.monotonic() - started,
    )
    return Evaluation(report, failing)


def unreadable(suite: Suite, error: DataError, span: int | None = None) -> Evaluation:
    """The verdict on examples that cannot be read whole: they fail.

    Args:
        suite: The tests that could not be run.
        error: What is wrong with the examples.
        span: Span of the examples, for the report.
    """
    seen = ": ".join(part for part in (error.message, error.got) if part)
    result = TestResult(
        test="readable",
        subject="rows",
        expectation=error.expected or "every record whole",
        observed=f"{seen} ({error.where})" if error.where else seen,
        outcome=Outcome.FAILED,
        fix=error.fix,
        why="a file cut short must not pass for a smaller one",
    )
    report = TestReport(
        kind="data", dataset=suite.dataset, results=(result,), rows=0, span=span
    )
    return Evaluation(report, pa.table({}))


def _name(result: TestResult) -> str:
    """What the failing rows call a test: a condition on rows is its own name."""
    about = result.expectation if result.subject == "rows" else result.subject
    return f"{result.test}: {about}"


def _suite_result(test: DataTest, examples: Examples, suite: Suite) -> _Found:
    evidence = test.evaluate(examples)
    hidden = set(suite.private) & set(evidence.columns)
    outcome = _outcome(evidence.holds, test.level)
    result = TestResult(
        test=test.name,
        subject=test.subject,
        expectation=test.expectation,
        observed=_told(evidence, examples) if hidden else evidence.observed,
        outcome=outcome,
        level=test.level,
        failing_rows=None if evidence.rows is None else len(evidence.rows),
        sample=()
        if evidence.holds or evidence.rows is None
        else sample_rows(evidence.rows, evidence.columns, examples, suite),
        fix=None if evidence.holds else evidence.fix or _advice(test),
        why=test.why,
    )
    return _Found(result, None if evidence.holds else evidence.rows)


def _told(evidence: Evidence, examples: Examples) -> str:
    """What was seen, without a value: the column is private."""
    if evidence.rows is None:
        return "it does not hold" if not evidence.holds else "it holds"
    return of_rows(evidence.rows, examples.table.num_rows)


def _advice(test: DataTest) -> str:
    """What to do about a failed test that has no better advice of its own."""
    what = "the rows" if test.subject == "rows" else test.subject
    return f"fix {what} in the export, or change `{test.name}` in the suite"


def _schema_results(
    statistics: Mapping[str, bytes],
    schema: schema_pb2.Schema | None,
    examples: Examples,
    suite: Suite,
) -> Iterator[_Found]:
    if schema is None:
        return
    judged = {split: _whole(content) for split, content in statistics.items()}
    for split in examples.splits:
        if not judged.get(split):
            yield _Found(_unseen(split), None)
    anomalies = {
        split: schema_anomalies(content, schema.SerializeToString())
        for split, content in judged.items()
        if content
    }
    faults = schema_faults(anomalies, schema, examples)
    why = "a column that is new, gone, or of another type or domain"
    for fault in faults:
        columns = () if fault.rows is None else (fault.column,)
        yield _Found(
            TestResult(
                test="schema",
                subject=fault.column,
                expectation=fault.expectation,
                observed="not as the schema says"
                if fault.column in suite.private
                else fault.observed,
                outcome=_outcome(False, fault.level),
                level=fault.level,
                failing_rows=None if fault.rows is None else len(fault.rows),
                sample=()
                if fault.rows is None
                else sample_rows(fault.rows, columns, examples, suite),
                fix=fault.fix,
                why=why,
            ),
            fault.rows,
        )
    broken = {fault.column for fault in faults}
    whole = [f.name for f in schema.feature if f.name not in broken]
    if whole and anomalies:
        yield _Found(
            TestResult(
                test="schema",
                subject="schema",
                expectation="columns as the schema says",
                observed=f"{counted(len(whole), 'columns')} as they should be",
                outcome=Outcome.PASSED,
                why=why,
            ),
            None,
        )


def _whole(content: bytes) -> bytes:
    """The data set over all rows, as TFDV's validator takes it; empty if none."""
    held = statistics_pb2.DatasetFeatureStatisticsList()
    held.ParseFromString(content)
    # With slices beside it the whole has a name; alone it may have none.
    whole = [one for one in held.datasets if one.name == "All Examples"]
    chosen = [*whole, *held.datasets]
    return bytes(chosen[0].SerializeToString()) if chosen else b""


def _unseen(split: str) -> TestResult:
    return TestResult(
        test="schema",
        subject=split,
        expectation="columns as the schema says",
        observed=f"there are no statistics of split {split}",
        outcome=Outcome.SKIPPED,
        why="a split that StatisticsGen leaves out cannot be held against a schema",
        fix=f"let StatisticsGen cover split {split}",
    )


def _outcome(holds: bool, level: Level) -> Outcome:
    if holds:
        return Outcome.PASSED
    return Outcome.WARNED if level is Level.WARN else Outcome.FAILED
