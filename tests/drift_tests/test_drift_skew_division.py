"""Training rows are cut into blocks that a log can be held against."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.data_tests.times import DAY, SECOND
from tidegate.drift_tests.skew.columns import columns_of
from tidegate.drift_tests.skew.division import (
    Division,
    Order,
    blocks_of,
    division,
    needed_blocks,
    turns,
)
from tidegate.drift_tests.skew.order import order_of
from tidegate.drift_tests.skew.periods import files_fit, period_of, pieces_of

SIZES = st.integers(1, 20_000)
ORDERS: st.SearchStrategy[Order] = st.sampled_from(["rows", "random", "time"])
NO_TIME = np.iinfo(np.int64).min


@given(training=SIZES, serving=SIZES, order=ORDERS)
def test_every_block_has_the_rows_of_the_division_and_neighbours_are_together(
    training: int, serving: int, order: Order
) -> None:
    divided = division(training, serving, 10, 0.05)
    times = np.random.default_rng(training).integers(0, 10**6, training)
    turn = turns(order, training, times)
    block = blocks_of(divided, turn)
    counts = np.bincount(block[block >= 0], minlength=divided.blocks)
    assert len(counts) == divided.blocks
    assert set(counts.tolist()) == {divided.rows}
    ordered = block[np.argsort(turn)]
    kept = np.flatnonzero(ordered >= 0)
    assert (np.diff(ordered[kept]) >= 0).all()
    for number in range(divided.blocks):
        of_block = np.flatnonzero(ordered == number)
        begin = number * training // divided.blocks
        assert begin <= of_block[0]
        assert of_block[-1] < begin + divided.length


@given(training=SIZES, serving=SIZES, promise=st.sampled_from([0.01, 0.05, 0.2]))
def test_there_are_enough_blocks_for_the_promise_or_each_has_few_rows(
    training: int, serving: int, promise: float
) -> None:
    divided = division(training, serving, 10, promise)
    assert divided.blocks * divided.length <= training
    assert divided.rows <= divided.length <= serving
    if training >= 200 * 30:
        assert divided.blocks > needed_blocks(promise)


def test_rows_without_a_time_are_in_no_block() -> None:
    times = np.array([5, NO_TIME, 1, 3, NO_TIME, 2])
    turn = turns("time", 6, times)
    assert turn.tolist() == [3, -1, 0, 2, -1, 1]
    assert blocks_of(Division(2, 2, 2), turn).tolist() == [1, -1, 0, 1, -1, 0]


def test_wide_tables_have_blocks_of_fewer_rows() -> None:
    narrow = division(10**7, 10**5, 20, 0.05)
    wide = division(10**7, 10**5, 5_000, 0.05)
    assert (narrow.rows, narrow.length) == (20_000, 10**5)
    assert wide.rows * wide.blocks * 5_000 <= 10**8


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=60), st.integers(1, 20))
def test_pieces_keep_their_rows_but_those_that_were_cut_off(
    groups: list[int], rows: int
) -> None:
    group = np.array(groups)
    if (group < 0).all():
        return
    block = pieces_of(group, rows, 3)
    counts = np.bincount(group[group >= 0])
    usual = np.median(counts[counts > 0])
    whole = np.flatnonzero(counts >= usual / 2)
    for number, piece in enumerate(whole.tolist()):
        assert (group[block == number] == piece).all()
        assert (block == number).sum() == min(rows, counts[piece])
    assert set(group[block < 0].tolist()) >= set(group.tolist()) - set(whole.tolist())


def days(first: int, count: int, hours: tuple[int, int] = (6, 23)) -> pa.ChunkedArray:
    """Ten times of each day, between two hours of it."""
    inside = np.linspace(hours[0] * 3600, hours[1] * 3600, 10).astype(np.int64)
    seconds = (np.arange(first, first + count)[:, None] * 86_400 + inside).ravel()
    stamps = seconds.astype("datetime64[s]")
    return pa.chunked_array([pa.array(np.datetime_as_string(stamps))])


@pytest.mark.parametrize(
    ("log", "name"),
    [
        (days(90, 1), "days"),
        (days(90, 7), "weeks"),
        (days(90, 1, (9, 10)), "hours"),
        (days(90, 1, (9, 12)), None),
        (days(90, 3), None),
    ],
)
def test_a_log_is_one_of_the_periods_that_it_covers(
    log: pa.ChunkedArray, name: str | None
) -> None:
    found = period_of(days(0, 90), log, needed=10)
    assert (None if found is None else found.name) == name
    if found is not None:
        times = np.arange(5) * found.length + found.phase
        assert np.diff(found.of(times)).tolist() == [1] * 4


def test_a_day_need_not_begin_at_midnight() -> None:
    log = days(90, 1, (18, 34))
    found = period_of(days(0, 90), log, needed=30)
    assert found is not None
    assert found.length == DAY
    assert found.phase % DAY == 14 * 3600 * SECOND
    assert period_of(days(0, 20), log, needed=30) is None


def test_files_are_blocks_if_there_are_enough_and_the_log_is_no_longer() -> None:
    assert files_fit([100] * 40, 100, needed=28)
    assert files_fit([100] * 40, 10, needed=28)
    assert not files_fit([100] * 40, 500, needed=28)
    assert not files_fit([100] * 20, 100, needed=28)


@pytest.mark.parametrize(
    ("column", "log", "order", "rising"),
    [
        (np.repeat([1, 2, 3], 100), [4] * 50, "rows", ("x",)),
        (np.arange(300) + 0.5, np.arange(300, 350), "rows", ("x",)),
        (np.arange(300) + 0.5, np.arange(0, 300, 6), "random", ()),
        (
            [f"v{n:03d}" for n in range(300)],
            [f"v{n}" for n in range(200)],
            "random",
            (),
        ),
        (np.repeat([0, 1], 150), [1] * 50, "rows", ()),
        (np.random.default_rng(0).normal(size=300), [0.0] * 50, "rows", ()),
    ],
    ids=["month", "counter", "sorted", "sorted texts", "switch", "values"],
)
def test_what_the_order_of_the_rows_means(
    column: object, log: object, order: Order, rising: tuple[str, ...]
) -> None:
    training, serving = pa.table({"x": column}), pa.table({"x": log})
    found = order_of(training, serving)
    assert (found.order, found.rising) == (order, rising)


def test_whole_and_other_numbers_are_one_kind_and_columns_without_values_any() -> None:
    training = {"a": "int", "b": "float", "c": "text", "d": "none", "e": "int"}
    serving = {"a": "float", "b": "int", "c": "bytes", "d": "int", "e": "text"}
    found = columns_of(training, serving)
    assert found.compared == ("a", "b", "c", "d")
    assert found.other_kind == {"e": ("int", "text")}
