"""Columns held against accepted spans: missing values, decimals, units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from column_trial import blamed, look, text

GENERATOR = np.random.default_rng(11)


def miles(seed: int, rows: int = 4000) -> np.ndarray[Any, Any]:
    """Distances of one span, much like those of the others."""
    drawn = np.random.default_rng(seed).lognormal(6.8, 0.6, rows)
    return np.round(drawn.clip(80, 4900), 1)


def single(values: Any) -> pa.Array:
    return pa.array(values, pa.float32())


SPANS = [single(miles(seed)) for seed in range(5)]


def gaps(share: float, rows: int = 1000) -> pa.Array:
    return pa.array([None if n < share * rows else n for n in range(rows)])


@pytest.mark.parametrize(
    ("now", "holds"),
    [(0.02, True), (0.0, True), (0.07, True), (0.2, False), (1.0, False)],
)
def test_missing_change_is_in_points_beyond_what_was(now: float, holds: bool) -> None:
    evidence = look("missing_change", gaps(now), rows=300, reference=[gaps(0.02)] * 3)
    assert evidence.holds is holds
    assert evidence.observed.endswith("before 2.0 %")


def test_missing_change_sees_gaps_that_were_filled() -> None:
    before = [gaps(0.2), gaps(0.3)]
    evidence = look("missing_change", gaps(0.0), rows=300, reference=before)
    assert evidence.observed == "0 %, before 20.0 % to 30.0 %"
    assert evidence.holds is False
    assert "fills the gaps" in str(evidence.fix)
    assert evidence.plot is not None
    assert evidence.plot.now == (0.2, 0.3, 0.0)
    assert look("missing_change", gaps(0.1), at_most="15%", reference=before).holds


def test_few_rows_may_miss_by_chance() -> None:
    before = gaps(0.02)
    few = pa.array([None, None, *range(18)])
    assert look("missing_change", few, reference=before).holds is True
    assert look("missing_change", gaps(0.1), rows=300, reference=before).holds is False


@pytest.mark.parametrize("name", ["missing_change", "unit", "precision"])
@pytest.mark.parametrize("reference", [None, {"b": pa.array([1.5] * 50)}])
def test_nothing_is_said_without_an_accepted_span(name: str, reference: Any) -> None:
    evidence = look(name, pa.array([1.5] * 50), reference=reference)
    assert evidence.holds is None
    assert "accepted span" in evidence.observed
    assert name == "precision" or "accept" in str(evidence.fix)


@pytest.mark.parametrize("name", ["missing_change", "unit", "precision"])
def test_slice_is_refused_where_spans_know_none(name: str) -> None:
    with pytest.raises(ValueError, match="where"):
        look(name, pa.array([1]), where="a > 0")


@pytest.mark.parametrize("name", ["missing_change", "unit", "precision"])
@pytest.mark.parametrize(
    "column",
    [pa.nulls(50), text(*["x"] * 50), single([np.nan] * 50), single([np.inf] * 50)],
    ids=["null", "text", "nan", "inf"],
)
def test_columns_without_numbers_break_nothing(name: str, column: pa.Array) -> None:
    for now, before in ((column, SPANS[0]), (SPANS[1][:50], column), (column, column)):
        assert look(name, now, rows=20, reference=before).observed


@pytest.mark.parametrize("seed", range(20, 30))
@pytest.mark.parametrize("spans", [1, 5])
def test_unit_of_another_honest_span_is_the_same(seed: int, spans: int) -> None:
    now = single(miles(seed))
    evidence = look("unit", now, rows=4000, reference=SPANS[:spans])
    assert (evidence.holds, evidence.observed) == (True, "no jump of scale")


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (10, "every value multiplied by 10"),
        (1000, "every value multiplied by 1,000"),
        (0.01, "every value divided by 100"),
        (60, "every value multiplied by 60, as minutes for hours"),
        (1 / 60, "every value divided by 60, as hours for minutes"),
        (1.609344, "every value multiplied by 1.609, as kilometres for miles"),
        (0.4535924, "every value divided by 2.205, as kilograms for pounds"),
        (-1, "every value turned around in sign"),
    ],
)
def test_unit_names_what_happened_to_every_value(factor: float, words: str) -> None:
    now = single(miles(40) * factor)
    evidence = look("unit", now, rows=4000, reference=SPANS)
    assert evidence.observed == words
    assert evidence.holds is False
    assert evidence.plot is not None


@pytest.mark.parametrize(("way", "words"), [(1, "°C to °F"), (-1, "°F to °C")])
def test_unit_knows_temperatures(way: int, words: str) -> None:
    spans = [np.random.default_rng(n).normal(12, 6, 3000) for n in range(6)]
    warm = [one * 1.8 + 32 for one in spans]
    before, now = (spans[:5], warm[5]) if way == 1 else (warm[:5], spans[5])
    evidence = look("unit", single(now), rows=3000, reference=[*map(single, before)])
    assert evidence.observed == f"every value turned from {words}"


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.01])
@pytest.mark.parametrize("share", [0.03, 0.3])
def test_unit_sees_that_a_share_jumped(factor: float, share: float) -> None:
    values = miles(41)
    chosen = np.random.default_rng(1).random(len(values)) < share
    now = single(np.where(chosen, values * factor, values))
    evidence = look("unit", now, rows=4000, reference=SPANS)
    assert evidence.holds is False
    named = f"{factor:,g}" if factor > 1 else "100"
    assert evidence.observed.endswith(f"by {named}")
    assert look("unit", now, rows=4000, at_most="50%", reference=SPANS).holds is True


def test_small_factor_needs_to_know_the_seasons() -> None:
    now = single(miles(42) * 1.609344)
    assert look("unit", now, rows=4000, reference=SPANS[:2]).holds is True


def test_seasons_are_no_change_of_unit() -> None:
    seasons = (1.0, 1.3, 0.8, 1.6, 1.1)
    spans = [single(miles(n) * scale) for n, scale in enumerate(seasons)]
    now = single(miles(43) * 2.2 * 1.1)
    assert look("unit", now, rows=4000, reference=spans).holds is True


def test_few_numbers_have_no_unit() -> None:
    evidence = look("unit", single([1.0] * 5), reference=SPANS)
    assert evidence.holds is None


def prices(rows: int = 3000) -> np.ndarray[Any, Any]:
    return np.round(np.random.default_rng(5).uniform(1, 90, rows), 2)


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        (prices(), True),
        (np.where(np.arange(3000) % 20, prices(), np.rint(prices())), True),
        (np.where(np.arange(3000) % 4, prices(), np.rint(prices())), False),
        (np.rint(prices()), False),
        (prices() * 1.0001, False),
    ],
)
def test_precision_is_that_of_before(values: Any, holds: bool) -> None:
    reference = single(prices()[::-1])
    evidence = look("precision", single(values), rows=3000, reference=reference)
    assert evidence.holds is holds
    assert holds is (evidence.plot is None)


@pytest.mark.parametrize(
    ("values", "bounds", "holds"),
    [
        (prices(), {"low": 2, "high": 2}, True),
        (prices(), {"low": 3}, False),
        (prices(), {"high": 1}, False),
        (np.round(prices(), 1), {"low": 2}, False),
        (np.round(prices(), 1), {"low": 1}, True),
        (np.rint(prices()), {"high": 0}, True),
    ],
)
def test_precision_bounds_decimals(values: Any, bounds: Any, holds: bool) -> None:
    evidence = look("precision", single(values), rows=1000, **bounds)
    assert evidence.holds is holds


def test_precision_says_which_share() -> None:
    evidence = look("precision", single(np.rint(prices())), low=1)
    assert evidence.observed == "0 % with 1 decimal or more"
    assert blamed(evidence) is None
    assert look("precision", pa.array([1.5]), low=1).holds is None


def test_plot_shows_the_accepted_span_beside_the_present_one() -> None:
    evidence = look("between", SPANS[0], rows=4000, high=2000, reference=SPANS[1])
    plot = evidence.plot
    assert plot is not None
    assert plot.reference is not None
    assert sum(plot.now) == pytest.approx(1)
    assert sum(plot.reference) == pytest.approx(1)
    assert max(abs(a - b) for a, b in zip(plot.now, plot.reference, strict=True)) < 0.08
    assert plot.marked[0] > 5
    assert plot.limits[1] == 2000


def test_plot_of_missing_shows_how_much_was_missing_before() -> None:
    plot = look("missing", gaps(0.3), at_most="5%", reference=gaps(0.02)).plot
    assert plot is not None
    assert plot.labels[-1] == "now"
    assert plot.now == pytest.approx((0.02, 0.3), abs=0.01)
    assert plot.marked == (1,)
    assert plot.limits[1] == pytest.approx(0.05)
    assert look("missing", gaps(0.3), at_most="5%").plot is None
