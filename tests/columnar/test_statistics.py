"""Profiles of parts merge into the profile of the whole, whatever the parts."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.errors import ComponentError

TEXT, BYTES = pa.large_string(), pa.large_binary()
INTS = pa.large_list(pa.int64())

EXACT = (
    "rows",
    "null_rows",
    "empty_rows",
    "missing",
    "present",
    "values",
    "kinds",
    "kind",
    "is_list",
    "fewest",
    "most",
    "nan",
    "negative_infinite",
    "positive_infinite",
    "zeros",
    "low",
    "high",
    "decimals",
    "shortest",
    "longest",
    "mean_length",
    "invalid_utf8",
    "distinct",
    "distinct_is_exact",
)


def merged(column: pa.Array, cuts: list[int], order: list[int]) -> ColumnProfile:
    edges = [0, *sorted(cuts), len(column)]
    parts = [column.slice(low, high - low) for low, high in pairwise(edges)]
    profiles = [ColumnProfile.of(part) for part in parts]
    shuffled = [profiles[place % len(profiles)] for place in order_of(order, profiles)]
    return reduce(ColumnProfile.merge, shuffled, ColumnProfile())


def order_of(order: list[int], profiles: list[ColumnProfile]) -> list[int]:
    keys = [order[place % len(order)] if order else 0 for place in range(len(profiles))]
    return sorted(range(len(profiles)), key=lambda place: (keys[place], place))


def assert_same(one: ColumnProfile, other: ColumnProfile) -> None:
    for name in EXACT:
        assert getattr(one, name) == getattr(other, name), name
    for name in ("mean", "variance"):
        mine, others = getattr(one, name), getattr(other, name)
        assert (mine is None) == (others is None), name
        if mine is not None:
            assert mine == pytest.approx(others, rel=1e-9, abs=1e-12), name
    if one.distinct_is_exact:
        assert one.frequent(50) == other.frequent(50)
        assert [one.quantile(q) for q in (0, 0.1, 0.5, 0.9, 1)] == [
            other.quantile(q) for q in (0, 0.1, 0.5, 0.9, 1)
        ]


numbers = st.integers(-(2**62), 2**62) | st.integers(-5, 5)
floats = st.floats(width=32) | st.sampled_from([0.0, -0.0, 0.1, 2.5])
words = st.text(max_size=4) | st.sampled_from(["a", "b", "ü"])
columns = st.one_of(
    st.lists(st.none() | numbers).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | floats).map(lambda v: pa.array(v, pa.float32())),
    st.lists(st.none() | floats).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.none() | words).map(lambda v: pa.array(v, TEXT)),
    st.lists(st.none() | st.binary(max_size=3)).map(lambda v: pa.array(v, BYTES)),
    st.lists(st.none() | st.lists(numbers, max_size=3)).map(
        lambda v: pa.array(v, INTS)
    ),
    st.lists(st.none() | st.lists(words, max_size=3)).map(
        lambda v: pa.array(v, pa.large_list(TEXT))
    ),
    st.integers(0, 5).map(pa.nulls),
)


@settings(deadline=None, max_examples=150)
@given(column=columns, data=st.data())
def test_parts_merge_into_the_whole_in_any_order(
    column: pa.Array, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(column)), max_size=4))
    order = data.draw(st.lists(st.integers(0, 9), max_size=5))
    assert_same(merged(column, cuts, order), ColumnProfile.of(column))


@settings(deadline=None)
@given(values=st.lists(st.none() | st.floats(width=32), max_size=30))
def test_figures_of_numbers_are_those_of_python(values: list[float | None]) -> None:
    there = [value for value in values if value is not None]
    finite = [value for value in there if math.isfinite(value)]
    ordered = sorted(value for value in there if not math.isnan(value))
    found = ColumnProfile.of(pa.array(values, pa.float32()))
    assert found.rows == len(values)
    assert found.missing == values.count(None)
    assert found.values == len(there)
    assert found.nan == len(there) - len(ordered)
    assert found.infinite == len(ordered) - len(finite)
    assert found.zeros == ordered.count(0)
    assert found.distinct == len(set(ordered))
    assert (found.low, found.high) == (
        (ordered[0], ordered[-1]) if ordered else (None, None)
    )
    if finite:
        mean = math.fsum(finite) / len(finite)
        scale = max(map(abs, finite))
        assert found.mean == pytest.approx(mean, rel=1e-9, abs=1e-9 * scale)
    if ordered:
        assert found.quantile(0.5) == ordered[(len(ordered) + 1) // 2 - 1]


def test_rows_without_values_are_told_apart() -> None:
    found = ColumnProfile.of(pa.array([[1, 2], [], None, [3]], INTS))
    assert (found.null_rows, found.empty_rows, found.missing) == (1, 1, 2)
    assert (found.fewest, found.most, found.values) == (0, 2, 3)
    assert found.is_list


def test_lists_and_single_values_merge() -> None:
    single = ColumnProfile.of(pa.array([1, None], pa.int64()))
    several = ColumnProfile.of(pa.array([[1, 2]], INTS))
    found = single.merge(several)
    assert (found.fewest, found.most, found.values, found.rows) == (1, 2, 3, 3)


def test_slices_of_lists_are_profiled_as_their_rows() -> None:
    column = pa.array([[9, 9], None, [1, 2], [], [9]], INTS).slice(1, 3)
    found = ColumnProfile.of(column)
    assert (found.rows, found.null_rows, found.empty_rows) == (3, 1, 1)
    assert found.frequent(5) == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    ("one", "other", "kind", "kinds"),
    [
        (pa.nulls(2), pa.array([1]), "int", {"int"}),
        (pa.array([None], TEXT), pa.nulls(1), "text", {"text"}),
        (pa.array([1]), pa.array([1.5], pa.float32()), "float", {"int", "float"}),
        (pa.array([1]), pa.array(["1"], TEXT), "text", {"int", "text"}),
        (pa.array(["a"]), pa.array([b"a"], BYTES), "bytes", {"bytes", "text"}),
        (pa.nulls(1), pa.nulls(1), "none", set()),
    ],
)
def test_kinds_of_both_parts_are_known(
    one: pa.Array, other: pa.Array, kind: str, kinds: set[str]
) -> None:
    for found in (
        ColumnProfile.of(one).merge(ColumnProfile.of(other)),
        ColumnProfile.of(other).merge(ColumnProfile.of(one)),
    ):
        assert found.kind == kind
        assert found.kinds == kinds


def test_integers_and_floats_are_told_together() -> None:
    found = ColumnProfile.of(pa.array([0, 3, 3])).merge(
        ColumnProfile.of(pa.array([3.0, -0.5], pa.float32()))
    )
    assert (found.low, found.high, found.zeros) == (-0.5, 3, 1)
    assert found.frequent(1) == [(3.0, 3)]
    assert (found.distinct, found.mean) == (3, 1.7)


def test_equally_frequent_values_come_in_their_order() -> None:
    text = ColumnProfile.of(pa.array(["b", "a", "c", "c", b"\xff"], BYTES))
    assert text.frequent(3) == [("c", 2), ("a", 1), ("b", 1)]
    assert text.frequent(9)[-1] == (b"\xff", 1)
    numbers = ColumnProfile.of(pa.array([5, -1, 7, 7]))
    assert numbers.frequent(3) == [(7, 2), (-1, 1), (5, 1)]
    assert numbers.top_share == 0.5


def test_decimals_are_those_of_the_spelling() -> None:
    column = pa.array([1, 0.5, 0.1, -2.25, 1e-3, 1 / 3, 1e20, math.inf], pa.float32())
    assert ColumnProfile.of(column).decimals == Counter(
        {0: 2, 1: 2, 2: 1, 3: 1, len(str(np.float32(1 / 3))) - 2: 1}
    )
    assert ColumnProfile.of(pa.array([1, 2])).decimals == Counter({0: 2})


def test_lengths_are_in_characters_and_odd_bytes_are_counted() -> None:
    found = ColumnProfile.of(pa.array(["", "größe", "größe"], TEXT))
    assert (found.shortest, found.longest, found.mean_length) == (0, 5, 10 / 3)
    odd = ColumnProfile.of(pa.array([b"\xff\xfe\xfd", b"ab", b"\xff\xfe\xfd"], BYTES))
    assert (odd.invalid_utf8, odd.longest, odd.distinct) == (2, 3, 2)


def test_long_texts_stay_distinct_and_small() -> None:
    texts = ["x" + "ü" * 5000 + str(row) for row in range(50)]
    found = ColumnProfile.of(pa.array(texts, TEXT))
    assert found.distinct == 50
    assert found.longest == 5003
    assert found.invalid_utf8 == 0
    assert all(isinstance(value, str) for value, _ in found.frequent(50))
    assert len(pickle.dumps(found)) < 100_000


def test_what_examples_cannot_hold_is_refused() -> None:
    with pytest.raises(ComponentError, match="cannot be profiled"):
        ColumnProfile.of(pa.array([{"a": 1}]))


def in_parts(column: pa.Array, rows: int) -> ColumnProfile:
    starts = range(0, len(column), rows)
    parts = [ColumnProfile.of(column.slice(start, rows)) for start in starts]
    return reduce(ColumnProfile.merge, parts)


def large(kind: str) -> pa.Array:
    draw = np.random.default_rng(5)
    if kind == "integers":
        return pa.array(draw.integers(-(10**12), 10**12, 150_000))
    if kind == "floats":
        return pa.array(draw.normal(100, 30, 150_000).astype(np.float32))
    if kind == "sorted":
        return pa.array(np.arange(150_000))
    return pa.array([f"id {row * 7919}" for row in range(150_000)], TEXT)


@pytest.mark.parametrize("kind", ["integers", "floats", "sorted", "texts"])
def test_many_distinct_values_are_estimated_in_any_parts(kind: str) -> None:
    column = large(kind)
    true = len(column.unique())
    whole, parts = ColumnProfile.of(column), in_parts(column, 20_000)
    reverse = in_parts(column.take(np.arange(len(column))[::-1]), 33_000)
    for found in (parts, reverse):
        assert_same(found, whole)
        assert not found.distinct_is_exact
        # Four standard errors.
        assert abs(found.distinct - true) < 4 * found.distinct_error * true
        assert len(pickle.dumps(found)) < 1_000_000


@pytest.mark.parametrize("kind", ["integers", "floats", "sorted"])
@pytest.mark.parametrize("rows", [700, 20_000, 150_000])
def test_ranks_are_within_the_stated_error(kind: str, rows: int) -> None:
    column = large(kind)
    values = np.sort(np.asarray(column))
    found = in_parts(column, rows)
    assert 0 < found.rank_error <= 0.01
    for q in (0.001, 0.25, 0.5, 0.9, 0.999):
        value = np.float64(found.quantile(q) or 0)
        low = np.searchsorted(values, value, side="left") / len(values)
        high = np.searchsorted(values, value, side="right") / len(values)
        assert low - found.rank_error <= q <= high + found.rank_error


def heavy() -> list[str]:
    rare = [f"rare {row}" for row in range(60_000)]
    often = [f"often {row % 10}" for row in range(20_000)]
    mixed = rare + often
    np.random.default_rng(3).shuffle(mixed)
    return mixed


def test_frequent_values_are_found_among_many_rare_ones() -> None:
    values = heavy()
    true = Counter(values)
    found = in_parts(pa.array(values, TEXT), 30_000)
    top: list[tuple[Any, int]] = found.frequent(10)
    assert {value for value, _ in top} == {f"often {n}" for n in range(10)}
    for value, count in top:
        assert true[value] - found.frequent_error <= count <= true[value]
    assert found.frequent_error < len(values) / 1000


def test_a_profile_is_the_same_after_pickling() -> None:
    for kind in ("integers", "texts"):
        found = ColumnProfile.of(large(kind))
        assert_same(pickle.loads(pickle.dumps(found)), found)


def test_chunks_are_one_column() -> None:
    column = pa.chunked_array([pa.array([1, None]), pa.array([3])])
    assert_same(ColumnProfile.of(column), ColumnProfile.of(pa.array([1, None, 3])))
    nothing = ColumnProfile.of(pa.chunked_array([], pa.int64()))
    assert (nothing.rows, nothing.low, nothing.mean) == (0, None, None)
