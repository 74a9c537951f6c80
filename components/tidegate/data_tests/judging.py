"""From what the tests saw to results: outcomes, words, plots, waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.statistics.tfdv import dataset_statistics
from tidegate.data_tests.catalogue import DataTest, Evidence
from tidegate.data_tests.catalogue.base import of_rows
from tidegate.data_tests.engine import Engine
from tidegate.data_tests.judged import Judged
from tidegate.data_tests.leaving import leaving
from tidegate.data_tests.schema_results import schema_faults
from tidegate.data_tests.schema_verdict import schema_anomalies
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.waiver import Waiver
from tidegate.data_tests.whole import Whole
from tidegate.report.model import Level, Outcome, TestResult, Waived
from tidegate.report.wording import counted

_WHY_SCHEMA = "a column that is new, gone, or of another type or domain"


def judge_suite(
    suite: Suite, verdicts: Sequence[Evidence], whole: Whole, today: date
) -> Iterator[Judged]:
    """The result of every test of the suite, in its order.

    Args:
        suite: The tests.
        verdicts: What each of them came to.
        whole: What is known of the data set; its `pii` is not shown.
        today: The day by which waivers are judged, in UTC.
    """
    for number, (test, evidence) in enumerate(zip(suite.tests, verdicts, strict=True)):
        source = suite.places[number] if number < len(suite.places) else None
        yield _judged(test, evidence, whole, today, source)


def judge_schema(
    statistics: Mapping[str, bytes] | None,
    schema: schema_pb2.Schema | None,
    whole: Whole,
    dataset: Dataset,
    engine: Engine | None = None,
) -> Iterator[Judged]:
    """What TFDV's verdict on the statistics comes to, column by column.

    Args:
        statistics: Serialized statistics by split; None makes them of all rows.
        schema: The schema; None judges nothing.
        whole: What is known of the data set; its `pii` is not shown.
        dataset: The data set, to find the rows behind an anomaly.
        engine: Runs the search for them; None runs it in this process.
    """
    if schema is None:
        return
    if statistics is None:
        whole_statistics = dataset_statistics(
            whole.profiles[None], whole.rows, schema=schema, as_examples=True
        )
        judged = {"": bytes(whole_statistics.SerializeToString())}
    else:
        judged = {split: _all_rows(held) for split, held in statistics.items()}
        for split in whole.splits:
            if not judged.get(split):
                yield Judged(_unseen(split))
    anomalies = {
        split: schema_anomalies(content, schema.SerializeToString())
        for split, content in judged.items()
        if content
    }
    faults = schema_faults(anomalies, schema, dataset, whole, engine)
    for fault in faults:
        yield Judged(
            TestResult(
                test="schema",
                subject=fault.column,
                expectation=fault.expectation,
                observed="not as the schema says"
                if fault.column in whole.pii
                else fault.observed,
                outcome=_outcome(False, fault.level),
                level=fault.level,
                failing_rows=None if fault.blame is None else len(fault.blame),
                fix=fault.fix,
                why=_WHY_SCHEMA,
                family="schema",
            ),
            fault.blame,
            (fault.column,),
        )
    broken = {fault.column for fault in faults}
    sound = [f.name for f in schema.feature if f.name not in broken]
    if sound and anomalies:
        yield Judged(
            TestResult(
                test="schema",
                subject="schema",
                expectation="columns as the schema says",
                observed=f"{counted(len(sound), 'columns')} as they should be",
                outcome=Outcome.PASSED,
                why=_WHY_SCHEMA,
                family="schema",
            )
        )


def _judged(
    test: DataTest,
    evidence: Evidence,
    whole: Whole,
    today: date,
    source: str | None,
) -> Judged:
    broken = evidence.holds is False
    waived = _waived(test.waiver, today)
    expired = waived is not None and waived.state == "expired"
    hidden = whole.pii & {*evidence.columns, *test.columns}
    observed = _told(evidence, whole.rows) if hidden else evidence.observed
    advice = None if hidden else evidence.fix  # it may quote what was seen
    fix = advice or _advice(test) if broken else None
    if test.where and evidence.total == 0 and not broken:
        observed = "the slice has no rows"
        fix = f"correct `where` of `{test.name}`, or take the test away"
    if expired and test.waiver is not None:
        observed = f"{observed}; its waiver expired on {test.waiver.expires}"
        fix = _renew(test.waiver) + (f"; {fix}" if fix else "")
    result = TestResult(
        test=test.name,
        subject=test.subject,
        expectation=test.expectation,
        observed=observed,
        outcome=_with_waiver(_of_slice(test, evidence), waived),
        level=test.level,
        failing_rows=None if evidence.rows is None else len(evidence.rows),
        fix=fix,
        why=test.purpose,
        family=test.family,
        slice=test.where,
        waiver=waived,
        source=source,
        plot=None if hidden or not broken else evidence.plot,
    )
    rows = evidence.rows if broken else None
    judged = Judged(result, rows, evidence.columns)
    may_leave = test.on_fail == "quarantine" and rows is not None and len(rows) > 0
    if may_leave and result.outcome is Outcome.FAILED and not expired:
        return leaving(judged, test.quarantine_at_most.of(whole.rows), whole.divides)
    return judged


def _of_slice(test: DataTest, evidence: Evidence) -> Outcome:
    """The outcome; a slice without rows proves nothing, and may be a typing error."""
    outcome = _outcome(evidence.holds, test.level)
    if outcome is Outcome.PASSED and test.where and evidence.total == 0:
        return Outcome.WARNED
    return outcome


def _waived(waiver: Waiver | None, today: date) -> Waived | None:
    if waiver is None:
        return None
    return Waived(
        owner=waiver.owner,
        reason=waiver.reason,
        expires=waiver.expires,
        state="active" if waiver.counts_on(today) else "expired",
    )


def _with_waiver(outcome: Outcome, waived: Waived | None) -> Outcome:
    if waived is None:
        return outcome
    if waived.state == "expired":
        return Outcome.FAILED
    return Outcome.WAIVED if outcome is Outcome.FAILED else outcome


def _renew(waiver: Waiver) -> str:
    return f"ask {waiver.owner} to renew the waiver or to end it"


def _told(evidence: Evidence, rows: int) -> str:
    """What was seen, without a value: the column is private."""
    if evidence.rows is not None:
        return of_rows(len(evidence.rows), evidence.total or rows)
    if evidence.holds is None:
        return "nothing can be said"
    return "it holds" if evidence.holds else "it does not hold"


def _advice(test: DataTest) -> str:
    """What to do about a failed test that has no better advice of its own."""
    what = "the rows" if test.subject == "rows" else test.subject
    return f"fix {what} in the export, or change `{test.name}` in the suite"


def _all_rows(content: bytes) -> bytes:
    """The data set over all rows, as TFDV's validator takes it; empty if none."""
    held = statistics_pb2.DatasetFeatureStatisticsList()
    held.ParseFromString(content)
    # With slices beside it the whole has a name; alone it may have none.
    whole = [one for one in held.datasets if one.name == "All Examples"]
    chosen: list[Any] = [*whole, *held.datasets]
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
        family="schema",
    )


def _outcome(holds: bool | None, level: Level) -> Outcome:
    if holds is None:
        return Outcome.SKIPPED
    if holds:
        return Outcome.PASSED
    return Outcome.WARNED if level is Level.WARN else Outcome.FAILED
