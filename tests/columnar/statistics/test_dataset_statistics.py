"""What is known of tables, of any shape, merges, and is what TFDV knows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proto_differences import Statistics, alike, differences

from tidegate.columnar.statistics.dataset_statistics import (
    DatasetStatistics,
    Plan,
    SlicedStatistics,
    WeightBelowZero,
)
from tidegate.columnar.statistics.feature_protos import Settings
from tidegate.columnar.statistics.tfdv import dataset_proto, statistics_list
from tidegate.columnar.statistics.weighted import WeightedNumbers, WeightedWords
from tidegate.errors import DataError

INTS = pa.large_list(pa.int64())
SHAPES = {
    "flat": INTS,
    "deep": pa.large_list(INTS),
    "deeper": pa.large_list(pa.large_list(pa.large_list(pa.large_binary()))),
    "struct": pa.large_list(
        pa.struct(
            [("x", INTS), ("in", pa.struct([("y", pa.large_list(pa.float32()))]))]
        )
    ),
    "one": pa.struct([("x", INTS)]),
}
INT = st.integers(-(2**40), 2**40)
FLOAT = st.floats(width=32)
MANY = st.none() | st.lists(INT, max_size=3)
ROW = st.fixed_dictionaries(
    {
        "weight": st.sampled_from([0.0, 0.5, 1.0, 3.0]),
        "int": st.none() | INT,
        "float": st.none() | FLOAT,
        "word": st.none() | st.sampled_from(["a", "b", "ü", "東京"]),
        "flat": MANY,
        "deep": st.none() | st.lists(MANY, max_size=3),
        "deeper": st.none()
        | st.lists(st.none() | st.lists(st.just([b"x"]), max_size=2), max_size=2),
        "struct": st.none()
        | st.lists(
            st.fixed_dictionaries(
                {
                    "x": MANY,
                    "in": st.fixed_dictionaries(
                        {"y": st.lists(st.floats(0, 1, width=32), max_size=2)}
                    ),
                }
            ),
            max_size=2,
        ),
        "one": st.none() | st.fixed_dictionaries({"x": MANY}),
    }
)
PLANS = {
    "plain": Plan(),
    "weighted": Plan(weight="weight"),
    "sliced": Plan(slices=((("word", None),), (("flat", None), ("word", ("a",))))),
}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as columns of fixed types."""
    kinds = {
        "weight": pa.float32(),
        "int": pa.int64(),
        "float": pa.float32(),
        "word": pa.large_string(),
        **SHAPES,
    }
    arrays = [pa.array([row[name] for row in rows], kinds[name]) for name in kinds]
    return pa.table(arrays, names=list(kinds))


def told(statistics: SlicedStatistics, plan: Plan) -> Statistics:
    return statistics_list(statistics, plan, Settings())


@pytest.mark.parametrize("name", PLANS)
@given(data=st.data(), rows=st.lists(ROW, min_size=1, max_size=14))
@settings(max_examples=40, deadline=None)
def test_parts_merge_to_the_whole_in_any_order(
    name: str, data: st.DataObject, rows: list[dict[str, Any]]
) -> None:
    plan = PLANS[name]
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    bounds = [0, *cuts, len(rows)]
    whole = table(rows)
    parts = [
        SlicedStatistics.of(whole.slice(a, b - a), plan) for a, b in pairwise(bounds)
    ]
    parts = data.draw(st.permutations(parts))
    while len(parts) > 1:
        one = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        other = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        parts.append(one.merge(other))
    expected = told(SlicedStatistics.of(whole, plan), plan)
    assert list(differences(told(parts[0], plan), expected)) == []


