"""Sums by slice: merged in any order they are those of all rows at once."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.evaluator.metrics import sums as module
from tidegate.evaluator.metrics.classes import ClassConfusion
from tidegate.evaluator.metrics.confusion import Histogram
from tidegate.evaluator.metrics.pairs import Choice
from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.metrics.sampling import (
    SAMPLES,
    Method,
    Sampling,
    poisson,
    samples_of,
)
from tidegate.evaluator.metrics.sums import Entries, Members, Row, Sums

DATA = np.random.default_rng(0)
ROWS = 60
PREDICTIONS = DATA.random((ROWS, 3)).astype(np.float32)
LABELS = DATA.integers(0, 3, (ROWS, 1))
SLICES = DATA.integers(0, 4, ROWS)
LEAVES: dict[str, Any] = {
    "histogram": Histogram(Choice(), 50),
    "classes": ClassConfusion(False, (0.3, 0.6)),
}


def state_of(leaf: Any, rows: Any, sampling: Sampling | None = None) -> Sums:
    """The sums of some rows; each is in slice 0 and in one of its own.

    Rows are numbered by position, so slices are known as far as rows have come.
    """
    batch = Predicted(LABELS[rows], PREDICTIONS[rows])
    own = 1 + SLICES[rows]
    number = np.arange(len(rows))
    members = Members(
        np.concatenate([number, number]),
        np.concatenate([np.zeros(len(rows), np.int64), own]),
        int(own.max(initial=0)) + 1,
    )
    if sampling is not None:
        members = sampling.spread(members, int(rows[0]) if len(rows) else 0)
    return Sums.of(leaf.entries(batch), members, leaf.width)


def plain(state: Sums, slices: int = 5) -> dict[tuple[int, int, int], float]:
    """Every sum that is not 0, by slice, number and cell."""
    found = {}
    for group, row in enumerate(state.rows()):
        for number, values in enumerate(row.values):
            for cell, value in zip(row.cells.tolist(), values.tolist(), strict=True):
                if value:
                    found[group, number, cell] = value
    return found


@given(
    cuts=st.lists(st.integers(0, ROWS), max_size=6),
    order=st.randoms(use_true_random=False),
    kind=st.sampled_from(sorted(LEAVES)),
    sampling=st.sampled_from([None, *Method]),
    few=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_states_merged_in_any_order_are_those_of_the_whole(
    cuts: list[int], order: Any, kind: str, sampling: Method | None, few: bool
) -> None:
    drawn = None if sampling is None else Sampling(sampling)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE", 300 if few else 1 << 21)
        fences = sorted({0, *cuts, ROWS})
        rows = [np.arange(low, high) for low, high in itertools.pairwise(fences)]
        states = [state_of(LEAVES[kind], each, drawn) for each in rows]
        order.shuffle(states)
        while len(states) > 1:
            one, two = states.pop(), states.pop(order.randrange(len(states)))
            states.append(one.plus(two))
        whole = state_of(LEAVES[kind], np.arange(ROWS), drawn)
        merged, expected = plain(states[0]), plain(whole)

    assert merged.keys() == expected.keys()
    for place, value in expected.items():
        assert merged[place] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("kind", LEAVES)
def test_few_and_many_cells_are_kept_alike(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dense = plain(state_of(LEAVES[kind], np.arange(ROWS)))
    monkeypatch.setattr(module, "DENSE", 0)
    sparse = plain(state_of(LEAVES[kind], np.arange(ROWS)))
    assert dense == pytest.approx(sparse)


def test_a_slice_seen_later_has_nothing_before() -> None:
    one = Sums.of(_entries([1.0, 2.0]), _members([0, 0], 1), 1)
    two = Sums.of(_entries([4.0]), _members([2], 3), 1)
    for merged in (
        one.plus(two),
        two.plus(one),
        Sums.empty(0, 1, 1).plus(one).plus(two),
    ):
        assert [row.dense.item() for row in merged.rows()] == [3.0, 0.0, 4.0]


def _entries(values: list[float]) -> Entries:
    return Entries(None, None, (np.array(values),))


def _members(groups: list[int], count: int) -> Members:
    return Members(np.arange(len(groups)), np.array(groups), count)


def test_parts_stay_few_over_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DENSE", 0)
    state = Sums.empty(0, 1, 1000)
    for number in range(300):
        values = np.ones(50)
        cells = np.random.default_rng(number).integers(0, 1000, 50)
        entries = Entries(None, cells, (values,))
        members = Members(np.arange(50), np.zeros(50, np.int64), 1)
        state = state.plus(Sums.of(entries, members, 1000))
    assert len(state.parts) < 10
    assert state.rows()[0].dense.sum() == 300 * 50


def test_a_row_has_several_lines_in_several_slices() -> None:
    entries = Entries(np.array([0, 0, 2]), None, (np.array([1.0, 2.0, 4.0]),))
    members = Members(np.array([0, 2, 1, 0]), np.array([0, 0, 0, 1]), 2)
    kept = Sums.of(entries, members, 1)
    assert [row.dense.item() for row in kept.rows()] == [7.0, 3.0]


def test_each_row_is_in_one_bucket_and_buckets_are_even() -> None:
    rows = np.arange(40_000)
    members = Members(rows, np.zeros(len(rows), np.int64), 1)
    spread = Sampling(Method.JACKKNIFE).spread(members, 7)
    sizes = np.bincount(spread.groups, minlength=SAMPLES)
    # 2000 each, give or take 44: five of that.
    assert abs(sizes - 2000).max() < 220
    assert spread.count == SAMPLES


def test_a_row_is_in_samples_by_its_position_only() -> None:
    rows = np.arange(100)
    for method in Method:
        sampling = Sampling(method)
        whole = sampling.spread(Members(rows, np.zeros(100, np.int64), 1), 0)
        late = sampling.spread(Members(rows[:60], np.zeros(60, np.int64), 1), 40)
        before = {*zip(whole.rows.tolist(), whole.groups.tolist(), strict=True)}
        after = {*zip((late.rows + 40).tolist(), late.groups.tolist(), strict=True)}
        assert after == {each for each in before if each[0] >= 40}


def test_draws_are_poisson_with_mean_1_and_unlike_from_sample_to_sample() -> None:
    one, two = poisson(np.arange(50_000), 1), poisson(np.arange(50_000), 2)
    for drawn in (one, two):
        assert drawn.mean() == pytest.approx(1.0, abs=0.025)
        assert drawn.var() == pytest.approx(1.0, abs=0.04)
        assert (drawn == 0).mean() == pytest.approx(np.exp(-1), abs=0.012)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.025


def test_a_jackknife_sample_is_all_but_one_bucket() -> None:
    parts = [
        Row(np.arange(2), np.array([[2.0**at, 0.1 * at]]), 2) for at in range(SAMPLES)
    ]
    whole, samples = samples_of(parts, Method.JACKKNIFE)
    assert whole.dense[0, 0] == 2.0**SAMPLES - 1
    for at, sample in enumerate(samples):
        assert sample.dense[0, 0] == 2.0**SAMPLES - 1 - 2.0**at
    assert len(samples) == SAMPLES
