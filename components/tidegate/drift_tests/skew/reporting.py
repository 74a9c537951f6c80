"""A verdict on a serving log as the report that a gate reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.skew.columns import column_results
from tidegate.drift_tests.skew.power import Power, power_result
from tidegate.report.model import Outcome, TestReport, TestResult
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.drift_tests.skew.against import Against

# A log with a smaller part of a usual span's rows varies more than spans do.
_SMALL = 0.5
_UNLIKE = "what a model was not trained for, it answers all the same"

# Blocks of a smaller share of the log's rows are told.
_MUCH_SMALLER = 0.6


def skew_report(
    decision: DriftDecision,
    against: Against,
    power: Power | None,
    dataset: str,
    log_rows: int = 0,
) -> TestReport:
    """The report: the decision, then the columns, then what a log can show.

    Args:
        decision: What the engine says.
        against: What the log was held against.
        power: What it could show.
        dataset: Name of the data set.
        log_rows: Number of rows of the whole log; 0 where it is not known.
    """
    report = decision.as_report(dataset=dataset)
    told = [
        _in_words(result, against)
        for result in report.results
        # Slow drift is about spans that follow each other.
        if result.test != "slow"
    ]
    told += column_results(against.columns, decision.settings.level)
    told += _rising(against)
    told += _small(against, decision)
    told += _cut_small(against, log_rows)
    if power is not None:
        told.append(power_result(power))
    return report.model_copy(update={"results": tuple(told), "reference": against.name})


def _in_words(result: TestResult, against: Against) -> TestResult:
    """The result with what its spans are: a block is no accepted span."""
    texts = {
        name: (getattr(result, name) or "")
        .replace("accepted spans", against.what)
        .replace("good span", "good log")
        for name in ("expectation", "observed")
    }
    fix = result.fix
    if result.test == "sudden" and fix is not None:
        fix = f"{fix.split(';')[0]} of the serving log; if that is what serving is "
        fix += f"like, train on such data{_if_shuffled(against)}"
    elif result.test == "history":
        fix = "give more training data, or a promise of more false alarms"
    why = _UNLIKE if result.test == "sudden" else result.why
    return result.model_copy(update={**texts, "fix": fix, "why": why})


def _if_shuffled(against: Against) -> str:
    """What to do where blocks may not differ as days do."""
    ordered = against.ordered
    if ordered is None or ordered.period is not None or ordered.by_file:
        return ""
    return (
        "; if the training rows are shuffled, blocks lack what differs from day to "
        "day: give files of days, or rows with a column of times"
    )


def _rising(against: Against) -> Iterator[TestResult]:
    rising = against.ordered.rising if against.ordered else ()
    for name in rising:
        if name in against.columns.compared:
            yield TestResult(
                test="skew",
                subject=name,
                expectation="like the training data",
                observed=f"{printable(name)} rises or falls with the rows of the "
                "training data, as dates and counters do: not compared",
                outcome=Outcome.SKIPPED,
                family="columns",
            )


def _cut_small(against: Against, log_rows: int) -> Iterator[TestResult]:
    """Says that blocks are much smaller than the log, and so vary more than it."""
    if against.ordered is None or against.rows > log_rows * _MUCH_SMALLER:
        return
    yield TestResult(
        test="skew_power",
        subject="blocks",
        expectation=f"blocks of about {counted(log_rows, 'rows')}, as the log has",
        observed=f"blocks of {counted(against.rows, 'rows')}: the training data are "
        "too few for more, and what parts of a log do, a whole log seldom does, so "
        "that faults are missed",
        outcome=Outcome.WARNED,
        fix="give more training data, or a history of accepted spans: --history",
        why="few rows vary more than many",
        family="batch",
    )


def _small(against: Against, decision: DriftDecision) -> Iterator[TestResult]:
    """Says that accepted spans do not show how much a smaller log varies."""
    if against.ordered is not None:
        return
    rows = sorted(span.rows for span in against.history.spans)
    usual = rows[len(rows) // 2]
    now = decision.measures.rows
    if now < _SMALL * usual:
        yield TestResult(
            test="skew_power",
            subject="rows",
            expectation=f"about {counted(usual, 'rows')}, as in the accepted spans",
            observed=f"{counted(now, 'rows')} measured: false alarms may be more than "
            "promised",
            outcome=Outcome.WARNED,
            fix="hold so small a log against --training, which is cut to its size",
            why="few rows vary more than many",
            family="batch",
        )
