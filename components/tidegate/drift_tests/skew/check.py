"""Holds a serving log against the training data, with the engine of the drift tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.evaluate import sources_of, unreadable
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.random_sample import drawn
from tidegate.data_tests.suite import without_tests
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.decide import Background
from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.history import History, read_history
from tidegate.drift_tests.judging.causes import causes_of
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.skew.against import (
    Against,
    accepted_spans,
    against_training,
)
from tidegate.drift_tests.skew.power import Power, power_of
from tidegate.drift_tests.skew.wanted import SkewWanted
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.errors import ExitCode, TidegateError
from tidegate.report.model import TestReport
from tidegate.schema_life.seen_data import SeenData, see

# Slow drift is about spans that follow each other, which a log does not: all of
# the promised false alarms are left to sudden faults.
_NEVER = 1e12
Progress = Callable[[Glance], None]


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
    wanted.demand_one()
    try:
        serving = see(wanted.serving, progress=progress)
    except TidegateError as error:
        if error.exit_code is not ExitCode.TESTS_FAILED:
            raise
        return SkewChecked(_unreadable(wanted, error, started))
    against = _against(wanted, serving, progress)
    decision, power = judge(wanted.settings, serving.whole, against)
    report = skew_report(
        decision, against, power, wanted.dataset, serving.rows
    ).model_copy(
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
        return accepted_spans(wanted, serving, read_history(wanted.history))
    training = see(
        wanted.training
        if isinstance(wanted.training, Dataset)
        else open_dataset(list(wanted.training)),
        progress=progress,
    )
    return against_training(wanted, serving, training)


def _unreadable(wanted: SkewWanted, error: TidegateError, started: float) -> TestReport:
    report = unreadable(without_tests(wanted.dataset), error).report
    return report.model_copy(
        update={
            "kind": "drift",
            "suite_file": wanted.settings_file,
            "seconds": time.monotonic() - started,
        }
    )
