"""A backtest judges each span by those before it, and tells an honest rate."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drift_tests.backtest import Rate, backtest, replay, wilson
from tidegate.drift_tests.history import History
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures


def span_of(number: int) -> SpanMeasures:
    return SpanMeasures(
        name=str(number),
        rows=10,
        span=number,
        start=None,
        created=datetime(2030, 1, 1, tzinfo=timezone.utc),
        columns=("fare",),
        kinds=("float",),
        private=frozenset(),
        measures=("mean",),
        matrix=np.array([[float(number)]]),
        frequent=(Frequent.none(),),
        pairs=Pairs.none(),
    )


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Decisions alarm on every fifth span, or every second for a high promise."""
    asked: list[tuple[Any, ...]] = []

    def decide(history: History, now: SpanMeasures, settings: DriftSettings) -> Any:
        asked.append((history.names, now.name, settings.false_alarms))
        every = 2 if settings.false_alarms > 0.1 else 5
        return SimpleNamespace(
            alarm=len(history) >= 10 and (now.span or 0) % every == 0,
            cold_start=len(history) < 10,
            ranking=("fare",),
        )

    monkeypatch.setattr("tidegate.drift_tests.decide.decide", decide)
    return asked


HISTORY = History.of([span_of(number) for number in range(30)])


def test_each_span_is_judged_by_those_before_it_alone(
    decided: list[tuple[Any, ...]],
) -> None:
    list(replay(HISTORY, DriftSettings()))
    assert decided[0] == ((), "0", 0.05)
    for number, (names, now, _) in enumerate(decided):
        assert (names, now) == (HISTORY.names[:number], str(number))


def test_the_rate_is_of_the_spans_that_could_be_judged(
    decided: list[tuple[Any, ...]],
) -> None:
    told: list[tuple[int, int]] = []
    found = backtest(
        HISTORY,
        DriftSettings(),
        promises=(0.05, 0.2),
        progress=lambda n, total: told.append((n, total)),
    )
    assert (found.waiting, len(found.replayed)) == (10, 20)
    assert [one.measures.name for one in found.alarms] == ["10", "15", "20", "25"]
    assert (found.rate.alarms, found.rate.spans) == (4, 20)
    assert [(one.promised, one.alarms) for one in found.promises] == [
        (0.05, 4),
        (0.2, 10),
    ]
    # The promise of the settings is not judged twice.
    assert told == [(n, 60) for n in range(1, 61)]


def test_a_history_that_is_too_short_has_no_rate(
    decided: list[tuple[Any, ...]],
) -> None:
    found = backtest(HISTORY.part(0, 9), DriftSettings())
    assert (found.waiting, found.rate.spans, found.rate.share) == (9, 0, 0.0)
    assert found.rate.interval == (0.0, 1.0)


COUNTS = st.integers(1, 2_000).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)


@given(COUNTS)
def test_the_interval_is_around_the_share(counts: tuple[int, int]) -> None:
    hits, trials = counts
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    assert wilson(trials - hits, trials) == pytest.approx((1 - high, 1 - low))


def test_the_interval_is_wilsons() -> None:
    # Worked by hand from the formula: 5 of 100.
    assert wilson(5, 100) == pytest.approx((0.021544, 0.111752), abs=1e-5)


@pytest.mark.parametrize(
    ("alarms", "spans", "kept"), [(5, 100, True), (30, 100, False), (0, 100, True)]
)
def test_a_promise_is_broken_only_if_more_than_chance_says_so(
    alarms: int, spans: int, kept: bool
) -> None:
    assert Rate(alarms, spans, 0.05).kept is kept
