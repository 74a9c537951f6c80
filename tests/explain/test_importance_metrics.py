"""Metrics of weighted rows are those of their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.explain import metrics
from tidegate.explain.metrics import METRICS
from tidegate.explain.question import METRIC_NAMES

Row = tuple[int, float, float]
# Few different predictions, so that many are tied.
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([0.5, 1.0, 3.0]),
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
    ),
    min_size=2,
    max_size=25,
)


def arrays(rows: list[Row]) -> tuple[Any, Any, Any]:
    label, weight, prediction = zip(*rows, strict=True)
    return np.array(label, float), np.array(weight), np.array(prediction)


def auc_of_pairs(rows: list[Row]) -> float:
    """The definition: every pair of a positive and a negative row, one by one."""
    won = pairs = 0.0
    for label, weight, prediction in rows:
        for other, other_weight, other_prediction in rows:
            if label == 1 and other == 0:
                pairs += weight * other_weight
                won += (
                    weight
                    * other_weight
                    * (
                        1.0
                        if prediction > other_prediction
                        else 0.5
                        if prediction == other_prediction
                        else 0.0
                    )
                )
    return won / pairs if pairs else 0.5


@given(ROWS)
def test_auc_is_the_share_of_pairs_in_their_order(rows: list[Row]) -> None:
    assert metrics.auc(*arrays(rows)) == pytest.approx(auc_of_pairs(rows))


@given(ROWS)
def test_a_row_of_weight_three_counts_as_three_rows(rows: list[Row]) -> None:
    whole = [(label, 1.0 + 2 * (weight == 3), place) for label, weight, place in rows]
    repeated = [
        (label, 1.0, place)
        for label, weight, place in whole
        for _ in range(int(weight))
    ]
    for name, metric in METRICS.items():
        found = metric.of(*arrays(whole))
        assert found == pytest.approx(metric.of(*arrays(repeated))), name
        constant = metric.constant(*arrays(whole)[:2])
        assert constant == pytest.approx(metric.constant(*arrays(repeated)[:2])), name


def log_loss_of(label: float, prediction: float) -> float:
    held = prediction if label == 1 else 1 - prediction
    return -math.log(max(held, 1e-7))


@pytest.mark.parametrize(
    ("name", "of_row", "end"),
    [
        ("mae", lambda label, said: abs(label - said), lambda mean: mean),
        ("rmse", lambda label, said: (label - said) ** 2, math.sqrt),
        ("accuracy", lambda label, said: label == (said > 0.5), lambda mean: mean),
        ("log_loss", log_loss_of, lambda mean: mean),
    ],
)
@given(rows=ROWS)
def test_the_others_are_weighted_means(
    name: str,
    of_row: Callable[[float, float], float],
    end: Callable[[float], float],
    rows: list[Row],
) -> None:
    total = sum(weight for _, weight, _ in rows)
    mean = sum(weight * of_row(label, said) for label, weight, said in rows) / total
    assert METRICS[name].of(*arrays(rows)) == pytest.approx(end(mean), abs=1e-12)


@given(ROWS, st.floats(0, 1))
def test_no_constant_prediction_is_better_than_the_constant(
    rows: list[Row], told: float
) -> None:
    label, weight, _ = arrays(rows)
    for name, metric in METRICS.items():
        constant = metric.constant(label, weight)
        other = metric.of(label, weight, np.full(len(label), told))
        assert metric.drop(constant, other) >= -1e-9, name


@given(ROWS)
def test_the_constant_can_be_reached(rows: list[Row]) -> None:
    label, weight, _ = arrays(rows)
    mean = float(np.average(label, weights=weight))
    for name, told in (
        ("auc", 0.3),
        ("rmse", mean),
        ("log_loss", mean),
        ("accuracy", float(mean > 0.5)),
        ("mae", float(mean > 0.5)),
    ):
        metric = METRICS[name]
        found = metric.of(label, weight, np.full(len(label), told))
        assert found == pytest.approx(metric.constant(label, weight), abs=1e-5), name


def test_every_metric_can_be_asked_for() -> None:
    assert tuple(METRICS) == METRIC_NAMES


def test_a_drop_is_what_gets_worse() -> None:
    assert METRICS["auc"].drop(0.9, 0.6) == pytest.approx(0.3)
    assert METRICS["accuracy"].drop(0.9, 0.6) == pytest.approx(0.3)
    for name in ("rmse", "mae", "log_loss"):
        assert METRICS[name].drop(0.2, 0.5) == pytest.approx(0.3)


def test_of_several_classes_the_likeliest_is_the_prediction() -> None:
    label, weight = np.array([2.0, 0.0, 1.0]), np.array([1.0, 2.0, 1.0])
    shares = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.5, 0.4, 0.1]])
    assert metrics.accuracy(label, weight, shares) == pytest.approx(0.75)
    expected = -(math.log(0.7) + 2 * math.log(0.6) + math.log(0.4)) / 4
    assert metrics.log_loss(label, weight, shares) == pytest.approx(expected)


def test_auc_of_one_class_says_nothing() -> None:
    ones = np.ones(4)
    assert metrics.auc(ones, ones, np.arange(4.0)) == 0.5
