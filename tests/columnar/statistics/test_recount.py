"""Every value is counted, and the most frequent words found, in any order."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar.statistics.dataset_statistics import Plan
from tidegate.columnar.statistics.leaders import Front, Leaders
from tidegate.columnar.statistics.recount import tallies, words_of
from tidegate.columnar.statistics.slices import ALL_ROWS
from tidegate.columnar.statistics.tally import Tally

T = TypeVar("T", Tally, Leaders)
WORD = (ALL_ROWS, ("word",))
WORDS = st.lists(st.sampled_from(["", "a", "b", "ba", "ü", "東", "x" * 2000]))
ROWS = st.lists(st.tuples(WORDS, st.sampled_from([0.0, 0.5, 1.0, 4.0])), max_size=20)


def table(rows: list[tuple[list[str], float]]) -> pa.Table:
    words = pa.array([words for words, _ in rows], pa.large_list(pa.large_string()))
    weights = pa.array([weight for _, weight in rows], pa.float64())
    return pa.table({"word": words, "weight": weights})


def merged(data: st.DataObject, parts: list[T]) -> T:
    """The parts merged in any order and any nesting."""
    parts = list(data.draw(st.permutations(parts)))
    while len(parts) > 1:
        one = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        other = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        parts.append(one.merge(other))
    return parts[0]


@pytest.mark.parametrize("by", ["counts", "weights"])
@given(data=st.data(), rows=ROWS, most=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_leaders_are_the_greatest_by_sum_then_word_in_any_order(
    by: str, data: st.DataObject, rows: list[Any], most: int
) -> None:
    plan = Plan(weight="weight")
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    whole = table(rows)
    parts = [whole.slice(a, b - a) for a, b in pairwise([0, *cuts, len(rows)])]
    found = [dict(tallies(part, plan, {WORD})).get(WORD, Tally()) for part in parts]
    run = merged(data, found).whole()
    sums = run.counts if by == "counts" or run.weights is None else run.weights
    front = Front.of(run.keys, sums, most)
    nothing = pa.array([], pa.large_binary())
    leaders = [Leaders.of(nothing, run.keys[:0], front)]
    for part in parts:
        for _, values, hashes in words_of(part, plan, {WORD}):
            leaders.append(Leaders.of(values, hashes, front))
    best = merged(data, leaders)

    counted: Counter[str] = Counter()
    for words, weight in rows:
        for word in words:
            counted[word] += 1 if by == "counts" else weight  # type: ignore[assignment]
    expected = sorted(((n, w[:1000]) for w, n in counted.items()), reverse=True)[:most]
    got = zip(best.sums.tolist(), best.values.to_pylist(), strict=True)
    assert sorted(((n, w.decode()[:1000]) for n, w in got), reverse=True) == expected
    assert len(run.keys) == len(counted)


def test_a_tally_keeps_few_runs() -> None:
    draw = np.random.default_rng(4)
    total, expected = Tally(), Counter[int]()
    for _ in range(200):
        keys = draw.integers(0, 50_000, 500).astype(np.uint64)
        total = total.merge(Tally.of(keys, np.ones(500, np.int64), None))
        expected.update(keys.tolist())
        lengths = [len(run.keys) for run in total.runs]
        assert all(a > 2 * b for a, b in pairwise(lengths))
        assert len(lengths) <= math.log2(sum(lengths))
    run = total.whole()
    assert dict(zip(run.keys.tolist(), run.counts.tolist(), strict=True)) == expected


def test_integers_are_counted_with_the_weights_of_their_rows() -> None:
    rows = pa.table({"n": [[5, -2], [], None, [5]], "w": [1.0, 2.0, 4.0, 8.0]})
    place = (ALL_ROWS, ("n",))
    ((found, tally),) = tallies(rows, Plan(weight="w"), {place})
    run = tally.whole()
    assert run.weights is not None
    assert (found, run.keys.tolist()) == (place, [-2, 5])
    assert (run.counts.tolist(), run.weights.tolist()) == ([1, 2], [1.0, 9.0])


def test_only_the_slices_that_are_asked_for_are_counted() -> None:
    rows = pa.table({"word": ["a", "b", "a"], "by": [1, 2, 1]})
    plan = Plan(slices=((("by", None),),))
    place = ("by_1", ("word",))
    ((found, tally),) = tallies(rows, plan, {place})
    assert (found, tally.whole().counts.tolist()) == (place, [2])


def test_words_within_structs_are_counted_with_the_weights_of_their_rows() -> None:
    structs = [[{"x": "a"}], [], [{"x": "b"}, {"x": "a"}]]
    rows = pa.table({"s": structs, "w": [1.0, 2.0, 4.0]})
    place = (ALL_ROWS, ("s", "x"))
    ((_, tally),) = tallies(rows, Plan(weight="w"), {place})
    run = tally.whole()
    assert run.weights is not None
    assert sorted(zip(run.counts.tolist(), run.weights.tolist(), strict=True)) == [
        (1, 4.0),
        (2, 5.0),
    ]
