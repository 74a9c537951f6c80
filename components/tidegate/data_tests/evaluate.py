"""Runs a suite and the schema's verdict over a data set. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import reduce

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Batch, Dataset, StartAgain
from tidegate.columnar.examples import Examples
from tidegate.columnar.held_dataset import Keeper
from tidegate.columnar.scan import scan
from tidegate.columnar.table_dataset import TableDataset
from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.column_types import column_types
from tidegate.data_tests.engine import Engine, InProcess
from tidegate.data_tests.failing_rows import RowsReader, Sink
from tidegate.data_tests.judged import Judged
from tidegate.data_tests.judging import judge_schema, judge_suite
from tidegate.data_tests.leaving import within_the_maximum
from tidegate.data_tests.plan import Glance, Plan
from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.reference import Reference
from tidegate.data_tests.settings import hidden_for_safety, judge_settings
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.verdicts import verdicts
from tidegate.data_tests.whole import Whole
from tidegate.errors import DataError, Problems, TidegateError, raise_all
from tidegate.report.model import READABLE, Outcome, TestReport, TestResult
from tidegate.report.wording import printable

# Bad rows are read again; what is smaller than this is kept until then.
_MOST_KEPT = 256 << 20
# Bytes are text where all of a batch are UTF-8.
_SAME_KIND = {"int": "int64", "text": "bytes"}
# Almost every test holds of nothing at all, and nothing must not get through.
_EMPTY = TestResult(
    test="rows",
    subject="rows",
    expectation="at least 1",
    observed="0 rows",
    outcome=Outcome.FAILED,
    fix="deliver the data again; this delivery is empty",
    why="an empty delivery breaks no rule about its rows",
    family="batch",
)


@dataclass(frozen=True)
class Evaluation:
    """A report, and what it was made from.

    Attributes:
        report: The report.
        failing_rows: Place (`file`, `line`, `split`, `row`), the names of the
            broken `tests`, then the row's own columns, private ones masked. Empty
            if the rows went to a sink.
        whole: What is known of the data set; None if it could not be read.
        bad: The rows that leave into quarantine.
        glance: What all tests saw; None if the data could not be read.
        dataset: The data set as it was read in the end.
        figures: What the tests measured, by name, for a summary of the span.
    """

    report: TestReport
    failing_rows: pa.Table = field(default_factory=lambda: pa.table({}))
    whole: Whole | None = None
    bad: Blame = field(default_factory=Blame)
    glance: Glance | None = None
    dataset: Dataset | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Circumstances:
    """What a verdict depends on besides suite, schema and data.

    Attributes:
        span: Span of the data, for the report.
        reference: What accepted data look like.
        now: The time by which freshness and waivers are judged, in UTC.
        counterparts: Rows of what was made from the same data, by name.
        divides: Whether rows that may leave are really taken out afterwards;
            if not, they fail their test.
        measured: Whether the data may be accepted: then tests measure even what
            they cannot judge yet.
        suite_file: Where the suite is, for the report.
        schema_file: Where the schema is, for the report.
    """

    span: int | None = None
    reference: Reference | None = None
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    counterparts: Mapping[str, int] = field(default_factory=dict)
    divides: bool = False
    measured: bool = True
    suite_file: str | None = None
    schema_file: str | None = None


def evaluate(
    suite: Suite,
    data: Dataset | Examples,
    statistics: Mapping[str, bytes] | None = None,
    schema: schema_pb2.Schema | None = None,
    *,
    span: int | None = None,
    given: Circumstances | None = None,
    sink: Sink | None = None,
    progress: Callable[[Glance], None] | None = None,
    sampled: bool = False,
) -> Evaluation:
    """The verdict on a data set.

    Args:
        suite: The tests. They see all splits together.
        data: The data set, or examples in memory.
        statistics: Serialized `DatasetFeatureStatisticsList` by split; None
            makes statistics of all rows on the way.
        schema: The schema; TFDV judges the statistics by it.
        span: Span of the data, for the report.
        given: What else the verdict depends on.
        sink: Gets the failing rows, table by table; None keeps them in memory.
        progress: Called with what was seen of each batch.
        sampled: Draw a sample of the rows even if no test needs it; a summary
            of the data knows how columns go together from it alone.

    Raises:
        DataError: The data cannot be read whole. See `unreadable`.
    """
    started = time.monotonic()
    given = given or Circumstances(span=span)
    dataset = TableDataset.of(data) if isinstance(data, Examples) else data
    glance, dataset = look(suite, dataset, progress, sampled)
    return conclude(
        suite, dataset, glance, statistics, schema, given, sink=sink, started=started
    )


def look(
    suite: Suite,
    dataset: Dataset,
    progress: Callable[[Glance], None] | None = None,
    sampled: bool = False,
) -> tuple[Glance, Dataset]:
    """What the tests of a suite see in all batches, and the data set as read.

    Raises:
        DataError: The data cannot be read whole.
    """
    plan, keeper = plan_of(suite, dataset, sampled), Keeper(_MOST_KEPT)

    def seen(batch: Batch) -> Glance:
        keeper.keep(batch)
        return plan.look(batch)

    try:
        total = Glance()
        for glance in scan(dataset, seen):
            total = total.merge(glance)
            if progress is not None:
                progress(glance)
        return total, keeper.instead_of(dataset)
    except StartAgain as again:
        return look(suite, again.dataset, progress, sampled)


def plan_of(suite: Suite, dataset: Dataset, sampled: bool = False) -> Plan:
    """What the suite asks of the batches of a data set; perhaps a sample besides."""
    splits = tuple(part.split for part in dataset.parts)
    return Plan(tuple(suite.tests), splits, sampled)


def conclude(
    suite: Suite,
    dataset: Dataset,
    glance: Glance,
    statistics: Mapping[str, bytes] | None,
    schema: schema_pb2.Schema | None,
    given: Circumstances,
    *,
    sink: Sink | None = None,
    started: float | None = None,
    engine: Engine | None = None,
) -> Evaluation:
    """The verdict on what was seen of all batches, here or elsewhere.

    Args:
        suite: The tests.
        dataset: The data set; some rows are read a second time.
        glance: What all tests saw.
        statistics: See `evaluate`.
        schema: See `evaluate`.
        given: See `evaluate`.
        sink: See `evaluate`.
        started: When the tests began, by `time.monotonic()`.
        engine: Runs further passes over the data; None runs them here.

    Raises:
        DataError: A column has values of two kinds.
    """
    started = time.monotonic() if started is None else started
    engine = engine or InProcess()
    _demand_one_kind(glance)
    whole = whole_of(suite, dataset, glance, given, schema)
    found = verdicts(suite, dataset, glance, whole, engine)
    # Before anything is told: what one test finds private, no other may show.
    hidden = whole.pii.union(*(one.hides for one in found))
    whole = replace(whole, pii=hidden | hidden_for_safety(suite, whole))
    judged = [
        *judge_settings(suite, whole),
        *judge_schema(statistics, schema, whole, dataset, engine),
        *judge_suite(suite, found, whole, given.now.date()),
    ]
    judged = within_the_maximum(judged, whole.rows)
    if not whole.rows:
        judged.append(Judged(_EMPTY))
    kept: list[pa.Table] = []
    reader = RowsReader(dataset, glance.rows, whole.pii, column_types(whole))
    failing = [
        (one.called, one.blame)
        for one in judged
        if one.result.outcome is Outcome.FAILED and one.blame is not None
    ]
    count = engine.write(reader, failing, sink or kept.append) if failing else 0
    report = TestReport(
        kind="data",
        dataset=suite.dataset,
        results=tuple(_with_samples(judged, reader, suite)),
        rows=whole.rows,
        columns=len(whole.columns),
        splits=whole.splits,
        span=given.span,
        sources=sources_of(dataset),
        failing_rows=count,
        private=tuple(sorted(whole.pii)),
        suite_file=given.suite_file,
        schema_file=given.schema_file,
        reference=None if given.reference is None else str(given.reference),
        seconds=time.monotonic() - started,
    )
    failing_rows = pa.concat_tables(kept) if kept else pa.table({})
    bad = union(one.blame for one in judged if one.leaves and one.blame is not None)
    figures = {name: value for one in found for name, value in one.figures.items()}
    return Evaluation(report, failing_rows, whole, bad, glance, dataset, figures)


def whole_of(
    suite: Suite,
    dataset: Dataset,
    glance: Glance,
    given: Circumstances,
    schema: schema_pb2.Schema | None = None,
) -> Whole:
    """What is known of the data set, for the verdicts."""
    splits = dict.fromkeys(dataset.splits, 0)
    for number, rows in glance.rows.items():
        splits[dataset.parts[number].split] += rows
    return Whole(
        rows=sum(glance.rows.values()),
        columns=tuple(glance.profiles.get(None, {})),
        splits=splits,
        profiles=glance.profiles,
        drawn=glance.sample,
        split_of_part=tuple(part.split for part in dataset.parts),
        reference=given.reference,
        label=suite.label,
        key=tuple(suite.key),
        time=suite.time,
        pii=pii_columns(schema).union(suite.pii),
        now=given.now,
        counterparts=given.counterparts,
        divides=given.divides,
        measured=given.measured,
    )


def unreadable(
    suite: Suite, error: TidegateError, span: int | None = None
) -> Evaluation:
    """The verdict on data that cannot be read whole: they fail.

    Args:
        suite: The tests that could not be run.
        error: What is wrong with the data: a `DataError`, or several.
        span: Span of the data, for the report.
    """
    errors = error.errors if isinstance(error, Problems) else (error,)
    report = TestReport(
        kind="data",
        dataset=suite.dataset,
        results=tuple(_unreadable(one) for one in errors),
        rows=0,
        span=span,
    )
    return Evaluation(report)


def _demand_one_kind(glance: Glance) -> None:
    """Refuses columns of two kinds, which files apart from each other can have."""
    errors = []
    for name, profile in glance.profiles.get(None, {}).items():
        kinds = sorted({_SAME_KIND.get(kind, kind) for kind in profile.kinds})
        if len(kinds) > 1:
            errors.append(
                DataError(
                    f"the feature {printable(name)!r} has values of two kinds",
                    expected="one kind in all files",
                    got=" and ".join(kinds),
                    fix="write the examples again with one type for each feature",
                )
            )
    raise_all("the data cannot be read whole", errors)


def _unreadable(error: TidegateError) -> TestResult:
    seen = ": ".join(part for part in (error.message, error.got) if part)
    return TestResult(
        test=READABLE,
        subject="rows",
        expectation=error.expected or "every record whole",
        observed=f"{seen} ({error.where})" if error.where else seen,
        outcome=Outcome.FAILED,
        fix=error.fix,
        why="a file cut short must not pass for a smaller one",
        family="batch",
    )


def sources_of(dataset: Dataset) -> tuple[str, ...]:
    """Names of the source files, where the data set knows them."""
    known: Sequence[str] = getattr(dataset, "sources", ())
    if known:
        return tuple(known)
    return tuple(part.name for part in dataset.parts if part.path is not None)


def merged(glances: Iterator[Glance]) -> Glance:
    """All of them as one."""
    return reduce(Glance.merge, glances, Glance())


def _with_samples(
    judged: Sequence[Judged], reader: RowsReader, suite: Suite
) -> Iterator[TestResult]:
    """The results, those that do not hold with their first rows."""
    shown = [one for one in judged if one.blame is not None and one.samples]
    samples = reader.samples(
        [(one.blame or Blame(), [*one.columns, *suite.key]) for one in shown]
    )
    told = {id(one): rows for one, rows in zip(shown, samples, strict=True)}
    for one in judged:
        rows = told.get(id(one))
        yield one.result.model_copy(update={"sample": rows}) if rows else one.result