@pytest.mark.parametrize("name", ["plain", "weighted"])
def test_nested_features_are_what_tfdv_makes_of_them(name: str) -> None:
    stats_impl = pytest.importorskip("tensorflow_data_validation.statistics.stats_impl")
    import tensorflow_data_validation as tfdv

    rows = 60
    draw = np.random.default_rng(3)

    def ints() -> list[int] | None:
        few = draw.integers(0, 9, draw.integers(4)).tolist()
        return None if draw.random() < 0.2 else few

    def several(make: Any) -> Any:
        made = [make() for _ in range(draw.integers(4))]
        return None if draw.random() < 0.2 else made

    def struct() -> dict[str, Any]:
        return {"x": ints(), "in": {"y": [float(draw.random())]}}

    columns = {
        "weight": pa.array(
            [[float(draw.integers(1, 5))] for _ in range(rows)],
            pa.large_list(pa.float32()),
        ),
        "flat": [ints() for _ in range(rows)],
        "deep": [several(ints) for _ in range(rows)],
        "deeper": [several(lambda: several(lambda: [b"x"])) for _ in range(rows)],
        "struct": [several(struct) for _ in range(rows)],
        "one": [None if row % 7 == 0 else {"x": ints()} for row in range(rows)],
        "none": pa.nulls(rows),
    }
    made = pa.table(
        {
            column: pa.array(values, SHAPES[column]) if column in SHAPES else values
            for column, values in columns.items()
        }
    )
    weight = "weight" if name == "weighted" else None
    theirs = stats_impl.generate_statistics_in_memory(
        made.to_batches()[0], tfdv.StatsOptions(weight_feature=weight)
    )
    plan = Plan(weight=weight)
    ours = Statistics()
    known = DatasetStatistics.of(made, plan)
    ours.datasets.append(dataset_proto(known, plan, Settings(sketched=True)))
    assert list(differences(ours, theirs)) == []


def test_ranks_of_weighted_numbers_keep_their_stated_error() -> None:
    draw = np.random.default_rng(1)
    values, weights = draw.normal(size=300_000), draw.random(300_000)
    parts = [WeightedNumbers.of(values[i::60], weights[i::60]) for i in range(60)]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.merge(part)
    points, upto = whole.ranks.points()
    order = np.argsort(values)
    true = np.cumsum(weights[order])[np.searchsorted(values[order], points)]
    off = np.abs(upto - true).max()
    assert not whole.ranks.is_exact
    assert off <= whole.ranks.error + weights.max() <= 0.01 * weights.sum()
    assert len(points) <= 6 * 8192
    assert (points[0], points[-1]) == (values.min(), values.max())
    mean = float(np.average(values, weights=weights))
    assert alike(whole.moments.mean, mean)


def test_weights_of_words_keep_their_stated_error() -> None:
    names = [f"w{i}".encode() for i in range(60_000)] + [b"heavy"] * 20_000
    order = np.random.default_rng(2).permutation(len(names))
    values = pa.array(names, pa.large_binary()).take(pa.array(order))
    weights = np.full(len(names), 0.5)
    whole = WeightedWords.of(values[:0], weights[:0])
    for start in range(0, len(names), 5000):
        part = values[start : start + 5000]
        whole = whole.merge(WeightedWords.of(part, weights[: len(part)]))
    found = dict(zip(whole.values.to_pylist(), whole.weights.tolist(), strict=True))
    assert 10_000 - whole.error <= found[b"heavy"] <= 10_000
    assert 0 < whole.error <= 0.01 * weights.sum()


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.0, None]),
        pa.array([1.0, math.nan]),
        pa.array(["a", "b"]),
        pa.array([[1.0], [1.0, 2.0]]),
        pa.array([[1.0], []]),
    ],
    ids=["missing", "nan", "text", "several", "none"],
)
def test_weights_are_one_number_a_row(column: pa.Array) -> None:
    with pytest.raises(DataError, match="does not weigh all rows"):
        DatasetStatistics.of(pa.table({"w": column}), Plan(weight="w"))


def test_weights_below_0_are_told_apart() -> None:
    column = pa.array([1.0, -1.0, 0.0])
    with pytest.raises(WeightBelowZero, match="'w' has weights below 0") as caught:
        DatasetStatistics.of(pa.table({"w": column}), Plan(weight="w"))
    assert caught.value.got == "1 rows with less"


def test_weights_must_be_there() -> None:
    with pytest.raises(DataError, match="no such column"):
        DatasetStatistics.of(pa.table({"x": [1]}), Plan(weight="w"))


def test_parts_of_other_kinds_do_not_merge() -> None:
    one = DatasetStatistics.of(pa.table({"x": [1]}), Plan())
    other = DatasetStatistics.of(pa.table({"x": ["a"]}), Plan())
    with pytest.raises(DataError, match="'x' differs between parts"):
        one.merge(other)
