"""Confidence intervals are TFMA's arithmetic, on samples that are as spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.evaluator.metric_oracle import Data, assert_alike, binary, config_of, members

from tidegate.evaluator.metrics.confidence import Spread, spreads
from tidegate.evaluator.metrics.plan import MetricPlan, Predicted, State
from tidegate.evaluator.metrics.sampling import SAMPLES, Method

METRICS = (
    *("AUC", "BinaryAccuracy", "ExampleCount", "Calibration"),
    ("ConfusionMatrixAtThresholds", {"thresholds": [0.3, 0.7]}),
)


def with_intervals(config: Any, method: Method) -> Any:
    """The config with confidence intervals of that method."""
    from tensorflow_model_analysis.proto import config_pb2

    options = config_pb2.ConfidenceIntervalOptions
    config.options.compute_confidence_intervals.value = True
    config.options.confidence_intervals.method = options.ConfidenceIntervalMethod.Value(
        method.name
    )
    return config


def stock_combine(method: Method, skip: frozenset[Any]) -> Any:
    """TFMA's own combination of samples."""
    from tensorflow_model_analysis.evaluators import jackknife, poisson_bootstrap

    if method is Method.JACKKNIFE:
        return jackknife._JackknifeSampleCombineFn(SAMPLES, skip)
    return poisson_bootstrap._BootstrapSampleCombineFn(SAMPLES, skip)


@pytest.mark.parametrize("method", Method)
def test_the_spread_of_given_samples_is_tfmas(method: Method) -> None:
    from tensorflow_model_analysis.evaluators import confidence_intervals_util
    from tensorflow_model_analysis.metrics import binary_confusion_matrices

    def values(seed: int) -> dict[str, Any]:
        drawn = np.random.default_rng(seed).random(6)
        counts = [drawn[:2].tolist(), drawn[1:3].tolist(), [1.0, 2.0], [0.5, 0.0]]
        return {
            "number": drawn[3],
            "array": drawn[4:],
            "matrices": binary_confusion_matrices.Matrices([0.1, 0.2], *counts),
            "text": "words",
            "skipped": drawn[5],
            "nan": float("nan"),
        }

    combine = stock_combine(method, frozenset({"skipped"}))
    state = combine.create_accumulator()
    sampled = confidence_intervals_util.SampleMetrics
    for at in range(SAMPLES):
        state = combine.add_input(state, sampled(values(at), at))
    theirs = combine.extract_output(combine.add_input(state, sampled(values(99), -1)))

    samples = [values(at) for at in range(SAMPLES)]
    ours, reason = spreads(values(99), samples, method, {"skipped"})

    assert reason is None
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        own = ours[key]
        if not isinstance(own, Spread):
            assert key in {"text", "skipped"}
            assert own == value
            continue
        assert own.freedom == value.sample_degrees_of_freedom
        assert_alike(own.mean, value.sample_mean, relative=1e-12)
        assert_alike(own.error, value.sample_standard_deviation, relative=1e-12)
        assert_alike(own.unsampled, value.unsampled_value, relative=1e-12)


def test_too_few_samples_are_told_in_tfmas_words() -> None:
    found, reason = spreads({"a": 1.0}, [{"a": 1.0}] * 3, Method.JACKKNIFE, set())
    assert found == {"a": 1.0}
    assert reason == (
        "CI not computed because only 3 samples were non-empty. Expected 20."
    )


def states(plan: MetricPlan, data: Data, step: int) -> list[State]:
    """The states of batches of some rows each, all in slice 0, every third in 1."""
    found = []
    for low in range(0, len(data.labels), step):
        rows = np.arange(low, min(low + step, len(data.labels)))
        thirds = np.flatnonzero(rows % 3 == 0)
        batch = {("", ""): Predicted(data.labels[rows], data.predictions[rows])}
        own = members((np.arange(len(rows)), thirds))
        found.append(plan.look(batch, *own, 2, first=low))
    return found


@pytest.mark.parametrize("method", Method)
def test_intervals_are_as_wide_as_theory_has_them_and_merge_to_the_same(
    method: Method,
) -> None:
    data = binary(1, 6000)
    plan = MetricPlan.of(with_intervals(config_of(*METRICS), method))
    assert isinstance(plan, MetricPlan)
    plain = MetricPlan.of(config_of(*METRICS))
    assert isinstance(plain, MetricPlan)
    first, *rest = states(plan, data, 1000)
    ahead, behind = first, first
    for state in rest:
        ahead = ahead.merge(state)
    *rest, last = rest
    behind = last
    for state in [first, *rest]:
        behind = state.merge(behind)

    found, again = plan.values(ahead), plan.values(behind)
    expected = plain.values(states(plain, data, 6000)[0])

    for number, (values, same) in enumerate(zip(found, again, strict=True)):
        for key, value in values.items():
            truth = expected[number][key]
            if key.name == "example_count":
                assert value == truth
                continue
            assert_alike(value.unsampled_value, truth, relative=1e-12)
            assert_alike(list(same[key]), list(value), relative=1e-9)
        accuracy = {key.name: value for key, value in values.items()}["binary_accuracy"]
        share, rows = accuracy.unsampled_value, 6000 / (1 if number == 0 else 3)
        # A standard deviation of 20 samples is itself off by 16 %: three of that.
        error = (share * (1 - share) / rows) ** 0.5
        assert accuracy.sample_standard_deviation == pytest.approx(error, rel=0.5)
        assert accuracy.sample_mean == pytest.approx(share, abs=2 * error)
        assert accuracy.sample_degrees_of_freedom == SAMPLES - 1


def test_a_slice_in_one_bucket_has_no_interval_and_says_so() -> None:
    from tensorflow_model_analysis import constants

    data = binary(2, 1)
    plan = MetricPlan.of(with_intervals(config_of("BinaryAccuracy"), Method.JACKKNIFE))
    assert isinstance(plan, MetricPlan)
    batch = {("", ""): Predicted(data.labels, data.predictions)}
    (values,) = plan.values(plan.look(batch, *members((np.arange(1),)), 1))
    told = {key.name: value for key, value in values.items()}
    assert told["binary_accuracy"] in (0.0, 1.0)
    assert told[constants.ERROR_METRIC_NAME] == (
        f"CI not computed because only {SAMPLES - 1} samples were non-empty. "
        f"Expected {SAMPLES}."
    )
