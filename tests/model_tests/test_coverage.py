"""The intervals hold what they promise, by simulation with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.model_tests.evaluations import Numbers, draw

from tidegate.model_tests.measures.decisions import Decision, decide, holm
from tidegate.model_tests.measures.estimate import (
    Estimate,
    Interval,
    around,
    interval,
    paired_error,
)
from tidegate.model_tests.measures.metrics import METRICS

TIMES, ROWS = 1000, 400
# Of 1,000 intervals at 95 %, between 93 and 97 % hold the truth.
LEAST, MOST = 0.93, 0.97
# Wilson's interval is a little too wide rather than too narrow.
MOST_OF_SHARES = 0.975


def measured(
    name: str, label: Numbers, prediction: Numbers, weight: Numbers
) -> Estimate:
    found = METRICS[name].compute(label, prediction, weight, 0.5)
    assert found is not None
    return found


def truth(name: str) -> float:
    label, prediction, _ = draw(400_000, seed=99)
    return measured(name, label, prediction, np.ones(len(label))).value


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["auc", "accuracy", "log_loss", "recall"])
def test_the_interval_of_a_change_holds_no_change(name: str, weighted: bool) -> None:
    random = np.random.default_rng(1)
    held = 0
    for seed in range(TIMES):
        label, first, second = draw(ROWS, seed=seed)
        weight = random.choice([0.5, 1.0, 2.0], ROWS) if weighted else np.ones(ROWS)
        one, other = (measured(name, label, p, weight) for p in (first, second))
        error = paired_error(one, other)
        found = around(one.value - other.value, error, 0.95)
        held += found.low <= 0 <= found.high
    assert LEAST <= held / TIMES <= MOST


@pytest.mark.parametrize("name", ["auc", "precision", "brier", "f1"])
def test_the_interval_of_a_metric_holds_it(name: str) -> None:
    right = truth(name)
    held = 0
    for seed in range(TIMES):
        label, first, _ = draw(ROWS, seed=seed)
        found = interval(measured(name, label, first, np.ones(ROWS)), 0.95)
        held += found.low <= right <= found.high
    assert LEAST <= held / TIMES <= MOST_OF_SHARES


def test_twenty_slices_together_are_rarely_wrong() -> None:
    random = np.random.default_rng(8)
    wrong = 0
    for _ in range(2000):
        values = random.normal(0, 1, 20)
        at = [lambda level, v=value: around(v, 1.0, level) for value in values]
        found: list[Interval] = holm(at, [abs(v) for v in values], [0.0] * 20, 0.95)
        wrong += any(decide(one, 0.0) is not Decision.UNDECIDED for one in found)
    # At 5 %, give or take three standard errors of 2,000 times.
    assert abs(wrong / 2000 - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 2000)
