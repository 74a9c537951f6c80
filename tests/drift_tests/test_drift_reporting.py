"""A decision of the drift tests as the report that a gate reads."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from drift_decisions import (
    ROWS,
    SECRET,
    creeping,
    decided,
    emptied,
    measured,
    past,
    trips,
    with_new_kind,
)
from rich.console import Console

from tidegate.drift_tests.decide import decide
from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.plotting_now_and_then import distribution
from tidegate.drift_tests.reporting import report_of
from tidegate.drift_tests.settings import DriftSettings
from tidegate.report.html import page
from tidegate.report.model import Outcome, Plot, TestReport, TestResult
from tidegate.report.terminal import render

PAST = 60


def clean() -> DriftDecision:
    return decided(PAST, trips(99))


def no_fares() -> DriftDecision:
    return decided(PAST, emptied(0.05))


def new_kind() -> DriftDecision:
    return decided(PAST, with_new_kind(0.05))


def other_owners() -> DriftDecision:
    """A private column that has one value only."""
    return decided(PAST, trips(99, owner=[f"{SECRET}-now"] * ROWS))


def first_day() -> DriftDecision:
    return decided(0, trips(99))


def early() -> DriftDecision:
    return decided(10, trips(99))


def slow() -> DriftDecision:
    """An alarm of slow drift alone."""
    decision = creeping(40, 3)
    assert decision.sudden is not None
    assert decision.slow is not None
    sudden = replace(decision.sudden, threshold=decision.sudden.score + 1)
    slow = replace(decision.slow, threshold=decision.slow.score / 1.1, compared=20)
    return replace(decision, sudden=sudden, slow=slow)


def stretched() -> DriftDecision:
    """The middle of a column has moved, its ends have not."""
    miles = np.asarray(trips(99)["miles"])
    low, high = np.quantile(miles, [0.02, 0.98])
    inner = (miles > low) & (miles < high)
    return decided(PAST, trips(99, miles=np.where(inner, (miles + high) / 2, miles)))


MAKERS = (
    clean,
    no_fares,
    new_kind,
    other_owners,
    first_day,
    early,
    slow,
    stretched,
)
every = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


def named(report: TestReport, test: str) -> list[TestResult]:
    return [result for result in report.results if result.test == test]


def plot_of(report: TestReport, column: str) -> Plot:
    (result,) = [one for one in named(report, "drift") if one.subject == column]
    assert result.plot is not None
    return result.plot


def shown(report: TestReport, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(render(report))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@every
def test_a_report_is_shut_if_and_only_if_there_is_an_alarm(
    make: Callable[[], DriftDecision],
) -> None:
    decision = make()
    report = report_of(decision, "trips")
    assert report.passed is not decision.alarm
    assert bool(named(report, "drift")) is decision.alarm
    assert decision.alarm is (make not in (clean, first_day, early))


@every
def test_a_report_survives_json_page_and_terminal(
    make: Callable[[], DriftDecision],
) -> None:
    report = report_of(make(), "trips")
    text = report.model_dump_json()
    assert TestReport.model_validate_json(text).model_dump_json() == text
    assert page(report).count('<article class="card') == sum(
        one.outcome in (Outcome.FAILED, Outcome.WARNED) for one in report.results
    )
    for width in (60, 100, 200):
        assert "trips" in shown(report, width)


@every
def test_no_private_value_gets_into_a_report(make: Callable[[], DriftDecision]) -> None:
    report = report_of(make(), "trips")
    assert SECRET not in report.model_dump_json()
    assert report.private == ("owner",)


def test_a_report_says_what_was_held_against_what() -> None:
    report = report_of(clean(), "trips")
    assert (report.kind, report.dataset) == ("drift", "trips")
    assert (report.rows, report.columns, report.span) == (ROWS, 5, PAST)
    assert report.reference == f"{PAST} spans, newest 2031-03-01"


def test_a_clean_span_is_told_in_one_line() -> None:
    decision = clean()
    assert decision.sudden is not None
    report = report_of(decision, "trips")
    assert not report.failed
    assert not report.warned
    (sudden,) = named(report, "sudden")
    assert sudden.outcome is Outcome.PASSED
    assert "% of the threshold" in sudden.observed
    assert "1 good span in 25" in sudden.expectation
    assert f"last {decision.sudden.compared} accepted spans" in sudden.expectation


def test_an_alarm_names_the_column_and_what_of_it_changed() -> None:
    report = report_of(no_fares(), "trips")
    (sudden,) = named(report, "sudden")
    assert "times the threshold" in sudden.observed
    assert "accepted spans was as far off" in sudden.observed
    assert sudden.fix is not None
    assert "look at fare in the source" in sudden.fix
    assert "tidegate drift accept" in sudden.fix
    assert "--name 2031-03-02" in sudden.fix
    (fare,) = named(report, "drift")
    assert fare.subject == "fare"
    assert fare.observed.startswith("missing: 5.0 % of rows; never in 60 accepted")
    assert fare.fix == "find out why the source leaves fare empty more or less often"


def test_a_new_value_is_named_with_its_share() -> None:
    report = report_of(new_kind(), "trips")
    (kind,) = named(report, "drift")
    assert kind.observed.startswith("value 'sled': 5.0 % of values; never in 60")
    plot = plot_of(report, "kind")
    assert plot.kind == "values"
    assert [plot.labels[i] for i in plot.marked] == ["sled"]
    assert plot.now[0] == pytest.approx(0.05)
    assert plot.reference is not None
    assert plot.reference[0] == 0
    assert sum(plot.reference) == pytest.approx(1)
    assert sum(plot.now) == pytest.approx(1)


def test_a_line_goes_through_the_accepted_spans_to_now() -> None:
    plot = plot_of(report_of(no_fares(), "trips"), "fare")
    assert plot.kind == "series"
    assert plot.unit == "share"
    assert len(plot.now) == PAST + 1
    assert plot.labels[0] == "2031-01-01"
    assert plot.marked == (PAST,)
    assert plot.now[-1] == pytest.approx(0.05)
    assert plot.limits == (0, 0)


def test_a_distribution_is_drawn_from_quantiles() -> None:
    report = report_of(stretched(), "trips")
    plot = plot_of(report, "miles")
    assert plot.kind == "numbers"
    assert sum(plot.now) == pytest.approx(0.98, abs=0.03)
    assert plot.reference is not None
    assert sum(plot.reference) == pytest.approx(0.98, abs=0.03)
    middle = np.array(plot.edges[:-1]) + np.diff(plot.edges) / 2
    now = np.average(middle, weights=plot.now)
    assert now > np.average(middle, weights=plot.reference) + 1


@pytest.mark.parametrize("value", [0, 30, 60])
def test_a_value_that_most_rows_have_stands_in_its_own_bin(value: int) -> None:
    seats = np.where(np.arange(ROWS) % 10 < 7, value, np.asarray(trips(99)["seats"]))
    plot = distribution(decided(PAST, trips(99, seats=seats)), "seats")
    assert plot is not None
    highest = int(np.argmax(plot.now))
    assert plot.edges[highest] <= value <= plot.edges[highest + 1]
    assert plot.now[highest] > 0.5
    assert sum(plot.now) > 0.95
    assert plot.reference is not None
    assert max(plot.reference) < 0.1


def test_slow_drift_is_told_as_a_mean_of_spans() -> None:
    report = report_of(slow(), "trips")
    assert [one.test for one in report.failed] == ["slow", "drift"]
    (fare,) = named(report, "drift")
    assert fare.subject == "fare"
    assert "over the last 7 spans" in fare.observed
    plot = plot_of(report, "fare")
    assert "mean of 7 spans" in plot.title
    # Missing are 0.5, 1 and 1.5 % of the last three of seven.
    assert plot.now[-1] == pytest.approx(0.03 / 7)
    assert plot.now[-2] == pytest.approx(0.015 / 7)
    assert list(plot.now[:-3]) == [0] * (len(plot.now) - 3)


@pytest.mark.parametrize(
    ("make", "protection"),
    [
        (first_day, "nothing is judged before 3 accepted spans"),
        (early, "only what is 50 times as far off as ever alarms"),
    ],
)
def test_too_few_spans_are_seen_but_fail_nothing(
    make: Callable[[], DriftDecision], protection: str
) -> None:
    decision = make()
    report = report_of(decision, "trips")
    assert report.passed
    (history,) = named(report, "history")
    assert history.outcome is Outcome.WARNED
    assert decision.cold_start is not None
    assert f"{decision.cold_start.needed} accepted spans" in history.expectation
    assert "at most 1 false alarm in 20 runs" in history.expectation
    assert history.observed.startswith(f"{len(decision.history)} accepted spans")
    assert protection in history.observed
    assert "accepted spans; until there are" in shown(report, 200)


def test_a_window_too_small_for_the_promise_is_told() -> None:
    settings = DriftSettings(false_alarms=0.02, window=40)
    report = report_of(decided(PAST, trips(99), settings), "trips")
    (history,) = named(report, "history")
    assert history.fix is not None
    assert "raise `window` in the settings from 40" in history.fix


@pytest.mark.parametrize("count", [5, 30])
def test_slow_drift_that_cannot_be_judged_is_skipped(count: int) -> None:
    report = report_of(decided(count, trips(99)), "trips")
    (told,) = named(report, "slow")
    assert told.outcome is Outcome.SKIPPED
    assert told.observed.endswith(f"{count} accepted spans of 119")


def test_an_alarm_that_only_warns_leaves_the_gate_open() -> None:
    settings = DriftSettings(level="warn")
    report = report_of(decided(PAST, emptied(0.05), settings), "trips")
    assert report.passed
    assert {"sudden", "drift"} <= {one.test for one in report.warned}


def test_private_columns_tell_only_what_tells_no_value() -> None:
    report = report_of(other_owners(), "trips")
    (owner,) = [one for one in named(report, "drift") if one.subject == "owner"]
    assert owner.plot is not None
    assert owner.plot.kind == "series"


@pytest.mark.parametrize("often", [ROWS, ROWS * 8 // 10])
def test_a_column_that_was_private_once_is_so_for_ever(often: int) -> None:
    owners = trips(99)["owner"].to_pylist()
    table = trips(99, owner=[f"{SECRET}-0"] * often + owners[often:])
    report = report_of(decide(past(PAST), measured(PAST, table, private=())), "trips")
    assert not report.passed
    assert "owner" in {one.subject for one in report.failed}
    assert SECRET not in report.model_dump_json()


def test_columns_that_came_and_went_are_told() -> None:
    table = trips(99, seats=None, wheels=[4] * ROWS, miles=["far"] * ROWS)
    report = report_of(decided(PAST, table), "trips")
    (told,) = named(report, "columns")
    assert told.outcome is Outcome.WARNED
    for part in ("new: wheels", "another type: miles"):
        assert part in told.observed
    (gone,) = [one for one in named(report, "drift") if one.subject == "seats"]
    assert gone.outcome is Outcome.FAILED
    ignoring = DriftSettings(ignore=("seats", "wheels", "miles"))
    report = report_of(decided(PAST, table, ignoring), "trips")
    assert not named(report, "columns")


def test_whole_numbers_that_turn_into_fractions_stay_what_they_are() -> None:
    seats = np.asarray(trips(99)["seats"], dtype=np.float64)
    report = report_of(decided(PAST, trips(99, seats=seats)), "trips")
    assert not named(report, "columns")


def test_a_lost_part_is_told_in_rows() -> None:
    report = report_of(decided(PAST, trips(99).slice(0, 100)), "trips")
    (rows,) = [one for one in named(report, "drift") if one.subject == "rows"]
    assert rows.observed.startswith(f"rows: 100; always {ROWS} in 60 accepted spans")
    assert rows.fix is not None
    assert rows.fix.startswith("count the rows")
    assert rows.plot is not None
    assert rows.plot.now == pytest.approx([ROWS] * PAST + [100])
    assert rows.plot.limits == pytest.approx((ROWS, ROWS))


def test_names_and_values_of_data_are_capped_and_plain() -> None:
    wild = "\x1b[31m" + "w" * 4_000
    decision = decided(PAST, with_new_kind(0.05, wild))
    report = report_of(decision, "trips")
    told = [one.observed for one in report.results]
    assert max(map(len, told)) < 300
    assert "\x1b" not in "".join(told)
    assert "\x1b" not in page(report)
    assert "w" * 200 not in page(report)


def test_at_most_five_columns_are_told() -> None:
    table = pa.table(
        {
            **{name: trips(99)[name] for name in ("kind", "owner")},
            "fare": [1.0] * ROWS,
            "miles": [2.0] * ROWS,
            "seats": [3] * ROWS,
        }
    )
    report = report_of(decided(PAST, table), "trips")
    assert {"fare", "miles", "seats"} <= {o.subject for o in named(report, "drift")}
    assert len(named(report, "drift")) <= 5
