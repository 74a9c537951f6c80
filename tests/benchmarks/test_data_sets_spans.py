"""Data sets of the benchmark of drift: cutting rows into spans of the calendar."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
JANUARY = date(2024, 1, 1)  # A Monday.


@pytest.fixture(scope="module")
def spans() -> Iterator[Any]:
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("detecting.data_sets_spans")
    sys.path.remove(str(BENCHMARKS))


def days_from(start: date, number: int) -> np.ndarray:
    return np.datetime64(start) + np.arange(number)


def rows_of(days: np.ndarray) -> pa.Table:
    return pa.table({"row": pa.array(np.arange(len(days)))})


@pytest.mark.parametrize(
    ("period", "day", "expected"),
    [
        ("day", date(2024, 2, 29), date(2024, 2, 29)),
        ("week", date(2024, 1, 7), date(2024, 1, 1)),
        ("week", date(2024, 1, 8), date(2024, 1, 8)),
        ("week", date(1969, 7, 20), date(1969, 7, 14)),
        ("half week", date(2024, 1, 4), date(2024, 1, 1)),
        ("half week", date(2024, 1, 5), date(2024, 1, 5)),
        ("half week", date(2024, 1, 7), date(2024, 1, 5)),
        ("half month", date(2024, 1, 15), date(2024, 1, 1)),
        ("half month", date(2024, 1, 16), date(2024, 1, 16)),
        ("half month", date(1871, 2, 28), date(1871, 2, 16)),
        ("month", date(2024, 2, 29), date(2024, 2, 1)),
        ("year", date(1871, 12, 31), date(1871, 1, 1)),
    ],
)
def test_a_day_lies_in_the_span_that_starts_before_it(
    spans: Any, period: str, day: date, expected: date
) -> None:
    found = spans.first_days(np.array([day], "datetime64[D]"), period)
    assert found.astype(object).tolist() == [expected]


def test_first_days_are_of_their_own_span_and_never_go_back(spans: Any) -> None:
    @given(
        period=st.sampled_from(sorted(spans.PERIODS)),
        start=st.dates(date(1850, 1, 1), date(2050, 1, 1)),
    )
    def holds(period: str, start: date) -> None:
        days = days_from(start, 400)
        found = spans.first_days(days, period)
        assert (found <= days).all()
        assert (np.diff(found).astype(int) >= 0).all()
        assert (spans.first_days(found, period) == found).all()

    holds()


def test_rows_go_to_their_span_in_their_order(spans: Any) -> None:
    days = np.tile(days_from(JANUARY, 3), 200)[::-1]
    starts, tables = spans.cut(rows_of(days), days, "day", least=1)
    assert starts == tuple(JANUARY + timedelta(days=number) for number in range(3))
    expected = [list(range(2 - number, 600, 3)) for number in range(3)]
    assert [one["row"].to_pylist() for one in tables] == expected


def test_spans_cut_off_at_the_ends_are_left_out(spans: Any) -> None:
    days = days_from(JANUARY + timedelta(days=1), 20)
    starts, tables = spans.cut(rows_of(days), days, "week", least=1)
    assert starts == (date(2024, 1, 8), date(2024, 1, 15))
    assert [one.num_rows for one in tables] == [7, 7]


def test_whole_spans_at_the_ends_are_kept(spans: Any) -> None:
    days = days_from(JANUARY, 14)
    starts, _ = spans.cut(rows_of(days), days, "week", least=1)
    assert starts == (date(2024, 1, 1), date(2024, 1, 8))


def test_years_without_days_are_kept_whole(spans: Any) -> None:
    days = np.repeat(np.array(["1871-01-01", "1872-01-01"], "datetime64[D]"), 5)
    starts, _ = spans.cut(rows_of(days), days, "year", least=5)
    assert starts == (date(1871, 1, 1), date(1872, 1, 1))


def test_a_span_of_too_few_rows_is_left_out(spans: Any) -> None:
    days = np.repeat(days_from(JANUARY, 3), [3, 2, 3])
    starts, _ = spans.cut(rows_of(days), days, "day", least=3)
    assert starts == (JANUARY, JANUARY + timedelta(days=2))


def test_of_too_many_rows_evenly_spread_ones_are_kept(spans: Any) -> None:
    days = np.repeat(days_from(JANUARY, 1), 10)
    _, tables = spans.cut(rows_of(days), days, "day", least=1, most=4)
    assert tables[0]["row"].to_pylist() == [0, 2, 5, 7]


def test_a_sample_has_its_size_and_no_row_twice(spans: Any) -> None:
    @given(number=st.integers(0, 300), most=st.integers(1, 300))
    def holds(number: int, most: int) -> None:
        found = spans.spread(np.arange(number), most)
        assert len(found) == min(number, most)
        assert (np.diff(found) > 0).all()

    holds()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], pa.array([1, 2, 3], pa.int64())),
        ([1.0, None, 3.0], pa.array([1, None, 3], pa.int64())),
        ([1.5, None, 3.0], pa.array([1.5, None, 3.0], pa.float64())),
        (["a", None, "c"], pa.array(["a", None, "c"], pa.string())),
        ([True, False, True], pa.array(["True", "False", "True"], pa.string())),
        ([True, None, False], pa.array(["True", None, "False"], pa.string())),
    ],
)
def test_columns_are_numbers_or_text(
    spans: Any, values: list[object], expected: pa.Array
) -> None:
    found = spans.typed(pd.DataFrame({"x": values}))
    assert found["x"].combine_chunks().equals(expected)
