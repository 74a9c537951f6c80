"""What is measured of columns together, against brute force and planted relations."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drift_spans import mixed
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_span, measure_table
from tidegate.drift_tests.measuring.names import RESIDUALS
from tidegate.drift_tests.summary import SpanMeasures

Values = list[Any]


def strengths(span: SpanMeasures) -> dict[tuple[str, str, str], float]:
    pairs, names = span.pairs, span.columns
    return {
        (names[one], names[other], pairs.measure[kind]): float(value)
        for one, other, kind, value in zip(
            pairs.first, pairs.second, pairs.kind, pairs.values, strict=True
        )
    }


def of_two(one: Values, other: Values) -> dict[tuple[str, str, str], float]:
    table = pa.table({"a": pa.array(one), "b": pa.array(other)})
    return strengths(measure_table(table, "01"))


def rank_correlation(one: Values, other: Values) -> float:
    """By definition: of the ranks among all known values, ties in their middle."""

    def ranks(values: Values) -> dict[int, float]:
        known = [x for x in values if x is not None]
        return {
            row: sum(y < x for y in known) + sum(y == x for y in known) / 2
            for row, x in enumerate(values)
            if x is not None
        }

    left, right = ranks(one), ranks(other)
    both = sorted(left.keys() & right.keys())
    a = np.array([left[row] for row in both])
    b = np.array([right[row] for row in both])
    if len(set(a)) < 2 or len(set(b)) < 2:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def told_share(giver: Values, taker: Values) -> float | None:
    """Rows that have the usual value of their group, one of each group left out."""
    known = [x for x in giver if x is not None]
    if len({x for x in taker if x is not None}) < 2:
        return None
    if len(set(known)) > 0.7 * len(known):
        return None
    groups: dict[Any, Counter[Any]] = defaultdict(Counter)
    for one, other in zip(giver, taker, strict=True):
        if one is not None and other is not None:
            groups[one][other] += 1
    rows = sum(sum(group.values()) for group in groups.values())
    if rows < 20:
        return None
    most = sum(max(group.values()) for group in groups.values())
    return (most - len(groups)) / max(rows - len(groups), 1)


CELLS = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(0, 3)),
    min_size=40,
    max_size=60,
)


@given(CELLS)
@settings(deadline=None, max_examples=40)
def test_relations_are_those_of_brute_force(cells: list[tuple[Any, Any]]) -> None:
    one, other = [list(column) for column in zip(*cells, strict=True)]
    rows = len(cells)
    found = of_two(one, other)
    gone = sum(a is not None and b is None for a, b in cells) / rows
    back = sum(a is None and b is not None for a, b in cells) / rows
    assert found["a", "b", "apart"] == pytest.approx(gone)
    assert found["b", "a", "apart"] == pytest.approx(back)
    both = [(a, b) for a, b in cells if a is not None and b is not None]
    if len(both) >= 20:
        below = sum(a < b for a, b in both) / len(both)
        equal = sum(a == b for a, b in both) / len(both)
        assert found["a", "b", "below"] == pytest.approx(below)
        assert found["a", "b", "equal"] == pytest.approx(equal)
        wanted = rank_correlation(one, other)
        assert found["a", "b", "order"] == pytest.approx(wanted, abs=1e-9)
    else:
        assert ("a", "b", "order") not in found
    assert found.get(("a", "b", "told")) == pytest.approx(told_share(one, other))
    assert found.get(("b", "a", "told")) == pytest.approx(told_share(other, one))


def test_of_texts_it_is_measured_who_tells_whom() -> None:
    city = ["Rome", "Oslo", "Bern", "Bari"] * 20
    land = ["IT", "NO", "CH", "IT"] * 20
    found = of_two(city, land)
    # 80 rows in 4 groups of cities, in 3 of lands; of Italy half is Rome.
    assert found["a", "b", "told"] == 1
    assert found["b", "a", "told"] == pytest.approx((60 - 3) / (80 - 3))
    assert ("a", "b", "order") not in found


def test_a_column_whose_values_do_not_repeat_tells_nothing() -> None:
    key = [f"k{n}" for n in range(80)]
    found = of_two(key, ["x", "y"] * 40)
    assert ("a", "b", "told") not in found
    assert found["b", "a", "told"] == 0


def linear(rows: int = 500, faulty: int = 0) -> SpanMeasures:
    draw = np.random.default_rng(3)
    x, y = draw.normal(size=(2, rows))
    total = 3 * x - 2 * y + draw.normal(0, 0.05, rows)
    # Broken rows are well within the values that are usual.
    total[:faulty] = draw.permutation(total[:faulty])
    return measure_table(pa.table({"x": x, "y": y, "total": total}), "01")


def test_broken_rows_stand_out_of_a_linear_relation() -> None:
    fine, faulty = linear(), linear(faulty=40)
    lower, upper = "left_lower", "left_upper"
    assert all(abs(fine.value("total", name)) < 0.05 for name in (lower, upper))
    assert faulty.value("total", lower) < -0.4
    assert faulty.value("total", upper) > 0.4
    # All others are explained as well as before: nearly wholly.
    told = [span.value("total", "left_spread") for span in (fine, faulty)]
    assert told[0] < np.log(0.02)
    assert told[1] == pytest.approx(told[0], abs=0.2)
    # Nothing of the column by itself has changed.
    for name in ("quantile_0.25", "quantile_1", "entropy"):
        assert fine.value("total", name) == faulty.value("total", name)


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [1.0] * 100, "y": list(range(100))},  # y is told by a constant.
        {"x": list(range(20)), "y": list(range(20))},  # too few rows
        {"y": list(range(100)), "x": ["a", "b"] * 50},  # no partner of numbers
    ],
)
def test_where_nothing_can_be_explained_no_residuals_are_told(
    columns: dict[str, Any],
) -> None:
    span = measure_table(pa.table(columns), "01")
    told = [span.value("x", name) for name in RESIDUALS]
    assert np.isnan(told).all()


def test_copies_of_a_column_do_no_harm_to_what_they_explain() -> None:
    x = np.random.default_rng(1).normal(size=200)
    table = pa.table({"x": x, "copy": x, "twice": 2 * x, "same": x})
    span = measure_table(table, "01")
    assert span.value("x", "left_spread") < np.log(0.02)


def same_figures(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> None:
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=12)
def test_the_order_of_rows_makes_no_difference(seed: int) -> None:
    # Except which of equally frequent values are kept of a column of many texts, and
    # which pairs are found first in a table of more columns than are all paired.
    table = mixed(seed)
    order = np.random.default_rng(seed).permutation(table.num_rows)
    one, other = measure_table(table, "a"), measure_table(table.take(order), "a")
    same_figures(one.matrix, other.matrix)
    assert strengths(one) == pytest.approx(strengths(other))
    for name in ("city", "paid", "seats"):
        place = one.columns.index(name)
        here, there = one.frequent[place], other.frequent[place]
        assert dict(zip(here.texts, here.shares, strict=True)) == pytest.approx(
            dict(zip(there.texts, there.shares, strict=True))
        )


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=12)
def test_the_order_of_columns_only_turns_relations_round(seed: int) -> None:
    table = mixed(seed)
    names = np.random.default_rng(seed).permutation(table.column_names).tolist()
    one, other = measure_table(table, "a"), measure_table(table.select(names), "a")
    same_figures(one.matrix[[one.columns.index(name) for name in names]], other.matrix)
    here, there = strengths(one), strengths(other)
    assert len(here) == len(there)
    for (first, second, kind), value in here.items():
        if (first, second, kind) in there:
            wanted = there[first, second, kind]
        elif kind == "below":
            wanted = 1 - there[second, first, "below"] - there[second, first, "equal"]
        else:
            assert kind in ("order", "equal")
            wanted = there[second, first, kind]
        assert value == pytest.approx(wanted, abs=1e-9)


def wide(seed: int, names: list[str]) -> pa.Table:
    """Numbers of which each goes with those whose names are near its own."""
    draw = np.random.default_rng(seed)
    walk = np.cumsum(draw.normal(size=(200, 100)), axis=1)
    return pa.table({name: walk[:, int(name[1:])] for name in names})


def paired(span: SpanMeasures) -> set[frozenset[str]]:
    return {frozenset(pair[:2]) for pair in strengths(span)}


NAMES = [f"c{n:02d}" for n in range(60)]


def test_all_pairs_of_few_columns_are_measured() -> None:
    span = measure_table(wide(0, NAMES[:40]), "01")
    assert paired(span) == set(map(frozenset, combinations(NAMES[:40], 2)))


def test_of_many_columns_each_is_paired_with_those_it_goes_with() -> None:
    span = measure_table(wide(0, NAMES), "01")
    found = paired(span)
    assert len(found) <= 3 * len(NAMES)
    assert {name for pair in found for name in pair} == set(NAMES)
    assert all(abs(int(min(p)[1:]) - int(max(p)[1:])) < 15 for p in found)


def test_a_wide_span_has_the_pairs_of_the_newest_accepted_one() -> None:
    # Columns in another order are the same columns.
    older = measure_table(wide(0, NAMES), "01")
    newest = measure_table(wide(1, NAMES[::-1]), "02")
    assert paired(older) != paired(newest)
    history = History((older, newest))
    now = measure_table(wide(2, NAMES), "03", partners=history)
    assert paired(now) == paired(newest)
    assert paired(measure_table(wide(2, NAMES), "03")) != paired(newest)


def test_relations_keep_their_direction_when_columns_change_places() -> None:
    for table in (mixed(0), wide(0, NAMES)):
        names = table.column_names
        spans = [measure_table(table, "01")]
        for order in (
            names[::-1],
            sorted(names, key=lambda name: name[::-1]),
            names[3:] + names[:3],
        ):
            # Each is measured by the one before, which was turned already.
            past = History(tuple(spans))
            spans.append(measure_table(table.select(order), "02", partners=past))
        for one in spans[1:]:
            assert strengths(one) == pytest.approx(strengths(spans[0]), abs=1e-9)


def test_columns_come_and_go_and_other_pairs_stay() -> None:
    before = measure_table(wide(0, NAMES), "01")
    names = [*NAMES[10:], "c98", "c99"]
    now = measure_table(wide(1, names), "02", partners=History((before,)))
    assert paired(now) == {p for p in paired(before) if p <= set(names)}


def test_a_history_with_no_column_in_common_is_no_help() -> None:
    before = measure_table(wide(0, NAMES), "01")
    table = wide(1, [f"c{n:02d}" for n in range(55, 100)])
    few = measure_table(table.drop(NAMES[55:]), "02", partners=History((before,)))
    assert len(few.columns) == 40
    other = wide(1, NAMES).rename_columns([f"d{name}" for name in NAMES])
    now = measure_table(other, "02", partners=History((before,)))
    assert paired(now) == paired(measure_table(other, "02"))


def test_what_is_known_of_all_rows_replaces_what_the_sample_shows() -> None:
    table = pa.table(
        {
            "a": [1.0, 2.0, None, float("nan")],
            "text": ["x", None, "y", "z"],
            "hidden": [1.0, 2.0, 3.0, 4.0],
        }
    )
    everything = {
        "a": ColumnProfile.of(pa.array([-7.0, 1.0, 2.0, float("inf"), None, None])),
        "text": ColumnProfile.of(pa.array([None, None, None, "x", "y", "z"])),
        "hidden": ColumnProfile.of(pa.array([9.0, 8.0, 7.0, None, None, None])),
    }
    whole: Any = SimpleNamespace(
        rows=6,
        pii=frozenset({"hidden"}),
        sample=lambda: (table, None),
        profile=lambda name: everything[name],
    )
    span = measure_span(whole, "01")
    assert span.rows == 6
    assert span.value("a", "missing") == pytest.approx(2 / 6)
    assert span.value("a", "nan") == 0
    assert span.value("a", "infinite") == pytest.approx(1 / 4)
    assert span.value("a", "mean") == 1.5
    assert span.value("text", "missing") == pytest.approx(1 / 2)
    assert np.isnan(span.value("text", "quantile_0"))
    assert span.value("hidden", "missing") == pytest.approx(1 / 2)
    assert np.isnan(span.value("hidden", "quantile_1"))
    low, high = span.value("a", "quantile_0"), span.value("a", "quantile_1")
    assert (low, high) == (-7, 2)
