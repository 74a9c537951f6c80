from __future__ import annotations

import gc
import math
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from detecting.peers.column_methods import ColumnNearestSpans, RangeExceedance
from detecting.peers.nearest_spans import NearestSpans, left_out
from detecting.peers.peculiarity import greatest_peculiarity
from detecting.peers.peer import CERTAIN, Peer
from detecting.peers.per_table import PerTable
from detecting.peers.span_statistics import column_statistics, table_statistics
from detecting.peers.tfdv_comparators import TfdvComparators
from detecting.peers.three_sigma import ThreeSigma

SPANS = 40
STARTS = [date(2020, 1, 1) + timedelta(days=day) for day in range(SPANS)]
PEERS = (
    ThreeSigma,
    NearestSpans,
    RangeExceedance,
    ColumnNearestSpans,
    lambda: TfdvComparators(0.1),
)


def a_span(seed: int, rows: int = 300) -> pa.Table:
    draw = np.random.default_rng(seed)
    price = draw.normal(10, 2, rows)
    price[draw.random(rows) < 0.05] = np.nan
    return pa.table(
        {
            "price": pa.array(price, from_pandas=True),
            "count": draw.integers(0, 9, rows),
            "city": draw.choice(["Rome", "Oslo", "Bern"], rows, p=[0.5, 0.3, 0.2]),
            "open": draw.random(rows) < 0.7,
        }
    )


HISTORY = [a_span(seed) for seed in range(SPANS)]


def changed(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def faulty(table: pa.Table, column: str) -> pa.Table:
    values = table[column].to_pylist()
    for place in range(0, len(values), 2):
        values[place] = "Rmoe" if column == "city" else 90
    return changed(table, column, pa.array(values, table[column].type))


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest) -> Peer:
    made: Peer = request.param()
    made.fit(HISTORY, STARTS)
    return made


@pytest.mark.parametrize("column", ["price", "count", "city"])
def test_a_fault_scores_above_clean_spans_and_its_column_is_named_first(
    peer: Peer, column: str
) -> None:
    clean = max(peer.judge(a_span(seed)).score for seed in range(100, 110))
    found = peer.judge(faulty(a_span(200), column))
    assert found.score > clean
    assert found.alarm
    assert found.ranking[0] == column


@pytest.mark.parametrize("make", [ThreeSigma, RangeExceedance, ColumnNearestSpans])
def test_a_column_that_is_gone_is_seen(make: type[Peer]) -> None:
    peer = make()
    peer.fit(HISTORY, STARTS)
    found = peer.judge(a_span(200).drop(["count"]))
    assert found.alarm
    assert found.ranking[0] == "count"


def test_a_column_of_another_type_is_certain_for_tfdv() -> None:
    peer = TfdvComparators(0.1)
    peer.fit(HISTORY, STARTS)
    text = a_span(200)["count"].cast(pa.string())
    found = peer.judge(changed(a_span(200), "count", text))
    assert (found.score, found.alarm, found.ranking[0]) == (CERTAIN, True, "count")


def test_tfdv_measures_against_the_previous_span_alone() -> None:
    peer = TfdvComparators(0.1)
    shifted = faulty(a_span(200), "city")
    peer.fit([*HISTORY, shifted], STARTS)
    assert not peer.judge(shifted).alarm
    assert peer.judge(shifted).score == 0
    assert peer.judge(a_span(201)).ranking[0] == "city"


def test_thresholds_of_tfdv_change_the_alarm_and_not_the_score() -> None:
    low, high = TfdvComparators(0.001), TfdvComparators(0.5)
    for peer in (low, high):
        peer.fit(HISTORY, STARTS)
    ours, theirs = low.judge(a_span(200)), high.judge(a_span(200))
    assert ours.score == theirs.score > 0
    assert (ours.alarm, theirs.alarm) == (True, False)


def test_a_statistic_that_never_moved_alarms_when_it_does() -> None:
    peer = ThreeSigma()
    peer.fit(HISTORY, STARTS)
    span = a_span(200)
    span = changed(span, "city", pa.array(["Rome"] * len(span)))
    assert peer.judge(span).ranking[0] == "city"


@pytest.mark.parametrize("make", [ThreeSigma, RangeExceedance])
def test_what_accepted_spans_lack_at_times_may_be_lacking(make: type[Peer]) -> None:
    lacking = changed(a_span(50), "price", pa.nulls(300, pa.float64()))
    for history, certain in (([*HISTORY, lacking], False), (HISTORY, True)):
        peer = make()
        peer.fit([*history, a_span(51)], STARTS)
        assert (peer.judge(lacking).score == CERTAIN) is certain


