"""Holds a serving log against the training data, with the engine of the drift tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.evaluate import sources_of, unreadable
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.random_sample import drawn
from tidegate.data_tests.suite import without_tests
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.decide import Background
from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.history import History, read_history
from tidegate.drift_tests.history.root import Root
from tidegate.drift_tests.judging.causes import causes_of
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.skew.blocks import Cut, measured_blocks
from tidegate.drift_tests.skew.columns import Columns, columns_of, training_only_of
from tidegate.drift_tests.skew.division import Order, needed_blocks
from tidegate.drift_tests.skew.order import Ordered, order_of
from tidegate.drift_tests.skew.power import Power, power_of
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.errors import ExitCode, TidegateError, UsageError
from tidegate.report.model import TestReport
from tidegate.schema_life.seen_data import SeenData, see

# Slow drift is about spans that follow each other, which a log does not: all of
# the promised false alarms are left to sudden faults.
_NEVER = 1e12
Progress = Callable[[Glance], None]


@dataclass(frozen=True)
class SkewWanted:
    """What is to be held against what.

    Attributes:
        serving: Files, folders, globs or patterns of the serving log, or a data set.
        training: The same of the training data, or the folder of an Examples
            artifact; none where a history is given.
        history: Accepted spans instead: a folder, or a URL that fsspec knows.
        settings: What is promised.
        training_only: Columns that serving does not have, such as the label.
        serving_only: Columns that training does not have, such as the prediction.
        order: How the training rows are ordered; None finds it out.
        dataset: Name of the data set, for the report.
        schema: Marks private columns, and those that serving does not have.
        settings_file: Where the settings are, for the report.
    """

    serving: Sequence[str] | Dataset
    training: Sequence[str] | Dataset = ()
    history: str | Path | Root | None = None
    settings: DriftSettings = field(default_factory=DriftSettings)
    training_only: Collection[str] = ()
    serving_only: Collection[str] = ()
    order: Order | None = None
    dataset: str = "data"
    schema: schema_pb2.Schema | None = None
    settings_file: str | None = None

    @property
    def lacking(self) -> frozenset[str]:
        """Columns that serving need not have."""
        return frozenset(self.training_only) | training_only_of(self.schema)


@dataclass(frozen=True, eq=False)
class Against:
    """What a serving log is held against.

    Attributes:
        history: Blocks of the training data, or accepted spans.
        columns: What columns they have in common.
        rows: Rows of the log that are measured.
        name: What it is, in words.
        what: What the spans are called: "training blocks" or "accepted spans".
        ordered: How training rows were put in order; None of accepted spans.
        private: Columns whose values are not kept.
    """

    history: History
    columns: Columns
    rows: int
    name: str
    what: str
    ordered: Ordered | None = None
    private: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class SkewChecked:
    """A verdict, and what it was made from.

    Attributes:
        report: The verdict.
        decision: The decision; None of a log that cannot be read whole.
        against: What the log was held against; None of such a log.
        power: What a log of this size shows; None while nothing is promised.
    """

    report: TestReport
    decision: DriftDecision | None = None
    against: Against | None = None
    power: Power | None = None


def check_skew(wanted: SkewWanted, progress: Progress | None = None) -> SkewChecked:
    """The verdict on a serving log: like the training data, or not.

    A log that cannot be read whole fails: the report says where and why.

    Args:
        wanted: What is held against what.
        progress: Called with what was seen of each batch.

    Raises:
        UsageError: There are no such data, or not exactly one thing to hold the
            log against.
        DataError: The training data cannot be read whole.
    """
    from tidegate.drift_tests.skew.reporting import skew_report

    started = time.monotonic()
    _demand_one(wanted)
    try:
        serving = see(wanted.serving, progress=progress)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return SkewChecked(_unreadable(wanted, error, started))
    against = _against(wanted, serving, progress)
    decision, power = judge(wanted.settings, serving.whole, against)
    report = skew_report(decision, against, power, wanted.dataset).model_copy(
        update={
            "rows": serving.rows,
            "sources": sources_of(serving.dataset),
            "suite_file": wanted.settings_file,
            "seconds": time.monotonic() - started,
        }
    )
    return SkewChecked(report, decision, against, power)


def judge(
    settings: DriftSettings, serving: Whole, against: Against
) -> tuple[DriftDecision, Power | None]:
    """What the engine says of a serving log, and what it could show at all.

    Args:
        settings: What is promised.
        serving: The log, with a sample of its rows.
        against: What it is held against.
    """
    now = measured(serving, against)
    # How many rows a log has is up to whoever cut it: every span counts as one of
    # as many rows, so that errors are those of the log.
    spans = [replace(span, rows=now.rows) for span in against.history.spans]
    left_out = set(against.history.columns) - set(against.columns.compared)
    rising = against.ordered.rising if against.ordered else ()
    chosen = settings.model_copy(
        update={
            "slow_every": _NEVER,
            "ignore": (*settings.ignore, *sorted(left_out), *rising),
        }
    )
    background = Background.of(History(tuple(spans)), chosen)
    decision = background.judge(now)
    channels = [decision.sudden] if decision.sudden else []
    decision = replace(decision, slow=None, ranking=causes_of(channels))
    return decision, power_of(background, now.rows)


def measured(serving: Whole, against: Against) -> SpanMeasures:
    """What is measured of a serving log: of as many rows as of each block."""
    table, positions = serving.sample()
    if table.num_rows > against.rows:
        chosen = np.sort(np.argsort(drawn(positions), kind="stable")[: against.rows])
        table = table.take(pa.array(chosen))
    return measure_table(
        table.select(list(against.columns.compared)),
        "serving",
        private=against.private,
        partners=against.history,
    )


def _against(
    wanted: SkewWanted, serving: SeenData, progress: Progress | None
) -> Against:
    if wanted.history is not None:
        return _accepted(wanted, serving, read_history(wanted.history))
    training = see(
        wanted.training
        if isinstance(wanted.training, Dataset)
        else open_dataset(list(wanted.training)),
        progress=progress,
    )
    return against_training(wanted, serving, training)


def against_training(
    wanted: SkewWanted, serving: SeenData, training: SeenData
) -> Against:
    """Blocks of the training data, of about as many rows as the log has."""
    columns = columns_of(
        _kinds(training), _kinds(serving), wanted.lacking, wanted.serving_only
    )
    _demand_common(columns, serving)
    private = training.whole.pii | serving.whole.pii | pii_columns(wanted.schema)
    promise = wanted.settings.false_alarms
    ordered = order_of(training.sample(), serving.sample(), wanted.order)
    if wanted.order != "rows":
        ordered = ordered.cut(training, serving, needed_blocks(promise))
    files = tuple(training.rows_of_files.values())
    cut = Cut(training.dataset, training.rows, columns.compared, private, files)
    history = measured_blocks(cut, serving.rows, promise, ordered)
    rows = int(np.median(history.rows)) if len(history) else 0
    return Against(
        history,
        columns,
        int(history.rows.max(initial=0)),
        f"{len(history)} blocks of the training data, about {rows:,} rows each: "
        f"{ordered.why}",
        "training blocks",
        ordered,
        frozenset(private),
    )


def _accepted(wanted: SkewWanted, serving: SeenData, history: History) -> Against:
    if not len(history):
        raise UsageError(
            "there is no accepted span to hold the log against",
            where=str(wanted.history),
            expected="a history with accepted spans",
            got="none",
            fix="--training with the training data needs no history",
        )
    kinds = {
        name: next((k for k in reversed(history.kinds(name)) if k), "none")
        for name in history.columns
    }
    columns = columns_of(kinds, _kinds(serving), wanted.lacking, wanted.serving_only)
    _demand_common(columns, serving)
    private = frozenset().union(*(span.private for span in history.spans))
    return Against(
        history,
        columns,
        serving.sample().num_rows,
        str(history),
        "accepted spans",
        private=private | serving.whole.pii | pii_columns(wanted.schema),
    )


def _kinds(seen: SeenData) -> Mapping[str, str]:
    return {name: seen.profile(name).kind for name in seen.columns}


def _demand_one(wanted: SkewWanted) -> None:
    given = isinstance(wanted.training, Dataset) or bool(wanted.training)
    if given is (wanted.history is not None):
        raise UsageError(
            "a serving log is held against training data or against a history",
            expected="one of --training and --history",
            got="both" if given else "neither",
            fix="--training FILES, or --history FOLDER",
        )


def _demand_common(columns: Columns, serving: SeenData) -> None:
    if not columns.compared:
        raise UsageError(
            "the serving log and the training data have no column in common",
            expected=", ".join(columns.lacking[:10]) or "columns to compare",
            got=", ".join(serving.columns[:10]),
            fix="name the log of the same data set, with the names of its columns",
        )


def _unreadable(wanted: SkewWanted, error: TidegateError, started: float) -> TestReport:
    report = unreadable(without_tests(wanted.dataset), error).report
    return report.model_copy(
        update={
            "kind": "drift",
            "suite_file": wanted.settings_file,
            "seconds": time.monotonic() - started,
        }
    )
