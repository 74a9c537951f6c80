"""One decision a run: on spans that are alike, faulty, of other columns, or empty."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drift_spans import ROWS, broken, history, mixed, span

from tidegate.drift_tests.decide import Background, decide
from tidegate.drift_tests.decision import Cause, Channel, DriftDecision, Sign
from tidegate.drift_tests.history import History
from tidegate.drift_tests.judging.causes import causes_of
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import SpanMeasures

USUAL = DriftSettings()
ACCEPTED = 60
# 8 spans before the first score, and 24 scores for 4 % of the runs.
NEEDED = 32
PAST = history(ACCEPTED)
BACKGROUND = Background.of(PAST, USUAL)


def said(decision: DriftDecision) -> Any:
    """Everything that was decided, to be compared bit by bit."""
    return (
        decision.alarm,
        decision.sudden,
        decision.slow,
        decision.ranking,
        decision.cold_start,
    )


@pytest.mark.parametrize("accepted", [0, 2, 3, 5, 7, 8, 20, 27, 28, 31])
def test_few_spans_say_what_is_needed_and_alarm_on_nothing_alike(
    accepted: int,
) -> None:
    background = Background.of(history(accepted), USUAL)
    for seed in range(1_000, 1_005):
        decision = background.judge(span(seed))
        assert not decision.alarm
        start = decision.cold_start
        assert start is not None
        assert (start.spans, start.needed) == (accepted, NEEDED)
        assert ("nothing is judged" in start.protection) is (accepted < 3)
        assert (decision.sudden is None) is (accepted < 3)
        assert all(one.compared == 0 for one in decision.channels)


@pytest.mark.parametrize("accepted", [3, 20])
def test_few_spans_protect_from_what_is_far_off(accepted: int) -> None:
    prices = pa.array(mixed(99)["price"].to_numpy() * 1e6)
    decision = decide(history(accepted), span(99, mixed(99, price=prices)))
    assert decision.alarm
    assert decision.ranking[0].column == "price"


def test_with_enough_spans_the_promise_is_kept() -> None:
    decision = decide(history(NEEDED), span(99))
    assert decision.cold_start is None
    assert decision.sudden is not None
    assert decision.sudden.compared == 20
    assert decision.sudden.promise == pytest.approx(0.04)


def test_spans_that_are_alike_alarm_about_as_rarely_as_promised() -> None:
    alarms = sum(BACKGROUND.judge(span(seed)).alarm for seed in range(2_000, 2_060))
    # 5 % of 60 runs are 3; more than 9 would be a chance of 1 in 500.
    assert alarms <= 9


def alike(count: int, table: pa.Table) -> History:
    """So many accepted days with the same data."""
    measured = span(0, table)
    return History(tuple(replace(measured, name=str(n), span=n) for n in range(count)))


@pytest.mark.parametrize("accepted", [1, 2, 3, 10, 60, 130])
def test_the_same_data_again_are_no_alarm(accepted: int) -> None:
    decision = decide(alike(accepted, mixed(0)), span(accepted, mixed(0)))
    assert not decision.alarm
    assert all(channel.score < 1e-6 for channel in decision.channels)


def test_the_same_data_but_for_one_value_are_judged() -> None:
    now = span(40, broken(mixed(0), "city", "Bari", 0.2))
    decision = decide(alike(40, mixed(0)), now)
    assert decision.alarm
    assert decision.ranking[0].column == "city"


def changed(column: str, make: Callable[[Any], Any], share: float = 0.3) -> pa.Table:
    """A span in which a share of the values of a column is made another."""
    held = mixed(777)[column].to_pylist()
    last = round(share * ROWS)
    new = [value if value is None else make(value) for value in held[:last]]
    return mixed(777, **{column: pa.array(new + held[last:])})


FAULTS: dict[str, tuple[str, pa.Table]] = {
    "missing": ("seats", broken(mixed(777), "seats", None, 0.3)),
    "all missing": ("time", broken(mixed(777), "time", None, 1.0)),
    "sentinel": ("price", broken(mixed(777), "price", -999.0, 0.1)),
    "unit": ("price", changed("price", lambda x: x * 60)),
    "sign": ("price", changed("price", lambda x: -x)),
    "offset": ("length", changed("length", lambda x: x + 300)),
    "rounded": ("price", changed("price", lambda x: float(round(x)), 0.9)),
    "not a number": ("price", broken(mixed(777), "price", float("nan"), 0.1)),
    "shuffled": (
        "length",
        mixed(777, length=mixed(777)["length"].take(pa.array(range(ROWS)[::-1]))),
    ),
    "new value": ("city", broken(mixed(777), "city", "Bari", 0.1)),
    "lost value": ("city", changed("city", lambda _: "Oslo", 1.0)),
    "case": ("code", changed("code", str.lower)),
    "padding": ("code", changed("code", lambda x: x + " ")),
    "one value": ("paid", changed("paid", lambda _: True, 1.0)),
    "encoding": ("city", changed("city", lambda x: x.replace("o", "Ã¶"))),
    "gone": ("price", mixed(777, price=None)),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_alarms_and_its_column_comes_first(kind: str) -> None:
    column, table = FAULTS[kind]
    decision = BACKGROUND.judge(span(777, table))
    assert decision.alarm
    # The length is told by the price: where the two go apart, either is to blame.
    blamed = 2 if column == "length" else 1
    assert column in [cause.column for cause in decision.ranking[:blamed]]
    assert sum(cause.weight for cause in decision.ranking) == pytest.approx(1)


def test_faults_are_none_without_the_fault() -> None:
    assert not BACKGROUND.judge(span(777)).alarm


def test_the_farthest_signs_are_told_in_order() -> None:
    decision = BACKGROUND.judge(span(777, FAULTS["unit"][1]))
    assert decision.sudden is not None
    signs = decision.sudden.signs
    assert len(signs) == 40
    assert [one.distance for one in signs] == sorted(
        (one.distance for one in signs), reverse=True
    )
    assert decision.sudden.score == signs[0].distance
    for one in signs:
        assert one.low <= one.usual <= one.high
        assert one.distance <= 1 or not one.low <= one.now <= one.high


def test_lost_rows_are_about_the_table() -> None:
    decision = BACKGROUND.judge(span(777, mixed(777, rows=100)))
    assert decision.alarm
    assert decision.sudden is not None
    assert decision.sudden.signs[0].measure == "log_rows"


STRANGE: dict[str, pa.Table] = {
    "no rows": mixed(5).slice(0, 0),
    "one row": mixed(5).slice(0, 1),
    "no columns": pa.table({}),
    "all missing": pa.table({n: pa.nulls(ROWS) for n in mixed(5).column_names}),
    "other columns": mixed(5).rename_columns([f"x{n}" for n in range(7)]),
    "more columns": mixed(5, late=pa.array(["x"] * ROWS), later=pa.nulls(ROWS)),
    "fewer columns": mixed(5).select(["seats"]),
    "all as text": pa.table(
        {
            n: [str(x) for x in c.to_pylist()]
            for n, c in zip(mixed(5).column_names, mixed(5).columns, strict=True)
        }
    ),
    "text as numbers": mixed(
        5, city=pa.array(range(ROWS)), code=pa.array([0.5] * ROWS)
    ),
    "lists": mixed(5, seats=pa.array([[1, 2], []] * (ROWS // 2))),
    "not finite": mixed(5, price=pa.array([float("inf"), float("nan")] * (ROWS // 2))),
    "greatest": mixed(5, price=pa.array([1.7e308, -1.7e308] * (ROWS // 2))),
}


@cache
def strange(name: str) -> SpanMeasures:
    return span(11, STRANGE[name])


@pytest.mark.parametrize("before", ["usual", *STRANGE])
def test_every_span_is_decided_on_whatever_was_accepted(before: str) -> None:
    usual = history(10)
    odd = usual.spans[1] if before == "usual" else strange(before)
    past = History((*usual.spans[:6], odd, *usual.spans[7:], odd))
    background = Background.of(past, USUAL)
    for name in STRANGE:
        decision = background.judge(strange(name))
        assert isinstance(decision.alarm, bool)
        for channel in decision.channels:
            assert np.isfinite(channel.score)
            assert 0 < channel.p_value <= 1
        for cause in decision.ranking:
            assert cause.column in {"", *past.columns, *decision.measures.columns}
            assert 0 <= cause.weight <= 1
        decision.as_report("mixed")


@pytest.mark.parametrize("only", STRANGE)
def test_spans_that_are_all_strange_in_one_way_are_alike(only: str) -> None:
    past = alike(35, STRANGE[only])
    background = Background.of(past, USUAL)
    assert not background.judge(strange(only)).alarm
    background.judge(history(1).spans[0]).as_report("mixed")


def test_a_column_of_another_kind_is_left_to_tests_of_the_schema() -> None:
    table = mixed(777, seats=mixed(777)["seats"].cast(pa.string()))
    decision = BACKGROUND.judge(span(777, table))
    (told,) = [
        one for one in decision.as_report("mixed").results if one.test == "columns"
    ]
    assert "now of another type: seats" in told.observed


@pytest.mark.parametrize("seed", [777, 3])
def test_the_order_of_columns_makes_no_difference_to_the_decision(seed: int) -> None:
    # Relations are told the way round in which the newest accepted span told them.
    names = np.random.default_rng(seed).permutation(mixed(0).column_names).tolist()
    for _, table in FAULTS.values():
        kept = [name for name in names if name in table.column_names]
        one = BACKGROUND.judge(span(777, table))
        other = BACKGROUND.judge(span(777, table.select(kept), partners=PAST))
        assert one.alarm == other.alarm
        assert one.ranking[0].column == other.ranking[0].column
        assert one.sudden is not None
        assert other.sudden is not None
        assert one.sudden.score == pytest.approx(other.sudden.score)


def test_the_same_span_is_decided_on_bit_by_bit_the_same() -> None:
    for _, table in FAULTS.values():
        now = span(777, table)
        again = Background.of(History(history(ACCEPTED).spans), USUAL)
        assert said(BACKGROUND.judge(now)) == said(again.judge(now))
        assert said(decide(history(ACCEPTED), now)) == said(again.judge(now))


def turned(held: SpanMeasures, order: list[int]) -> SpanMeasures:
    """The same measures with the columns in another order."""
    places = np.argsort(order)
    return replace(
        held,
        columns=tuple(held.columns[place] for place in order),
        kinds=tuple(held.kinds[place] for place in order),
        matrix=held.matrix[order],
        frequent=[held.frequent[place] for place in order],
        pairs=replace(
            held.pairs,
            first=places[held.pairs.first],
            second=places[held.pairs.second],
        ),
    )


def test_the_order_of_columns_in_a_summary_changes_no_bit() -> None:
    order = [3, 0, 6, 1, 5, 2, 4]
    shuffled = History(tuple(turned(one, order) for one in history(ACCEPTED).spans))
    background = Background.of(shuffled, USUAL)
    for _, table in FAULTS.values():
        now = span(777, table)
        assert said(background.judge(now)) == said(BACKGROUND.judge(now))
        if len(now.columns) == 7:
            assert said(BACKGROUND.judge(turned(now, order))) == said(
                BACKGROUND.judge(now)
            )


def test_a_decision_does_not_depend_on_the_hash_seed() -> None:
    here = Path(__file__).parent
    script = """
        from drift_spans import broken, history, mixed, span
        from tidegate.drift_tests.decide import decide
        table = broken(mixed(777), "city", "Bari", 0.2)
        decision = decide(history(12), span(777, table))
        print(decision.sudden, decision.slow, decision.ranking)
    """
    running = []
    for seed in ("1", "2"):
        paths = [str(here), *filter(None, sys.path)]
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(script)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    told = [one.communicate()[0] for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert "Bari" in told[0]
    assert told[0] == told[1]


def test_ignored_columns_and_small_changes_do_not_alarm() -> None:
    table = broken(mixed(777), "seats", None, 0.3)
    for settings in (
        DriftSettings(ignore=("seats",)),
        DriftSettings(smallest_share=1.0, smallest_shift=100.0),
    ):
        assert not decide(history(ACCEPTED), span(777, table), settings).alarm
    new = broken(mixed(777), "city", "Bari", 0.2)
    settings = DriftSettings(smallest_share=0.25, smallest_shift=100.0)
    assert not decide(history(ACCEPTED), span(777, new), settings).alarm


def test_only_the_newest_spans_of_the_window_count() -> None:
    wild = tuple(span(n, mixed(n, rows=30 + 200 * (n % 2))) for n in range(20))
    past = History((*wild, *history(40).spans))
    settings = DriftSettings(window=40)
    decision = decide(past, span(777), settings)
    assert decision.history.names == past.names[20:]
    assert said(decision) == said(decide(history(40), span(777), settings))


def sign(column: str, distance: float, other: str = "") -> Sign:
    return Sign(column, other, "mean", "", 1.0, 0.0, 0.0, 0.0, distance)


def channel(name: Any, threshold: float, *signs: Sign) -> Channel:
    score = max(one.distance for one in signs)
    return Channel(name, score, threshold, 0.5, 0.04, 50, signs)


def weights(causes: tuple[Cause, ...]) -> dict[str, float]:
    return {cause.column: cause.weight for cause in causes}


def test_a_relation_gives_half_of_its_distance_to_each_of_its_columns() -> None:
    signs = (sign("a", 6, "b"), sign("a", 4, "c"), sign("d", 10))
    found = causes_of([channel("sudden", 2.0, *signs)])
    assert [cause.column for cause in found] == ["d", "a", "b", "c"]
    wanted = {"d": 0.5, "a": 0.25, "b": 0.15, "c": 0.1}
    assert weights(found) == pytest.approx(wanted)
    assert [one.distance for one in found[1].signs] == [6, 4]


def test_only_channels_that_alarm_are_blamed() -> None:
    quiet = channel("sudden", 10.0, sign("a", 9.0))
    loud = channel("slow", 1.0, sign("b", 2.0))
    (found,) = causes_of([quiet, loud])
    assert (found.column, found.channel) == ("b", "slow")
    both = causes_of([quiet, channel("slow", 10.0, sign("b", 2.0))])
    assert weights(both) == pytest.approx({"a": 9 / 11, "b": 2 / 11})
    assert [cause.channel for cause in both] == ["sudden", "slow"]


def test_without_signs_there_is_no_cause() -> None:
    assert causes_of([]) == ()
    assert causes_of([Channel("sudden", 0.0, 1.0, 1.0, 0.04, 50)]) == ()
