"""Stand-ins for missing values are found, and honest values are not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from column_trial import blamed, look, text

GENERATOR = np.random.default_rng(7)
DELAYS = np.rint(GENERATOR.gumbel(0, 20, 3000)).clip(-43, 900).astype(np.int64)
MILES = GENERATOR.integers(80, 4900, 3000)
DAYS = [f"2013-01-{1 + n % 31:02}" for n in range(3000)]


def with_(values: object, *stand_ins: object) -> pa.Array:
    return pa.array([*values, *stand_ins])  # type: ignore[misc]


@pytest.mark.parametrize(
    "column",
    [
        with_(DELAYS, -999),
        with_(DELAYS, *[9999] * 3),
        with_(DELAYS, *[99999] * 5),
        with_(MILES, -999),
        with_(MILES, *[-1] * 3),
        with_(MILES, *[-99] * 3),
        with_(MILES, *[99999] * 3),
        with_(MILES, *[2**31 - 1] * 3),
        with_(MILES, -(2**31)),
        with_(1_357_000_000 + MILES, *[0] * 3),
        pa.array([*GENERATOR.normal(0, 5, 3000), -999.9], pa.float32()),
        pa.array([*GENERATOR.normal(0, 5, 30000), *[9999] * 400], pa.float64()),
        text(*DAYS, "1970-01-01"),
        text(*(f"{day}T10:00:00Z" for day in DAYS), "9999-12-31T00:00:00Z"),
    ],
    ids=range(14),
)
def test_stand_in_that_stands_apart_is_found(column: pa.Array) -> None:
    evidence = look("no_sentinel", column, rows=1000)
    assert evidence.holds is False
    rows = blamed(evidence)
    assert rows
    assert rows[0] >= 3000
    assert rows[-1] == len(column) - 1


@pytest.mark.parametrize(
    "column",
    [
        with_(MILES, *[999] * 50),
        with_(np.arange(100), *[999, -99]),
        with_(DELAYS, *[-1] * 900),
        with_(DELAYS, *[-99] * 9),
        with_(np.arange(12000)),
        with_([1, 2] * 50, *[-1] * 50),
        with_([1] * 50, *[9999] * 50),
        with_(range(8), *[-999] * 3),
        with_(range(30), *[-1] * 3),
        with_(10.0 ** GENERATOR.normal(2, 0.5, 3000), 999.0, 9999.0),
        text(*(f"{1950 + n % 60}-0{1 + n % 9}-01" for n in range(900)), "1970-01-01"),
        text("1970-01-01"),
        text("1971-03-04", "1998-01-01", "1970-01-01"),
        text("-999", "x", "y"),
        pa.array([-999] * 5),
        pa.array(GENERATOR.normal(0, 500, 50_000), pa.float32()),
        pa.array(np.round(GENERATOR.normal(20, 8, 3000)), pa.float32()),
    ],
    ids=range(17),
)
def test_honest_values_are_no_stand_ins(column: pa.Array) -> None:
    evidence = look("no_sentinel", column, rows=7000)
    assert (evidence.holds, evidence.observed) == (True, "no row")


@pytest.mark.parametrize(
    ("column", "values", "broken"),
    [
        (pa.array([1, 9, 9, None]), [9], [1, 2]),
        (pa.array([0.1, 2.0], pa.float32()), [0.1], [0]),
        (pa.array([1, 2]), ["2", "x"], [1]),
        (text("1900-01-01", "1900-01-01T05:00Z", "x"), ["1900-01-01"], [0, 1]),
        (text("none known", "9"), ["none known", 9], [0, 1]),
        (pa.array([2**63 - 1, 1]), [2**63 - 1, 2**70], [0]),
    ],
)
def test_stand_ins_of_your_own_count_wherever_they_are(
    column: pa.Array, values: list[object], broken: list[int]
) -> None:
    evidence = look("no_sentinel", column, values=values)
    assert blamed(evidence) == broken
    assert evidence.holds is False
    assert look("no_sentinel", column, values=values, at_most=2).holds is True


def test_most_frequent_stand_in_is_named_first() -> None:
    column = with_(MILES, *[-1] * 3, *[-999] * 5)
    told = look("no_sentinel", column, rows=1000).observed
    assert told == "-999 on 5 rows, -1 on 3 rows"
