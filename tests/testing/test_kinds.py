"""What single kinds of corruption write, by example."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

from tidegate import testing
from tidegate.testing import Corruption, corrupt


def broken(values: list[object], kind: pa.DataType, step: Corruption) -> list[object]:
    table = pa.table({"x": pa.array(values, kind)})
    changed, _ = corrupt(table, [step], seed=1)
    return list(changed["x"].to_pylist())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2024-03-01T10:00:00Z", "2024-02-28T10:00:00Z"),
        ("2024-03-01 10:00:00.250+02:00", "2024-02-28 10:00:00.250+02:00"),
        ("2024-03-01T10:00", "2024-02-28T10:00"),
        ("2024-03-01", "2024-02-28"),
    ],
)
def test_moved_times_keep_their_notation(before: str, after: str) -> None:
    stale = testing.make_stale("x", days=2)
    assert broken([before, None], pa.string(), stale) == [after, None]


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000])
def test_moved_numbers_of_time_keep_their_unit(unit: int) -> None:
    start = 1_700_000_000
    stale = testing.make_stale("x", days=1)
    assert broken([start * unit], pa.int64(), stale) == [(start - 86_400) * unit]


def test_numbers_that_the_type_cannot_hold_stay() -> None:
    tenfold = testing.scale("x", 10, 1.0)
    assert broken([12, 13, -12, -13], pa.int8(), tenfold) == [120, 13, -120, -13]


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (testing.break_pattern("x", 1), "N14228", "3BECCI"),
        (testing.change_case("x", 1), "Jfk", "jFK"),
        (testing.damage_encoding("x", 1), "café", "cafÃ©"),
        (testing.numbers_as_text("x", unit="min"), "12", "12 min"),
        (testing.ints_as_floats("x"), "12", "12.0"),
        (testing.scale("x", 1.5, 1), "5.0", "7.5"),
        (testing.write_sentinel("x", 1), "12", "-999"),
        (testing.write_sentinel("x", 1), "2024-01-31", "1970-01-01"),
        (testing.swap_characters("x", 1), "aab", "aba"),
    ],
)
def test_a_text_becomes(step: Corruption, before: str, after: str) -> None:
    assert broken([before], pa.string(), step) == [after]


def test_rows_of_train_are_in_eval_too() -> None:
    tables = {"train": pa.table({"x": [1, 2, 3]}), "eval": pa.table({"x": [7, 8]})}
    whole = testing.join_splits(tables)
    overlapping, (fault,) = corrupt(
        whole, [testing.overlap_splits("split", 1.0)], seed=1
    )
    after = testing.part_splits(overlapping)
    assert after["train"].equals(tables["train"])
    assert len(fault.rows) == 2
    assert set(after["eval"]["x"].to_pylist()[2:]) < {1, 2, 3}


def test_train_holds_rows_later_than_eval() -> None:
    times = ["2024-01-01", "2024-01-02", "2024-01-09"]
    table = pa.table({"x": times, "split": ["train", "train", "eval"]})
    future, (fault,) = corrupt(table, [testing.leak_future("x", "split", 0.5)], seed=1)
    assert future["x"].take(fault.rows).to_pylist() == ["2024-01-10"]
    assert fault.rows.tolist() in ([0], [1])


def test_a_gap_leaves_the_first_and_the_last_time() -> None:
    table = pa.table({"x": pa.array(range(1_700_000_000, 1_700_001_000), pa.int64())})
    gap, (fault,) = corrupt(table, [testing.cut_time_gap("x", 0.3)], seed=1)
    left = gap["x"].to_pylist()
    assert (left[0], left[-1]) == (1_700_000_000, 1_700_000_999)
    steps = [b - a for a, b in itertools.pairwise(left)]
    assert sorted(steps)[-2:] == [1, 1001 - len(left)]
    assert fault.changed
    assert 650 < len(left) < 750
