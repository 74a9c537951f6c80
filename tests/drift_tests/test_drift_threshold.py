"""The threshold keeps its promise: on average exactly, and over time on any data."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drift_tests.judging import threshold as module
from tidegate.drift_tests.judging.threshold import (
    bounded,
    limit_of,
    needed_scores,
    needed_spans,
    newer,
    p_value,
    threshold,
)
from tidegate.drift_tests.summary import FloatArray

SPANS = 3_000
SKIPPED = 8
ALPHAS = st.floats(0.0001, 0.9999)
SCORES = st.lists(st.floats(0.01, 1e4), min_size=2, max_size=60).map(np.array)


@pytest.mark.parametrize(
    ("alpha", "wanted"),
    [
        # Of four scores each has a fifth of what comes above it.
        (0.2, 8.0),
        (0.4, 4.0),
        (0.6, 2.0),
        (0.8, 1.0),
        (0.99, 1.0),
        # Between two as their logarithms do.
        (0.5, math.sqrt(8)),
        # Beyond the greatest by half of the step to it.
        (0.1, 8 * 2**0.25),
    ],
)
def test_thresholds_of_four_scores(alpha: float, wanted: float) -> None:
    found = threshold(np.array([4.0, 1.0, 8.0, 2.0]), alpha)
    assert found == pytest.approx(wanted)


@given(SCORES, ALPHAS, ALPHAS)
def test_a_lower_share_has_a_higher_threshold(
    scores: FloatArray, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert threshold(scores, low) >= threshold(scores, high) * (1 - 1e-9)


@given(SCORES, ALPHAS)
def test_a_threshold_is_among_the_scores_as_far_as_they_go(
    scores: FloatArray, alpha: float
) -> None:
    found = threshold(scores, alpha)
    assert found >= scores.min() * (1 - 1e-9)
    if (len(scores) + 1) * (1 - alpha) <= len(scores):
        assert found <= scores.max() * (1 + 1e-9)
        above = (scores > found * (1 + 1e-9)).sum()
        assert above <= (len(scores) + 1) * alpha + 1e-6


@given(SCORES, ALPHAS)
def test_the_order_of_the_scores_makes_no_difference(
    scores: FloatArray, alpha: float
) -> None:
    assert threshold(scores, alpha) == threshold(scores[::-1], alpha)


def test_scores_of_nothing_have_a_threshold() -> None:
    assert 0 < threshold(np.zeros(20), 0.05) < 0.01


@pytest.mark.parametrize(
    ("promise", "needed"), [(0.5, 20), (0.05, 20), (0.04, 24), (1 / 60, 59), (0.01, 99)]
)
def test_a_promise_needs_its_inverse_less_one(promise: float, needed: int) -> None:
    assert needed_scores(promise) == needed
    assert needed_spans(promise, SKIPPED) == needed + SKIPPED
    scores = np.arange(1.0, needed + 1)
    short = limit_of(scores[:-1], promise, skipped=SKIPPED, needed=needed)
    assert short is None
    limit = limit_of(scores, promise, skipped=SKIPPED, needed=needed)
    assert limit is not None
    assert limit.score == pytest.approx(threshold(scores[-limit.compared :], promise))


def test_the_newer_half_counts_if_it_is_enough() -> None:
    assert [newer(n, SKIPPED) for n in (20, 40, 92, 240, 900)] == [20, 24, 50, 120, 120]


def replayed(
    monkeypatch: pytest.MonkeyPatch, scores: FloatArray, promise: float
) -> FloatArray:
    """The threshold of each span from the first one that has one, and of the next."""
    found: list[float] = []

    def watched(held: FloatArray, alpha: float) -> float:
        found.append(threshold(held, alpha))
        return found[-1]

    needed = needed_scores(promise)
    with monkeypatch.context() as patch:
        patch.setattr(module, "threshold", watched)
        limit = limit_of(scores, promise, skipped=SKIPPED, needed=needed)
    assert limit is not None
    assert limit.score == found[-1]
    return np.array(found)


def rate(limits: FloatArray, scores: FloatArray) -> float:
    return float((scores[-len(limits) + 1 :] > limits[:-1]).mean())


def test_a_threshold_is_made_before_its_span(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(4).lognormal(size=90)
    limits = replayed(monkeypatch, scores, 0.05)
    for count in (20, 21, 50, 90):
        limit = limit_of(scores[:count], 0.05, skipped=SKIPPED, needed=20)
        assert limit is not None
        assert limit.score == limits[count - 20]


DRAWS: list[Callable[[np.random.Generator], FloatArray]] = [
    lambda draw: draw.lognormal(size=SPANS),
    lambda draw: draw.exponential(size=SPANS),
    lambda draw: draw.pareto(2, size=SPANS) + 1,
    lambda draw: draw.normal(size=(SPANS, 30)).max(axis=1) / 2,
]


@pytest.mark.parametrize("promise", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("draw", DRAWS)
def test_alarms_on_spans_that_are_alike_are_as_many_as_promised(
    monkeypatch: pytest.MonkeyPatch,
    draw: Callable[[np.random.Generator], FloatArray],
    promise: float,
) -> None:
    scores = draw(np.random.default_rng(11))
    realised = rate(replayed(monkeypatch, scores, promise), scores)
    chance = math.sqrt(promise * (1 - promise) / SPANS)
    assert realised == pytest.approx(promise, abs=3 * chance)


@pytest.mark.parametrize("promise", [0.04, 0.1])
@pytest.mark.parametrize("trend", [0.01, -0.01])
def test_the_rate_comes_back_to_the_promise_if_scores_have_a_trend(
    monkeypatch: pytest.MonkeyPatch, trend: float, promise: float
) -> None:
    draw = np.random.default_rng(12)
    scores = np.exp(draw.normal(30, 0.5, SPANS) + trend * np.arange(SPANS))
    adaptive = rate(replayed(monkeypatch, scores, promise)[-1_500:], scores)
    monkeypatch.setattr(module, "STEP", 0.0)
    still = rate(replayed(monkeypatch, scores, promise)[-1_500:], scores)
    assert abs(still - promise) > 0.5 * promise
    assert adaptive == pytest.approx(promise, abs=0.3 * promise)


def test_a_channel_is_quiet_after_an_alarm() -> None:
    scores = np.random.default_rng(5).lognormal(sigma=0.1, size=60)
    scores[40] = 50.0
    for quiet in (0, 5):
        for after in range(8):
            limit = limit_of(
                scores[: 41 + after], 0.05, skipped=SKIPPED, needed=20, quiet=quiet
            )
            assert limit is not None
            assert math.isinf(limit.score) is (after < quiet)


def test_alpha_stays_within_what_a_threshold_can_be_made_of() -> None:
    assert [bounded(alpha) for alpha in (-3.0, 0.05, 2.0)] == [1e-4, 0.05, 0.5]


@given(SCORES, st.floats(0, 1e5))
def test_p_values_fall_with_the_score(scores: FloatArray, score: float) -> None:
    found = p_value(scores, score)
    assert 1 / (len(scores) + 1) <= found <= 1
    assert p_value(scores, score + 1) <= found
    assert p_value(scores, scores.min()) == 1
    assert p_value(scores, scores.max() + 1) == pytest.approx(1 / (len(scores) + 1))
    assert p_value(np.empty(0), score) == 1


def test_p_values_of_spans_that_are_alike_are_uniform() -> None:
    scores = np.random.default_rng(6).lognormal(size=(4_000, 20))
    values = np.array([p_value(row[:-1], row[-1]) for row in scores])
    for share in (0.05, 0.25, 0.5, 0.9):
        chance = 3 * math.sqrt(share * (1 - share) / len(values))
        assert (values <= share + 1e-9).mean() == pytest.approx(share, abs=chance)
