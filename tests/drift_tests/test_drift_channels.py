"""How far a span is: single spans for sudden faults, means of spans for slow drift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.drift_tests.judging.slow import SKIPPED, WINDOW, replay_means, smoothed
from tidegate.drift_tests.judging.sudden import (
    FIRST_SCORED,
    Envelope,
    Replay,
    replay,
)
from tidegate.drift_tests.judging.threshold import limit_of, needed_scores
from tidegate.drift_tests.summary import FloatArray

NAN = float("nan")


def replayed(values: Any, error: float = 0.01, smallest: float = 0.0) -> Replay:
    """Spans of features that are all of one kind."""
    held = np.asarray(values, np.float64)
    width = held.shape[1]
    kinds = np.array(["mean"] * width, dtype=object)
    return replay(held, np.full(width, error), np.full(width, smallest), kinds)


def envelope_of(values: Any, error: float = 0.01, smallest: float = 0.0) -> Envelope:
    return replayed(values, error, smallest).envelope


def test_a_distance_is_in_units_of_the_farthest_span_on_that_side() -> None:
    envelope = envelope_of([[0.0], [0.0], [0.0], [4.0]])
    # The mean is 1: spans were 3 above it and 1 below.
    spans = np.array([[7.0], [-2.0], [1.0], [4.0], [0.0]])
    assert envelope.distances(spans)[:, 0].tolist() == [2.0, 3.0, 0.0, 1.0, 1.0]
    assert envelope.distances(spans[0]).tolist() == [2.0]


def test_a_constant_feature_that_moves_is_far_off() -> None:
    envelope = envelope_of([[5.0]] * 10, error=0.05)
    assert envelope.distances(np.array([6.0]))[0] == pytest.approx(20)
    assert envelope.distances(np.array([5.0]))[0] == 0


def test_the_error_of_a_feature_is_the_least_unit() -> None:
    envelope = envelope_of([[0.0], [0.2]], error=1.0)
    assert envelope.distances(np.array([0.6]))[0] == pytest.approx(0.5)


def test_what_is_too_small_to_matter_does_not_count() -> None:
    envelope = envelope_of([[5.0]] * 10, error=0.01, smallest=0.5)
    spans = np.array([[5.4], [5.5], [4.6], [4.5]])
    found = envelope.distances(spans)[:, 0]
    assert found.tolist() == pytest.approx([0, 50, 0, 50])


def test_what_is_not_known_is_not_off() -> None:
    envelope = envelope_of([[NAN, 1.0, NAN], [NAN, NAN, 2.0], [NAN, 3.0, 2.0]])
    assert envelope.distances(np.array([9.0, NAN, NAN])).tolist() == [0, 0, 0]
    assert envelope.mean.tolist() == pytest.approx([NAN, 2.0, 2.0], nan_ok=True)
    assert envelope.distances(np.array([NAN, 5.0, 2.0])).tolist() == [0, 3, 0]


SPANS = st.integers(2, 30).flatmap(
    lambda rows: st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=rows, max_size=rows),
        min_size=1,
        max_size=4,
    ).map(lambda columns: np.array(columns).T)
)


@given(SPANS, st.floats(0, 1))
@settings(deadline=None, max_examples=40)
def test_inside_its_range_a_feature_is_at_most_one(
    values: FloatArray, part: float
) -> None:
    envelope = envelope_of(values)
    inside = values.min(axis=0) * part + values.max(axis=0) * (1 - part)
    assert (envelope.distances(values) <= 1 + 1e-9).all()
    assert (envelope.distances(inside) <= 1 + 1e-6).all()


@given(SPANS)
@settings(deadline=None, max_examples=40)
def test_an_envelope_is_that_of_all_accepted_spans(values: FloatArray) -> None:
    envelope = envelope_of(values)
    assert (envelope.high == values.max(axis=0)).all()
    assert (envelope.low == values.min(axis=0)).all()
    np.testing.assert_allclose(envelope.mean, values.mean(axis=0), atol=1e-6)


def test_a_score_is_that_of_the_day_and_the_greatest_of_its_features() -> None:
    swing = [[0.0, 0.0], [2.0, 2.0]] * 20
    swing[20] = [11.0, 6.0]
    found = replayed(swing)
    assert len(found.scores) == len(swing) - FIRST_SCORED
    # The mean before was 1 and the farthest span 1 away.
    assert found.scores[20 - FIRST_SCORED] == pytest.approx(10)
    others = np.delete(found.scores, 20 - FIRST_SCORED)
    assert others.max() < 1.1
    assert found.divisors.tolist() == [
        pytest.approx(max(1.0, np.quantile(found.scores, 0.9)))
    ]


def test_restless_kinds_are_divided_by_what_they_reach() -> None:
    draw = np.random.default_rng(1)
    # Each span of the restless feature goes farther than any before.
    restless = 2.0 ** np.arange(100) * draw.choice([-1, 1], 100)
    values = np.column_stack([draw.normal(size=100), restless])
    names = np.array(["calm", "restless"], dtype=object)
    found = replay(values, np.full(2, 1e-3), np.zeros(2), names)
    by_kind = found.divisors[found.kinds]
    assert by_kind[0] == pytest.approx(1, abs=0.2)
    assert by_kind[1] > 1.5
    # Both together are beyond 1 hardly more often than one of them.
    assert 0.1 <= (found.scores > 1).mean() < 0.25
    apart = found.envelope.distances(values[0]) / by_kind
    assert found.distances(values[0]).tolist() == apart.tolist()


@pytest.mark.parametrize("spans", [0, 1, 7, 8])
def test_few_spans_have_no_score(spans: int) -> None:
    found = replayed(np.ones((spans, 3)))
    assert found.scores.tolist() == []
    assert found.distances(np.ones(3)).tolist() == [0, 0, 0]


@given(
    st.lists(st.floats(-100, 100) | st.just(NAN), min_size=WINDOW, max_size=4 * WINDOW)
)
@settings(deadline=None, max_examples=40)
def test_means_of_spans_leave_out_what_is_not_known(values: list[float]) -> None:
    found = smoothed(np.array(values)[:, None])[:, 0]
    wanted: list[float] = []
    for start in range(len(values) - WINDOW + 1):
        known = [x for x in values[start : start + WINDOW] if not np.isnan(x)]
        wanted.append(float(np.mean(known)) if len(known) > WINDOW / 2 else NAN)
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_means_are_judged_by_those_that_share_no_span_with_them() -> None:
    values = np.tile([[0.0], [7.0]], (60, 1))
    values[30] = 1e6
    kinds = np.array(["mean"], dtype=object)
    found = replay_means(values, np.array([0.1]), np.zeros(1), kinds)
    assert found is not None
    # The first score is of the mean that ends with span 20.
    assert len(found.scores) == len(values) - SKIPPED
    high = np.flatnonzero(found.scores > 100) + SKIPPED
    assert high.tolist() == list(range(30, 30 + WINDOW))
    # The mean with the fault in it is not yet in the envelope of the last ones.
    assert found.envelope.high[0] > 1e5
    assert replay_means(values[: 2 * WINDOW - 1], values[0], values[0], kinds) is None


def test_a_rhythm_of_weekdays_is_no_slow_drift() -> None:
    week = np.array([5.0, 4.0, 4.0, 4.0, 6.0, 9.0, 8.0])
    values = np.tile(week, 30)[:, None]
    kinds = np.array(["mean"], dtype=object)
    small = np.full(1, 1e-9)
    found = replay_means(values, np.full(1, 0.1), small, kinds)
    assert found is not None
    assert found.scores.max() < 1e-6


def first_alarm(scores: FloatArray, start: int, skipped: int, promise: float) -> int:
    """Spans from `start` until one is above the threshold made before it."""
    needed = needed_scores(promise)
    for place in range(start - skipped, len(scores)):
        limit = limit_of(scores[:place], promise, skipped=skipped, needed=needed)
        if limit is not None and scores[place] > limit.score:
            return place + skipped - start
    return len(scores) + skipped - start


def test_a_ramp_too_small_for_one_span_is_slow_drift() -> None:
    draw = np.random.default_rng(7)
    start, width = 150, 3
    slow, sudden = [], []
    for _ in range(15):
        values = draw.normal(size=(start + 20, width))
        # A tenth of a standard deviation a span.
        values[start:, 0] += 0.1 * np.arange(1, 21)
        kinds = np.array(["mean"] * width, dtype=object)
        given_to_both = (values, np.full(width, 0.05), np.zeros(width), kinds)
        means = replay_means(*given_to_both)
        assert means is not None
        slow.append(first_alarm(means.scores, start, SKIPPED, 0.01))
        single = replay(*given_to_both)
        sudden.append(first_alarm(single.scores, start, FIRST_SCORED, 0.01))
    assert np.median(slow) < 20
    assert sum(one < other for one, other in zip(slow, sudden, strict=True)) >= 10
    assert np.median(sudden) == 20
