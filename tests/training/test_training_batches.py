"""Every row once an epoch, in an order that the seed decides, however it is read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import DataError
from tidegate.training import rows as arrays
from tidegate.training.batches import epochs_from, held_batches, streamed_batches
from tidegate.training.features import Feature
from tidegate.training.rows import Rows, Values, to_rows

NUMBER = Feature("n", "n", "int64")
WORDS = Feature("w", "w", "bytes", None)


def numbered(rows: int, start: int = 0) -> Rows:
    """Rows that can be told apart: a number, and as many values as it says."""
    numbers = np.arange(start, start + rows)
    lengths = numbers % 3
    flat = np.repeat(numbers, lengths)
    return {"n": Values(numbers), "w": Values(flat, lengths)}


def chunks(rows: int, size: int) -> Callable[[], Iterator[Rows]]:
    def read() -> Iterator[Rows]:
        for start in range(0, rows, size):
            yield numbered(min(size, rows - start), start)

    return read


def numbers(batches: list[Rows]) -> list[int]:
    return [int(one) for batch in batches for one in batch["n"].flat]


def assert_whole(batch: Rows) -> None:
    """Each row kept the values that belong to it."""
    lengths = batch["w"].lengths
    assert lengths is not None
    assert lengths.tolist() == [n % 3 for n in batch["n"].flat]
    assert batch["w"].flat.tolist() == np.repeat(batch["n"].flat, lengths).tolist()


@given(
    rows=st.integers(1, 90),
    batch_size=st.integers(1, 40),
    chunk=st.integers(1, 50),
    epochs=st.integers(1, 3),
    pool_bytes=st.integers(0, 1500),
    seed=st.none() | st.integers(0, 9),
)
def test_every_row_comes_once_an_epoch(
    rows: int, batch_size: int, chunk: int, epochs: int, pool_bytes: int, seed: int
) -> None:
    held = list(held_batches(numbered(rows), batch_size, range(epochs), seed))
    streamed = list(
        streamed_batches(
            chunks(rows, chunk), batch_size, range(epochs), seed, pool_bytes
        )
    )
    for batches in (held, streamed):
        sizes = [arrays.count(batch) for batch in batches]
        assert set(sizes[:-1]) <= {batch_size}
        assert 0 < sizes[-1] <= batch_size
        seen = numbers(batches)
        for epoch in range(epochs):
            part = seen[epoch * rows : (epoch + 1) * rows]
            assert sorted(part) == list(range(rows))
        for batch in batches:
            assert_whole(batch)
    if seed is None:
        assert numbers(held) == numbers(streamed) == [*range(rows)] * epochs


@pytest.mark.parametrize("streams", [False, True], ids=["held", "streamed"])
def test_a_seed_gives_one_order_and_each_epoch_another(streams: bool) -> None:
    def order(seed: int, epoch: int) -> list[int]:
        if streams:
            made = streamed_batches(chunks(500, 50), 64, [epoch], seed, 2000)
        else:
            made = held_batches(numbered(500), 64, [epoch], seed)
        return numbers(list(made))

    assert order(7, 0) == order(7, 0)
    assert order(7, 0) != order(7, 1)
    assert order(7, 0) != order(8, 0)


def test_a_stream_mixes_rows_of_different_chunks() -> None:
    made = streamed_batches(chunks(4000, 100), 100, [0], 3, 8 * 3 * 1000)
    first = numbers([next(made)])
    assert max(first) - min(first) > 400


def test_epochs_without_an_end_go_on() -> None:
    batches = held_batches(numbered(10), 4, epochs_from(0, None), 1)
    assert len(numbers(list(islice(batches, 50)))) == 200


def test_streaming_holds_no_more_than_some_pools() -> None:
    chunk = 20_000
    pool = 4 * arrays.size(numbered(chunk))

    tracemalloc.start()
    for _ in streamed_batches(chunks(2_000_000, chunk), 1024, [0], 5, pool):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5.5 * pool < arrays.size(numbered(2_000_000)) / 4


def test_a_missing_value_becomes_the_default() -> None:
    table = pa.table({"n": pa.array([3, None, 5], pa.int64())})
    with_default = Feature("n", "n", "int64", (), 9)
    assert to_rows(table, [with_default])["n"].flat.tolist() == [3, 9, 5]


def test_a_column_that_no_row_has_is_all_default_or_empty() -> None:
    table = pa.table({"other": pa.array([1, 2], pa.int64())})
    made = to_rows(table, [Feature("n", "n", "float", (2,), 0.5), WORDS])
    assert made["n"].flat.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    lengths = made["w"].lengths
    assert lengths is not None
    assert lengths.tolist() == [0, 0]


def test_lists_of_one_length_become_a_matrix() -> None:
    lists = pa.array([[1, 2], [3, 4]], pa.large_list(pa.int64()))
    made = to_rows(pa.table({"n": lists}), [Feature("n", "n", "int64", (2, 1))])
    assert made["n"].flat.tolist() == [[[1], [2]], [[3], [4]]]


@pytest.mark.parametrize(
    ("values", "feature", "text"),
    [
        pytest.param([1, None], NUMBER, "missing in 1 rows", id="missing"),
        pytest.param([[1], [1, 2]], NUMBER, "number of values", id="two-values"),
        pytest.param(["a", "b"], NUMBER, "another kind", id="text-for-a-number"),
        pytest.param([1, 2], WORDS, "another kind", id="number-for-bytes"),
    ],
)
def test_a_value_that_the_schema_does_not_allow_is_refused(
    values: list[object], feature: Feature, text: str
) -> None:
    table = pa.table({feature.column: pa.array(values)})
    with pytest.raises(DataError, match=text):
        to_rows(table, [feature])
