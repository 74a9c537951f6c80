"""Holds data files against a schema and a suite: the core of `tidegate check`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.formats import shown
from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.data_tests.evaluate import (
    Circumstances,
    Evaluation,
    evaluate,
    unreadable,
)
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.quarantine import Divided, divide
from tidegate.data_tests.reference import Reference
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import Suite, load_suite, without_tests
from tidegate.errors import ExitCode, TidegateError, UsageError


@dataclass(frozen=True)
class Wanted:
    """What to check, and what against.

    Attributes:
        data: Files, folders, globs or span patterns.
        schema: The schema's file; None checks no schema.
        suite: The suite, or its file; None runs no tests.
        span: Span of the data; None takes the newest of a pattern.
        reference: What accepted data look like; None compares with nothing.
        failing_rows: File that gets every failing row, as Parquet; None keeps
            only the samples.
        quarantine: Folder that gets the rows that leave, and those that stay.
        now: The time by which freshness and waivers are judged, in UTC.
    """

    data: Sequence[str]
    schema: Path | None = None
    suite: Suite | Path | None = None
    span: int | None = None
    reference: Reference | None = None
    failing_rows: Path | None = None
    quarantine: Path | None = None
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


@dataclass(frozen=True)
class Checked:
    """A verdict, and the files that were written with it.

    Attributes:
        evaluation: The verdict.
        failing_rows: File of the failing rows; None if there are none.
        divided: The rows that left and those that stayed; None if not asked for.
    """

    evaluation: Evaluation
    failing_rows: Path | None = None
    divided: Divided | None = None


def check(wanted: Wanted, progress: Callable[[Glance], None] | None = None) -> Checked:
    """The verdict on data files.

    Data that cannot be read whole fail: the report says where and why.

    Args:
        wanted: What to check, and what against.
        progress: Called with what was seen of each batch.

    Raises:
        UsageError: There is nothing to check or nothing to check against, or
            the schema or the suite is wrong; all faults together.
        SecurityError: A link leads out of the folder that was named.
    """
    started = time.monotonic()
    suite, schema = _read(wanted)
    try:
        dataset = open_dataset(list(wanted.data), span=wanted.span)
        return _checked(wanted, suite, schema, dataset, progress, started)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        evaluation = unreadable(suite, error, wanted.span)
        seconds = {"seconds": time.monotonic() - started}
        report = evaluation.report.model_copy(update=seconds)
        return Checked(replace(evaluation, report=report))


def _checked(
    wanted: Wanted,
    suite: Suite,
    schema: schema_pb2.Schema | None,
    dataset: Dataset,
    progress: Callable[[Glance], None] | None,
    started: float,
) -> Checked:
    given = Circumstances(
        span=getattr(dataset, "span", None) or wanted.span,
        reference=wanted.reference,
        now=wanted.now,
        divides=wanted.quarantine is not None,
        measured=False,
        suite_file=None if not isinstance(wanted.suite, Path) else str(wanted.suite),
        schema_file=None if wanted.schema is None else str(wanted.schema),
    )
    sink = None if wanted.failing_rows is None else ParquetSink(wanted.failing_rows)
    try:
        evaluation = evaluate(
            suite, dataset, schema=schema, given=given, sink=sink, progress=progress
        )
        written = None if sink is None else sink.close()
    except BaseException:
        if sink is not None:
            sink.discard()
        raise
    divided = _divided(wanted, evaluation)
    told: dict[str, object] = {"seconds": time.monotonic() - started}
    if divided is not None:
        told["quarantined"] = divided.quarantined
        if divided.quarantine_file is not None:
            told["quarantine"] = str(divided.quarantine_file)
    report = evaluation.report.model_copy(update=told)
    return Checked(replace(evaluation, report=report), written, divided)


def _divided(wanted: Wanted, evaluation: Evaluation) -> Divided | None:
    if wanted.quarantine is None or not evaluation.report.passed:
        return None
    if evaluation.dataset is None or evaluation.whole is None:
        return None
    return divide(
        evaluation.dataset, evaluation.bad, evaluation.whole, wanted.quarantine
    )


def _read(wanted: Wanted) -> tuple[Suite, schema_pb2.Schema | None]:
    if wanted.schema is None and wanted.suite is None:
        raise UsageError(
            "there is nothing to check the data against",
            expected="a schema, a suite of tests, or both",
            got="neither",
            fix="name them with --schema and --tests; `tidegate schema infer` makes "
            "first ones from the data",
        )
    suite = wanted.suite
    if suite is None:
        suite = without_tests(_name(wanted.data))
    elif isinstance(suite, Path):
        suite = load_suite(suite)
    schema = None if wanted.schema is None else read_schema(wanted.schema)
    return suite, schema


def _name(data: Sequence[str]) -> str:
    name = Path(data[0]).name if data else "data"
    return shown(name.split(".")[0] or name or "data")
