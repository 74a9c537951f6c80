"""Columns that say when a span is neither alarm nor drown what does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tidegate.drift_tests.decide import decide
from tidegate.drift_tests.history import History
from tidegate.drift_tests.judging.stamps import stamps_of
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.summary import SpanMeasures

ROWS = 300


def _span(
    day: int, stamp: Callable[[int], object] | None, typos: float = 0.0
) -> SpanMeasures:
    draw = np.random.default_rng(day)
    origin = draw.choice(["JFK", "LGA", "EWR"], ROWS).astype(object)
    origin[draw.random(ROWS) < typos] = "JKF"
    columns = {"origin": pa.array(origin), "delay": pa.array(draw.normal(size=ROWS))}
    if stamp is not None:
        columns["stamp"] = pa.array([stamp(day)] * ROWS)
    start = date(2013, 1, 1) + timedelta(day)
    return measure_table(pa.table(columns), f"d{day}", span=day, start=start)


STAMPS: dict[str, Callable[[int], object]] = {
    "day of month": lambda day: day % 30 + 1,
    "month": lambda day: day // 25 + 1,
    "date": lambda day: (date(2013, 1, 1) + timedelta(day)).isoformat(),
    "batch": lambda day: f"batch-{day:04d}",
}


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS)
def test_a_stamp_that_moves_on_is_no_news(stamp: Callable[[int], object]) -> None:
    history = History(tuple(_span(day, stamp) for day in range(75)))
    assert not decide(history, _span(75, stamp)).alarm


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS)
def test_beside_a_stamp_faults_are_seen(stamp: Callable[[int], object]) -> None:
    history = History(tuple(_span(day, stamp) for day in range(75)))
    decision = decide(history, _span(75, stamp, typos=0.1))
    assert decision.alarm
    assert decision.ranking[0].column == "origin"


def test_a_constant_that_never_changed_is_no_stamp() -> None:
    history = History(tuple(_span(day, lambda _: "v1") for day in range(40)))
    assert not stamps_of(history).any()
    assert decide(history, _span(40, lambda _: "v2")).alarm


def test_a_stamp_with_missing_values_alarms() -> None:
    stamp = STAMPS["month"]
    history = History(tuple(_span(day, stamp) for day in range(75)))
    now = _span(75, lambda _: None)
    assert decide(history, now).alarm


def test_a_column_that_is_gone_alarms() -> None:
    stamp = STAMPS["batch"]
    history = History(tuple(_span(day, stamp) for day in range(75)))
    decision = decide(history, _span(75, None))
    assert decision.alarm
    assert decision.ranking[0].column == "stamp"


def test_a_wobble_within_chance_is_no_alarm_where_nothing_ever_moved() -> None:
    def span(day: int, last: float) -> SpanMeasures:
        table = pa.table({"x": pa.array([*np.linspace(0, 1, ROWS - 1), last])})
        return measure_table(table, f"d{day}", span=day)

    history = History(tuple(span(day, 0.5003) for day in range(60)))
    decision = decide(history, span(60, 0.5018))
    assert decision.sudden is not None
    assert decision.sudden.threshold >= 1
    assert not decision.alarm


def test_a_year_that_steps_on_for_the_first_time_is_no_news() -> None:
    history = History(tuple(_span(day, lambda _: 2013) for day in range(60)))
    assert not decide(history, _span(60, lambda _: 2014)).alarm
    assert decide(history, _span(60, lambda _: 2015)).alarm
    assert decide(history, _span(60, lambda _: 2014, typos=0.1)).alarm
