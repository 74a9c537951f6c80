"""Metrics of rows and their uncertainty, against slow and plain counterparts."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model_tests.evaluations import Numbers, draw, sigmoid

from tidegate.model_tests.measures.auc import auc
from tidegate.model_tests.measures.calibration import (
    calibration_error,
    calibration_slope,
    equal_bins,
)
from tidegate.model_tests.measures.curves import histogram, roc
from tidegate.model_tests.measures.decisions import (
    Decision,
    decide,
    holm,
    rows_to_decide,
)
from tidegate.model_tests.measures.distance import quantile_edges, stability_index
from tidegate.model_tests.measures.estimate import (
    Estimate,
    Interval,
    around,
    interval,
    paired_error,
    unpaired_error,
    z_value,
)
from tidegate.model_tests.measures.metrics import METRICS

ROWS = (
    st.integers(4, 40)
    .flatmap(
        lambda count: st.tuples(
            st.lists(st.sampled_from([0.0, 1.0]), min_size=count, max_size=count),
            st.lists(
                st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
                min_size=count,
                max_size=count,
            ),
            st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=count, max_size=count),
        )
    )
    .map(lambda parts: tuple(np.array(part) for part in parts))
)


def slow_auc(label: Numbers, prediction: Numbers, weight: Numbers) -> float:
    pairs = list(product(np.flatnonzero(label == 1), np.flatnonzero(label == 0)))
    total = sum(weight[i] * weight[j] for i, j in pairs)
    won = sum(
        weight[i]
        * weight[j]
        * (prediction[i] > prediction[j] or 0.5 * (prediction[i] == prediction[j]))
        for i, j in pairs
    )
    return float(won / total)


@given(ROWS)
def test_the_auc_is_the_share_of_ordered_pairs(rows: tuple[Numbers, ...]) -> None:
    label, prediction, weight = rows
    found = auc(label, prediction, weight)
    if len(set(label)) < 2:
        assert found is None
        return
    assert found is not None
    assert found.value == pytest.approx(slow_auc(label, prediction, weight))
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)
    turned = auc(label, -prediction, weight)
    assert turned is not None
    assert turned.value == pytest.approx(1 - found.value)


def test_the_variance_of_the_auc_is_delongs() -> None:
    label, prediction, _ = draw(300)
    found = auc(label, prediction, np.ones(300))
    assert found is not None
    positives, negatives = prediction[label == 1], prediction[label == 0]
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    expected = wins.mean(axis=1).var(ddof=1) / len(positives)
    expected += wins.mean(axis=0).var(ddof=1) / len(negatives)
    assert found.variance == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", METRICS)
def test_an_influence_is_the_change_by_a_rows_weight(name: str) -> None:
    metric = METRICS[name]
    label, prediction, _ = draw(60, seed=5)
    if metric.tasks == ("regression",):
        label = label + prediction / 3
    weight = np.linspace(0.5, 2, 60)
    found = metric.compute(label, prediction, weight, 0.4)
    assert found is not None
    for row in (0, 17, 41):
        step = 1e-6 * weight[row]
        more = weight.copy()
        more[row] += step
        moved = metric.compute(label, prediction, more, 0.4)
        assert moved is not None
        slope = (moved.value - found.value) / step * weight[row]
        assert found.influence[row] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 4 / 6),
        ("precision", 2 / 3),
        ("recall", 2 / 3),
        ("specificity", 2 / 3),
        ("f1", 2 / 3),
        ("positive_rate", 3 / 6),
        ("true_positive_rate", 2 / 3),
        ("false_positive_rate", 1 / 3),
        ("false_negative_rate", 1 / 3),
        ("brier", np.mean(np.square([0.1, 0.4, 0.8, 0.9, 0.3, 0.2]))),
        ("mae", np.mean([0.1, 0.4, 0.8, 0.9, 0.3, 0.2])),
        ("rmse", math.sqrt(np.mean(np.square([0.1, 0.4, 0.8, 0.9, 0.3, 0.2])))),
        ("mean_error", np.mean([-0.1, -0.4, -0.8, 0.9, 0.3, 0.2])),
        ("mean_prediction", np.mean([0.9, 0.6, 0.2, 0.9, 0.3, 0.2])),
        ("calibration_ratio", 3.1 / 3),
        ("log_loss", -np.mean(np.log([0.9, 0.6, 0.2, 0.1, 0.7, 0.8]))),
    ],
)
def test_a_metric_is_what_its_name_says(name: str, expected: float) -> None:
    label = np.array([1.0, 1, 1, 0, 0, 0])
    prediction = np.array([0.9, 0.6, 0.2, 0.9, 0.3, 0.2])
    found = METRICS[name].compute(label, prediction, np.ones(6), 0.5)
    assert found is not None
    assert found.value == pytest.approx(expected)


def test_r2_is_the_explained_share() -> None:
    label, noise, _ = draw(50)
    value = 3 * label + noise
    found = METRICS["r2"].compute(value, 3 * label, np.ones(50), 0.5)
    assert found is not None
    left = np.mean((value - 3 * label) ** 2) / value.var()
    assert found.value == pytest.approx(1 - left)


def test_a_log_loss_of_a_certain_error_is_finite() -> None:
    found = METRICS["log_loss"].compute(np.ones(2), np.zeros(2), np.ones(2), 0.5)
    assert found is not None
    assert 15 < found.value < 17


def test_wilsons_interval_is_the_known_one() -> None:
    # 8 of 10: Brown, Cai and DasGupta (2001) give 0.490 to 0.943.
    hits = np.array([1.0] * 8 + [0.0] * 2)
    found = METRICS["accuracy"].compute(np.ones(10), hits, np.ones(10), 0.5)
    assert found is not None
    ends = interval(found, 0.95)
    # The variance is of the sample (n - 1): a little wider.
    assert ends.low == pytest.approx(0.490, abs=0.02)
    assert ends.high == pytest.approx(0.943, abs=0.01)


@pytest.mark.parametrize("rows", [10, 100, 1000])
def test_a_perfect_share_is_less_certain_of_fewer_rows(rows: int) -> None:
    found = METRICS["accuracy"].compute(
        np.ones(rows), np.ones(rows), np.ones(rows), 0.5
    )
    assert found is not None
    ends = interval(found, 0.95)
    assert ends.high == 1
    assert ends.low == pytest.approx(rows / (rows + z_value(0.95) ** 2))


def test_unequal_weights_make_intervals_wider() -> None:
    label, prediction, _ = draw(400)
    even = auc(label, prediction, np.ones(400))
    uneven = auc(label, prediction, np.where(np.arange(400) % 10 == 0, 20.0, 0.1))
    assert even is not None
    assert uneven is not None
    assert uneven.variance > 4 * even.variance


def test_what_two_models_share_cancels_out() -> None:
    label, first, second = draw(2000, shared=0.95)
    one, other = (auc(label, p, np.ones(2000)) for p in (first, second))
    assert one is not None
    assert other is not None
    assert paired_error(one, other) < 0.5 * unpaired_error(one, other)
    assert paired_error(one, one) > 0


@pytest.mark.parametrize(
    ("found", "decision"),
    [
        (Interval(0.0, -0.004, 0.004), Decision.HOLDS),
        (Interval(0.0, -0.005, 0.004), Decision.HOLDS),
        (Interval(0.0, -0.006, 0.004), Decision.UNDECIDED),
        (Interval(-0.006, -0.008, -0.004), Decision.UNDECIDED),
        (Interval(-0.009, -0.012, -0.006), Decision.BROKEN),
    ],
)
def test_only_what_lies_aside_of_the_bound_decides(
    found: Interval, decision: Decision
) -> None:
    assert decide(found, -0.005) is decision


def test_so_many_rows_decide_it() -> None:
    found = around(0.0, 0.005, 0.95)
    needed = rows_to_decide(found, -0.005, 1000, 0.95)
    # (1.96 + 0.84)^2 standard errors: 7.85 times as many.
    assert needed == 7900
    assert rows_to_decide(found, 0.0, 1000, 0.95) is None


def test_holms_intervals_are_wider_for_more_and_narrow_as_they_decide() -> None:
    errors = [(-0.2, 0.02), (0.01, 0.02), (0.0, 0.02)]
    at = [
        lambda level, v=value, e=error: around(v, e, level) for value, error in errors
    ]
    found = holm(at, [abs(v) / e for v, e in errors], [0.0] * 3, 0.95)
    reach = [one.high - one.value for one in found]
    assert reach[0] == pytest.approx(z_value(1 - 0.05 / 3) * 0.02)
    assert reach[1] == reach[2] == pytest.approx(z_value(1 - 0.05 / 2) * 0.02)


def test_bins_have_equal_weight_and_keep_ties_together() -> None:
    prediction = np.concatenate((np.full(50, 0.2), np.linspace(0.3, 0.9, 50)))
    bins = equal_bins(np.ones(100), prediction, np.ones(100), 4)
    assert bins.weight.sum() == pytest.approx(1)
    assert len(set(bins.of_row[:50])) == 1
    assert list(bins.weight) == pytest.approx([0.5, 0.25, 0.25])
    assert list(bins.prediction) == sorted(bins.prediction)


def test_noise_alone_makes_no_calibration_error() -> None:
    random = np.random.default_rng(3)
    prediction = random.random(2000)
    raw, found = [], []
    for _ in range(40):
        label = (random.random(2000) < prediction).astype(np.float64)
        bins = equal_bins(label, prediction, np.ones(2000), 20)
        raw.append(float(np.dot(bins.weight, np.abs(bins.label - bins.prediction))))
        found.append(calibration_error(label, prediction, np.ones(2000), 20).value)
    assert np.mean(raw) > 0.025
    assert np.mean(found) < 0.01


def test_a_calibration_error_is_found() -> None:
    random = np.random.default_rng(3)
    prediction = 0.1 + 0.8 * random.random(20_000)
    label = (random.random(20_000) < prediction - 0.08).astype(np.float64)
    found = interval(calibration_error(label, prediction, np.ones(20_000), 20), 0.95)
    assert found.low < 0.08 < found.high
    assert found.high - found.low < 0.03


@pytest.mark.parametrize("sharper", [0.5, 1.0, 2.0])
def test_the_slope_tells_predictions_that_are_too_extreme(sharper: float) -> None:
    random = np.random.default_rng(9)
    odds = random.normal(size=30_000) * 1.5
    label = (random.random(30_000) < sigmoid(odds)).astype(np.float64)
    found = calibration_slope(label, sigmoid(sharper * odds), np.ones(30_000))
    assert found is not None
    assert interval(found, 0.999).low < 1 / sharper < interval(found, 0.999).high


def test_constant_predictions_have_no_slope() -> None:
    label, _, _ = draw(100)
    assert calibration_slope(label, np.full(100, 0.3), np.ones(100)) is None


def test_separated_labels_have_no_slope() -> None:
    label = np.array([0.0] * 20 + [1.0] * 20)
    found = calibration_slope(label, np.linspace(0.1, 0.9, 40), np.ones(40))
    assert found is None or found.value > 10


def test_equal_predictions_are_at_no_distance() -> None:
    _, first, _ = draw(3000)
    found = stability_index(first, first, np.ones(3000), 10)
    assert found.value == 0
    assert found.variance < 1e-12


def test_chance_alone_makes_no_distance_and_a_shift_does() -> None:
    random = np.random.default_rng(4)
    near = [
        stability_index(random.random(500), random.random(500), np.ones(500), 10).value
        for _ in range(40)
    ]
    # Uncorrected it is about 2 * 9 / 500 = 0.036.
    assert np.mean(near) < 0.015
    shifted = stability_index(
        random.random(500) * 0.6, random.random(500), np.ones(500), 10
    )
    assert interval(shifted, 0.95).low > 0.25


def test_the_distance_is_the_index_of_the_books() -> None:
    champion = np.repeat([0.1, 0.3, 0.5, 0.7], 25)
    prediction = np.repeat([0.1, 0.3, 0.5, 0.7], [40, 30, 20, 10])
    edges = quantile_edges(champion, np.ones(100), 4)
    assert list(edges) == [0.1, 0.3, 0.5]
    found = stability_index(prediction, champion, np.ones(100), 4)
    p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.full(4, 0.25)
    whole = float(np.sum((p - q) * np.log(p / q)))
    assert 0 < found.value < whole


def test_a_roc_curve_is_thin_and_has_the_same_area() -> None:
    label, prediction, _ = draw(20_000)
    found = roc(label, prediction, np.ones(20_000))
    area = auc(label, prediction, np.ones(20_000))
    assert found is not None
    assert area is not None
    x, y = found
    assert len(x) <= 200
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.all(np.diff(x) >= 0)
    assert np.all(np.diff(y) >= 0)
    trapezes = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    assert trapezes == pytest.approx(area.value, abs=5e-4)
    assert roc(np.ones(5), np.ones(5), np.ones(5)) is None


def test_a_histogram_holds_all_rows() -> None:
    shares = histogram(
        np.array([-1.0, 0.1, 0.9, 7.0]), np.ones(4), np.linspace(0, 1, 3)
    )
    assert list(shares) == [0.5, 0.5]


def test_an_estimate_of_one_row_has_a_variance() -> None:
    assert Estimate(0.5, np.array([0.1])).variance == pytest.approx(0.01)


def test_the_influence_on_the_slope_is_the_change_by_a_rows_weight() -> None:
    label, prediction, _ = draw(300, seed=2)
    weight = np.linspace(0.5, 2, 300)
    found = calibration_slope(label, prediction, weight)
    assert found is not None
    for row in (3, 120, 260):
        more = weight.copy()
        more[row] *= 1 + 1e-5
        moved = calibration_slope(label, prediction, more)
        assert moved is not None
        slope = (moved.value - found.value) / 1e-5
        assert found.influence[row] == pytest.approx(slope, rel=1e-3, abs=1e-7)