@pytest.mark.parametrize("make", [NearestSpans, ColumnNearestSpans, RangeExceedance])
def test_own_thresholds_are_quantiles_of_the_history_left_out(
    make: type[Peer],
) -> None:
    peer = make()
    peer.fit(HISTORY, STARTS)
    alarms = sum(peer.judge(a_span(seed)).alarm for seed in range(1000, 1100))
    assert alarms < 30


def test_an_accepted_span_is_judged_without_itself_for_the_range() -> None:
    table = pa.table({"x": [0.0, 1.0]})
    further = pa.table({"x": [0.0, 4.0]})
    peer = RangeExceedance()
    peer.fit([pa.table({"x": [0.0, float(n)]}) for n in (1, 2, 3)], STARTS)
    # The accepted ones, each by the other two: the outer two are beyond them.
    assert not peer.judge(table).alarm
    assert not peer.judge(further).alarm
    assert peer.judge(pa.table({"x": [0.0, 90.0]})).alarm


def test_an_empty_span_is_judged(peer: Peer) -> None:
    assert math.isfinite(peer.judge(a_span(1).slice(0, 0)).score)


def test_a_column_without_values_is_judged(peer: Peer) -> None:
    span = a_span(1)
    for kind in (span["price"].type, pa.null()):
        nothing = pa.nulls(len(span), kind)
        assert math.isfinite(peer.judge(changed(span, "price", nothing)).score)


def test_every_type_has_statistics() -> None:
    table = pa.table(
        {
            "day": pa.array([date(2020, 1, 1), None], pa.date32()),
            "at": pa.array([0, 1], pa.timestamp("ms", tz="UTC")),
            "kind": pa.array(["a", "b"]).dictionary_encode(),
            "yes": pa.array([True, False]),
            "none": pa.nulls(2),
        }
    )
    found = table_statistics(table)
    assert found["day", "completeness"] == 0.5
    assert found["kind", "length mean"] == 1
    assert found["yes", "mean"] == 0.5
    assert found["none", "completeness"] == 0


def test_statistics_are_those_of_the_values() -> None:
    found = column_statistics(pa.chunked_array([[1, 2, None], [2, 7]]))
    assert found["completeness"] == 0.8
    assert (found["distinct"], found["top share"]) == (3, 0.4)
    assert (found["mean"], found["min"], found["max"]) == (3, 1, 7)
    assert found["quantile 0.5"] == 2


def test_what_is_computed_of_a_table_is_kept_as_long_as_the_table() -> None:
    seen: list[int] = []

    def rows(table: pa.Table) -> int:
        seen.append(table.num_rows)
        return int(table.num_rows)

    kept = PerTable(rows)
    table = a_span(1, rows=5)
    assert (kept.of(table), kept.of(table), len(seen)) == (5, 5, 1)
    del table
    gc.collect()
    assert not kept._known


def test_distances_leave_a_span_itself_out() -> None:
    points = np.array([[0.0], [1.0], [3.0]])
    assert left_out(points, 1).tolist() == [1, 1, 2]
    assert left_out(points, 2).tolist() == [2, 1.5, 2.5]


def test_a_misspelt_word_is_the_most_peculiar() -> None:
    words = ["Amsterdam", "Rotterdam", "Edam"]
    usual = greatest_peculiarity(words, np.array([40, 30, 20]))
    odd = greatest_peculiarity([*words, "Amtserdam"], np.array([40, 30, 20, 1]))
    common = greatest_peculiarity([*words, "Amtserdam"], np.array([40, 30, 20, 40]))
    assert odd > common > usual


def test_the_index_of_peculiarity_is_that_of_the_formula() -> None:
    # Pairs: ab 3, bc 1, bd 2; triples: abc 1, abd 2.
    found = greatest_peculiarity(["abc", "abd"], np.array([1, 2]))
    of_abc, of_abd = math.log(3) / 2, (math.log(3) + math.log(2)) / 2 - math.log(2)
    assert found == pytest.approx(max(of_abc, of_abd))


@given(st.lists(st.text(max_size=8), max_size=20))
def test_any_words_have_an_index_of_peculiarity(words: list[str]) -> None:
    assert greatest_peculiarity(words) >= 0
