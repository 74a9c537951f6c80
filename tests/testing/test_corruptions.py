"""Corruptions do what they say, on the rows that they name, and no others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tidegate.errors import UsageError
from tidegate.testing import corruptions
from tidegate.testing.corruptions import Corruption, corrupt

ROWS = 100


@pytest.fixture
def table() -> pa.Table:
    return pa.table(
        {
            "origin": ["JFK", "EWR"] * (ROWS // 2),
            "distance": pa.array(range(ROWS), pa.int64()),
            "hours": pa.array([row / 2 for row in range(ROWS)], pa.float32()),
            "miles": [str(row) for row in range(ROWS)],
            "air_time": [None if row % 4 == 0 else str(row) for row in range(ROWS)],
        }
    )


def changed_rows(before: pa.Table, after: pa.Table, column: str) -> list[int]:
    pairs = zip(before[column].to_pylist(), after[column].to_pylist(), strict=True)
    return [row for row, (old, new) in enumerate(pairs) if old != new]


@pytest.mark.parametrize(
    ("corruption", "column", "number", "value"),
    [
        (corruptions.drop_values("miles", 0.1), "miles", 10, None),
        (corruptions.drop_values("air_time", 0.2), "air_time", 15, None),
        (corruptions.fill_missing("air_time", "90", 0.4), "air_time", 10, "90"),
        (corruptions.replace_value("origin", "JFK", "JKF", 0.1), "origin", 5, "JKF"),
    ],
)
def test_a_share_of_the_candidates_gets_the_new_value(
    table: pa.Table, corruption: Corruption, column: str, number: int, value: object
) -> None:
    broken, (fault,) = corrupt(table, [corruption], seed=1)
    assert changed_rows(table, broken, column) == fault.rows.tolist()
    assert len(fault.rows) == number
    assert {broken[column][int(row)].as_py() for row in fault.rows} == {value}
    assert broken.schema == table.schema
    assert broken.drop([column]).equals(table.drop([column]))


@pytest.mark.parametrize("column", ["distance", "hours", "miles"])
def test_scaling_keeps_the_kind_of_number(table: pa.Table, column: str) -> None:
    broken, (fault,) = corrupt(table, [corruptions.scale(column, 1.5, 1.0)], seed=1)
    expected = [float(value) * 1.5 for value in table[column].to_pylist()]
    if column != "hours":
        expected = [round(value) for value in expected]
    kind = type(table[column][0].as_py())
    assert broken[column].to_pylist() == [kind(value) for value in expected]
    assert fault.rows.tolist() == changed_rows(table, broken, column)
    assert len(fault.rows) == ROWS - 1  # Zero times anything is zero.


def test_swapped_columns_hold_each_others_values(table: pa.Table) -> None:
    swap = corruptions.swap_columns("miles", "air_time", 0.4)
    broken, (fault,) = corrupt(table, [swap], seed=1)
    assert len(fault.rows) == 10  # Of the 25 in which they differ.
    assert broken["miles"].take(fault.rows) == table["air_time"].take(fault.rows)
    assert broken["air_time"].take(fault.rows) == table["miles"].take(fault.rows)


def test_shuffling_keeps_every_value(table: pa.Table) -> None:
    broken, _ = corrupt(table, [corruptions.shuffle_values("distance")], seed=1)
    assert broken["distance"] != table["distance"]
    assert sorted(broken["distance"].to_pylist()) == list(range(ROWS))


def test_duplicates_come_after_the_rows_that_were_there(table: pa.Table) -> None:
    broken, (fault,) = corrupt(table, [corruptions.duplicate_rows(0.05)], seed=1)
    assert broken.slice(0, ROWS).equals(table)
    assert fault.rows.tolist() == list(range(ROWS, ROWS + 5))
    assert len(set(broken["distance"].to_pylist())) == ROWS


def test_lost_rows_leave_the_others_in_order(table: pa.Table) -> None:
    broken, _ = corrupt(table, [corruptions.drop_rows(0.25)], seed=1)
    left = broken["distance"].to_pylist()
    assert len(left) == 75
    assert left == sorted(left)


@pytest.mark.parametrize("share", [0, 0.001])
def test_a_share_of_nothing_is_nothing_and_of_little_is_one_row(
    table: pa.Table, share: float
) -> None:
    _, (fault,) = corrupt(table, [corruptions.drop_values("miles", share)], seed=1)
    assert len(fault.rows) == (1 if share else 0)


def test_the_seed_decides_which_rows(table: pa.Table) -> None:
    def rows(seed: int) -> list[int]:
        steps = [corruptions.drop_values("miles", 0.2), corruptions.drop_rows(0.1)]
        broken, _ = corrupt(table, steps, seed=seed)
        missing = np.flatnonzero(np.asarray(broken["miles"].is_null()))
        return [int(row) for row in missing]

    assert rows(3) == rows(3)
    assert rows(3) != rows(4)


def test_each_fault_says_what_and_on_how_many_rows(table: pa.Table) -> None:
    steps = [
        corruptions.replace_value("origin", "JFK", "JKF", 0.1),
        corruptions.duplicate_rows(0.01),
    ]
    _, faults = corrupt(table, steps, seed=1)
    assert [fault.what for fault in faults] == [
        "origin: JFK became JKF on 5 rows",
        "rows: 1 row appeared twice",
    ]


@pytest.mark.parametrize("share", [-0.1, 1.1, 5])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        corruptions.drop_values("miles", share)


def test_an_unknown_column_is_refused_with_the_known_ones(table: pa.Table) -> None:
    with pytest.raises(UsageError, match="origin, distance"):
        corrupt(table, [corruptions.drop_values("mile", 0.1)], seed=1)


def test_text_that_is_no_number_cannot_be_scaled(table: pa.Table) -> None:
    with pytest.raises(UsageError, match="only numbers"):
        corrupt(table, [corruptions.scale("origin", 2, 0.1)], seed=1)
