"""Tests of a batch as a whole: its rows and its times."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.evaluate import Circumstances, plan_of, whole_of
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.reference import Reference, SpanSummary
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.timeline import STEPS, Timeline
from tidegate.data_tests.times import DAY, micros_of, times_of
from tidegate.data_tests.verdicts import verdicts

TEXT = pa.large_string()
NOW = datetime(2030, 2, 1, tzinfo=timezone.utc)
STRANGE = [
    pa.nulls(5),
    pa.array([None] * 5, TEXT),
    pa.array(["x", "", None, "2030-01-01", "\x00"], TEXT),
    pa.array([b"\xff", None, b"2030-01-01", b"", b"1"], pa.large_binary()),
    pa.array([2**63 - 1, -(2**63), 0, None, 20300101]),
    pa.array([np.nan, np.inf, -np.inf, None, 1e300]),
    pa.array([["2030-01-01"], None, [], ["x", "2031-01-01"], ["y"]]),
]
TIMELY = [
    ("fresh", {"within": "2d"}),
    ("no_gaps", {"longest": "12h"}),
    ("in_future", {}),
    ("late_rows", {"older_than": "35d"}),
    ("time_between", {"from": "2030-01-01", "to": "2030-01-31"}),
]


def look(
    name: str, data: Any, given: Circumstances | None = None, **parameters: Any
) -> Evidence:
    """What a test says of a column `at`, or of a table, however it is cut."""
    table = pa.table(data if isinstance(data, dict) else {"at": data})
    kind = CATALOGUE[name]
    if "column" in kind.model_fields:
        parameters = {"column": "at", **parameters}
    test = kind.model_validate(parameters)
    given = given or Circumstances(now=NOW)
    found = _judge(test, table, max(table.num_rows, 1), given)
    for backwards in (False, True):
        again = _judge(test, table, 3, given, backwards)
        assert (again.holds, again.observed) == (found.holds, found.observed)
        assert blamed(again) == blamed(found)
        assert again.plot == found.plot
    return found


def blamed(evidence: Evidence) -> list[int] | None:
    if evidence.rows is None:
        return None
    return [int(row) for row in evidence.rows.positions()]


def _judge(
    test: Any, table: pa.Table, rows: int, given: Circumstances, backwards: bool = False
) -> Evidence:
    suite = Suite(dataset="trial", tests=[test])
    starts = range(0, max(table.num_rows, 1), rows)
    batches = [Batch(table.slice(start, rows), 0, start) for start in starts]
    held = HeldDataset([Part("data", "data")], batches)
    plan = plan_of(suite, held)
    total = Glance()
    for batch in reversed(batches) if backwards else batches:
        total = (
            plan.look(batch).merge(total)
            if backwards
            else (total.merge(plan.look(batch)))
        )
    whole = whole_of(suite, held, total, given)
    return verdicts(suite, held, total, whole)[0]


def every(hours: float, rows: int, start: str = "2030-01-01T00:00") -> list[str]:
    """Times so many hours apart, as text."""
    first = np.datetime64(start)
    step = np.timedelta64(round(hours * 60), "m")
    return [f"{first + n * step}Z" for n in range(rows)]


def accepted(*rows: int) -> Circumstances:
    spans = [SpanSummary(name=str(n), rows=held) for n, held in enumerate(rows)]
    return Circumstances(reference=Reference(tuple(spans)), now=NOW)


@pytest.mark.parametrize(
    ("known", "rows", "holds"),
    [
        ([100], 71, True),
        ([100], 69, False),
        ([100], 130, True),
        ([100], 131, False),
        ([100, 10, 300], 129, True),
        ([100, 10, 300], 131, False),
        ([100, 100, 50, 200, 100], 50, True),
        ([100, 100, 50, 200, 100], 49, False),
        ([100, 100, 50, 200, 100], 200, True),
        ([100, 100, 50, 200, 100], 201, False),
        ([0], 0, True),
        ([0], 1, False),
    ],
)
def test_rows_may_change_by_a_share_or_within_what_was(
    known: list[int], rows: int, holds: bool
) -> None:
    evidence = look("rows_change", pa.array(range(rows)), accepted(*known))
    assert evidence.holds is holds
    assert f"{rows:,}" in evidence.observed


def test_a_batch_delivered_twice_is_told_as_such() -> None:
    evidence = look("rows_change", pa.array(range(210)), accepted(100))
    assert evidence.observed == "210 rows, usually 100 (+110.0 %)"


def test_without_an_accepted_span_a_change_cannot_be_told() -> None:
    for given in (None, Circumstances(reference=Reference(()), now=NOW)):
        evidence = look("rows_change", pa.array([1]), given)
        assert evidence.holds is None
        assert "tidegate schema accept" in evidence.observed


@pytest.mark.parametrize("name", ["rows_change", "conserved", "relations"])
def test_what_is_about_all_rows_takes_no_slice(name: str) -> None:
    with pytest.raises(ValidationError, match="leave out where"):
        CATALOGUE[name].model_validate({"where": "a > 1"})


@pytest.mark.parametrize(
    ("counts", "against", "holds"),
    [
        ({"statistics": 4}, [], True),
        ({"statistics": 5}, [], False),
        ({"statistics": 4, "lines": 5}, ["statistics"], True),
        ({"statistics": 4, "lines": 5}, ["lines"], False),
        ({"statistics": 4}, ["lines"], False),
        ({}, [], None),
        ({"passed": 3, "quarantined": 1}, [], True),
        ({"passed": 3, "quarantined": 2}, [], False),
        ({"passed": 3}, [], None),
    ],
)
def test_rows_are_conserved(
    counts: dict[str, int], against: list[str], holds: bool | None
) -> None:
    given = Circumstances(counterparts=counts, now=NOW)
    evidence = look("conserved", pa.array([1, 2, 3, 4]), given, against=against)
    assert evidence.holds is holds


def test_a_lost_row_is_told_with_its_place() -> None:
    given = Circumstances(counterparts={"statistics": 3, "lines": 4}, now=NOW)
    evidence = look("conserved", pa.array([1, 2, 3, 4]), given)
    assert evidence.observed == "4 here, 3 in statistics (-1)"
    assert evidence.fix is not None
    assert "statistics" in evidence.fix


@pytest.mark.parametrize(
    ("latest", "holds"),
    [
        ("2030-01-31T00:00:00Z", True),
        ("2030-01-30T00:00:00Z", True),
        ("2030-01-29T23:59:59Z", False),
        ("2029-02-01", False),
    ],
)
def test_an_old_delivery_is_not_fresh(latest: str, holds: bool) -> None:
    column = pa.array(["2028-01-01", latest, None], TEXT)
    assert look("fresh", column, within="2d").holds is holds


def test_a_row_from_the_future_does_not_make_a_delivery_fresh() -> None:
    column = pa.array(["2029-01-01", "2031-01-01", "2030-02-01"], TEXT)
    assert look("fresh", column.take(pa.array([0, 1])), within="2d").holds is False
    assert look("fresh", column, within="2d").holds is True
    ahead = look("fresh", pa.array(["2031-01-01"], TEXT), within="2d")
    assert (ahead.holds, "in the future" in ahead.observed) == (False, True)


def test_the_longest_gap_is_told_from_when_to_when() -> None:
    times = every(1, 100)
    column = pa.array(times[:40] + times[52:], TEXT)
    evidence = look("no_gaps", column, longest="12h")
    assert evidence.holds is False
    assert "13 hours from 2030-01-02 15:00 to 2030-01-03 04:00" in evidence.observed
    assert evidence.plot is not None
    assert evidence.plot.marked
    assert look("no_gaps", column, longest="13h").holds is True


def test_rows_in_no_order_have_the_same_gaps() -> None:
    times = every(1, 100)
    kept = times[:40] + times[52:]
    order = np.random.default_rng(0).permutation(len(kept))
    shuffled = pa.array([kept[n] for n in order], TEXT)
    straight = look("no_gaps", pa.array(kept, TEXT), longest="12h")
    assert look("no_gaps", shuffled, longest="12h").observed == straight.observed


def test_late_rows_are_blamed() -> None:
    times = every(1, 300)
    times[7] = "1970-01-01"
    times[250] = "2029-11-01"
    evidence = look("late_rows", pa.array(times, TEXT), older_than="35d")
    assert blamed(evidence) == [7, 250]
    assert evidence.holds is False
    assert "1970-01-01" in evidence.observed
    allowed = look("late_rows", pa.array(times, TEXT), older_than="35d", at_most=2)
    assert allowed.holds is True


def test_a_row_from_the_future_does_not_make_others_late() -> None:
    times = every(1, 300)
    times[7] = "9999-12-31"
    assert look("late_rows", pa.array(times, TEXT), older_than="35d").holds is True


def test_rows_from_the_future_are_blamed() -> None:
    times = [*every(1, 10), "2030-02-01T23:00Z", "2030-02-02T01:00Z", "9999-12-31"]
    evidence = look("in_future", pa.array(times, TEXT))
    assert blamed(evidence) == [11, 12]
    assert look("in_future", pa.array(times, TEXT), by="1h").holds is False
    assert blamed(look("in_future", pa.array(times[:11], TEXT))) == []


@pytest.mark.parametrize(
    ("start", "end", "broken"),
    [
        ("2030-01-02", None, [0, 3]),
        (None, "2030-01-02", [2, 3]),
        ("2030-01-02", "2030-01-02", [0, 2, 3]),
        (None, "2030-01-02T10:00Z", [1, 2, 3]),
        ("2030-01-01T00:00:00+01:00", "2030-12-31", [3]),
    ],
)
def test_rows_outside_a_window_are_blamed(
    start: str | None, end: str | None, broken: list[int]
) -> None:
    column = pa.array(
        ["2030-01-01", "2030-01-02T23:59:59.5Z", "2030-01-03", "x", None], TEXT
    )
    window = {"from": start, "to": end}
    given = {key: value for key, value in window.items() if value is not None}
    assert blamed(look("time_between", column, **given)) == broken


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({}, "needs from, to or both"),
        ({"from": "2030-02-01", "to": "2030-01-01"}, "is after"),
        ({"from": "yesterday"}, "must be a time such as"),
    ],
)
def test_an_impossible_window_is_refused(parameters: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CATALOGUE["time_between"].model_validate({"column": "at", **parameters})


def test_a_window_survives_its_suite() -> None:
    test = {"time_between": {"column": "at", "from": "2030-01-01", "at_most": "5%"}}
    suite = Suite.model_validate({"dataset": "x", "tests": [test]})
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


@pytest.mark.parametrize(("name", "parameters"), TIMELY)
def test_the_time_of_the_suite_is_the_column(
    name: str, parameters: dict[str, Any]
) -> None:
    data = {"dataset": "x", "time": "at", "tests": [{name: parameters}]}
    assert Suite.model_validate(data).tests[0].columns == ("at",)
    del data["time"]
    with pytest.raises(ValidationError, match="column"):
        Suite.model_validate(data)


@pytest.mark.parametrize("column", STRANGE, ids=lambda column: str(column.type))
@pytest.mark.parametrize(("name", "parameters"), TIMELY)
def test_columns_that_are_no_times_break_nothing(
    name: str, parameters: dict[str, Any], column: pa.Array
) -> None:
    for rows in (0, 1, len(column)):
        evidence = look(name, column.slice(0, rows), **parameters)
        if evidence.plot is not None:
            assert np.isfinite(evidence.plot.now).all()


def test_a_column_without_times_says_so() -> None:
    evidence = look("fresh", pa.array(["x", None], TEXT), within="2d")
    assert evidence.holds is False
    assert evidence.observed == "no time in the column; something else in 1 row"


def timeline(micros: Any) -> Timeline:
    column = pa.chunked_array([pa.array(np.asarray(micros, np.int64))])
    return Timeline.of(times_of(cells(column)))


def test_a_timeline_is_bounded_and_does_not_depend_on_the_cut() -> None:
    generator = np.random.default_rng(0)
    seconds = generator.integers(10**9, 10**9 + 10**8, 90_000)
    parts = [timeline(part) for part in np.array_split(seconds, 7)]
    one = parts[0]
    for part in parts[1:]:
        one = one.merge(part)
    other = parts[6].merge(parts[3].merge(parts[5])).merge(parts[1].merge(parts[0]))
    other = other.merge(parts[4].merge(parts[2]))
    whole = timeline(seconds)
    assert len(whole.first) <= 20_000
    assert whole.resolution == STEPS[3]
    for merged in (one, other):
        assert merged.step == whole.step
        for name in ("first", "last", "counts"):
            assert (getattr(merged, name) == getattr(whole, name)).all()
    assert whole.latest == int(seconds.max()) * 10**6
    assert len(whole) == len(seconds)


def test_a_gap_shorter_than_a_bucket_cannot_be_told() -> None:
    years = np.arange(30_000) * 3600 * 24 + 10**9
    column = pa.array(years)
    table = {"at": column}
    test = CATALOGUE["no_gaps"].model_validate({"column": "at", "longest": "26h"})
    evidence = _judge(test, pa.table(table), 50_000, Circumstances(now=NOW))
    assert evidence.holds is None
    assert "100 days" in evidence.observed


def test_a_timeline_knows_what_nearly_all_do_not_exceed() -> None:
    line = timeline([*range(10**9, 10**9 + 199), 5 * 10**9])
    assert line.until(0.99) <= (10**9 + 199) * 10**6
    assert line.latest_until(micros_of(NOW)) == (10**9 + 198) * 10**6
    assert line.latest_until(0) is None
    hours = Timeline(2, *(np.array([n * 10**9]) for n in (1, 3, 2)))
    assert hours.latest_until(2 * 10**9) == 10**9
    assert line.longest_gap() == ((10**9 + 198) * 10**6, 5 * 10**15)
    assert line.gaps_over(DAY) == 1
