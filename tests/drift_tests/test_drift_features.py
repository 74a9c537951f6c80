"""A span's numbers stand where the history has the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from drift_spans import history, mixed, span
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.drift_tests.history import History
from tidegate.drift_tests.judging.effects import smallest_effects
from tidegate.drift_tests.judging.features import TABLE, features_of
from tidegate.drift_tests.judging.vector import Places
from tidegate.drift_tests.measuring.names import JUDGED
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures

SPANS = 6
# Without these a history tells nothing of values and relations.
NEEDED = ("missing", "log_distinct")


def some(draw: np.random.Generator, held: SpanMeasures) -> SpanMeasures:
    """The span with some of its columns, measures, relations and values only."""
    columns = np.flatnonzero(draw.random(len(held.columns)) < 0.8)
    columns = draw.permutation(columns)
    kept = draw.random(len(held.measures)) < 0.8
    kept |= np.isin(held.measures, NEEDED)
    fields = draw.permutation(np.flatnonzero(kept))
    places = np.full(len(held.columns), -1)
    places[columns] = np.arange(len(columns))
    first, second = places[held.pairs.first], places[held.pairs.second]
    there = (first >= 0) & (second >= 0) & (draw.random(len(first)) < 0.7)
    names = draw.permutation(len(held.pairs.measure))
    return replace(
        held,
        columns=tuple(held.columns[place] for place in columns),
        kinds=tuple(held.kinds[place] for place in columns),
        private=held.private & {held.columns[place] for place in columns},
        measures=tuple(held.measures[place] for place in fields),
        matrix=held.matrix[np.ix_(columns, fields)],
        frequent=[held.frequent[int(place)] for place in columns],
        pairs=Pairs(
            first[there],
            second[there],
            tuple(held.pairs.measure[place] for place in names),
            np.argsort(names)[held.pairs.kind[there]],
            held.pairs.values[there],
        ),
    )


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_a_span_has_the_numbers_that_the_history_has_of_it(seed: int) -> None:
    draw = np.random.default_rng(seed)
    whole = list(history(SPANS).spans)
    whole[2] = span(2, mixed(2, later=pa.array(["x", "y"] * 150), city=None))
    # A value that a span does not have has a share of 0 there.
    whole[3] = span(3, mixed(3, city=pa.array(["Rome", "Oslo"] * 150)))
    spans = tuple(some(draw, held) for held in whole)
    features = features_of(History(spans))
    places = Places(features)
    for row, held in zip(features.values, spans, strict=True):
        vector = places.vector(held)
        np.testing.assert_array_equal(vector, row)
        assert places.new_values(held) == []


def test_a_span_of_other_columns_tells_only_its_rows() -> None:
    features = features_of(history(SPANS))
    other = mixed(1).rename_columns([f"new {name}" for name in mixed(1).column_names])
    vector = Places(features).vector(span(1, other))
    told = np.isfinite(vector)
    assert set(features.measure[told]) == {"log_rows"}


def test_every_judged_measure_is_a_feature_and_what_is_kept_for_plots_is_not() -> None:
    features = features_of(history(SPANS))
    told = set(features.measure)
    assert {"quantile_0", "quantile_1", "share", "order", "log_rows"} <= told
    assert "quantile_0.5" not in told
    assert "step" not in told
    assert told - set(JUDGED) == {
        *("log_rows", "share", "apart", "order", "below", "equal", "told")
    }
    assert (features.errors > 0).all()
    assert np.isfinite(features.errors).all()


def test_columns_that_are_ignored_are_in_no_feature() -> None:
    features = features_of(history(SPANS), ["price", "city", "unheard of"])
    used = {*features.column.tolist(), *features.other.tolist()} - {TABLE}
    names = {features.columns[place] for place in used}
    assert names == set(mixed(0).column_names) - {"price", "city"}


def test_values_are_judged_where_they_are_few_and_not_private() -> None:
    features = features_of(history(SPANS))
    shares = features.measure == "share"
    named = {features.columns[place] for place in features.column[shares]}
    assert named == {"seats", "city", "paid"}
    hidden = list(history(SPANS).spans)
    # Private once is private for ever.
    hidden[1] = span(1, private=["city"])
    features = features_of(History(tuple(hidden)))
    shares = features.measure == "share"
    named = {features.columns[place] for place in features.column[shares]}
    assert named == {"seats", "paid"}


def test_a_value_that_never_was_is_told_with_its_share() -> None:
    places = Places(features_of(history(SPANS)))
    cities = ["Bari"] * 30 + mixed(9)["city"].to_pylist()[30:]
    (found,) = places.new_values(span(9, mixed(9, city=pa.array(cities))))
    assert (found.column, found.text) == ("city", "Bari")
    assert found.share == pytest.approx(0.1)
    # One row in 300 is the error of a share that was always 0.
    assert found.score == pytest.approx(0.1 * 300)
    veiled = span(9, mixed(9, city=pa.array(cities)), private=["city"])
    assert places.new_values(veiled) == []


def test_smallest_effects_are_in_the_unit_of_the_measure() -> None:
    features = features_of(history(SPANS))
    found = smallest_effects(features, 0.01, 0.5)
    by_name = {
        (features.columns[column] if column != TABLE else "", measure): effect
        for column, measure, effect in zip(
            features.column, features.measure, found, strict=True
        )
    }
    spread = np.median(
        [s.value("price", "trimmed_deviation") for s in history(SPANS).spans]
    )
    assert by_name["price", "missing"] == 0.01
    assert by_name["price", "order"] == 0.01
    assert by_name["city", "share"] == 0.01
    assert by_name["price", "mean"] == pytest.approx(0.5 * spread)
    assert by_name["price", "quantile_1"] == pytest.approx(0.5 * spread)
    # Logarithms are as they are.
    assert by_name["price", "log_spread"] == 0.5
    assert by_name["", "log_rows"] == 0.5


def test_frequent_values_of_a_constant_column_have_the_share_of_all() -> None:
    spans = tuple(span(n, mixed(n, same=pa.array([4] * 300))) for n in range(3))
    features = features_of(History(spans))
    place = features.columns.index("same")
    (found,) = np.flatnonzero(
        (features.measure == "share") & (features.column == place)
    )
    assert features.detail[found] == "4"
    assert (features.values[:, found] == 1).all()
    assert spans[0].frequent[place] != Frequent.none()
