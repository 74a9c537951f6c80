"""Confidence intervals as the stock Evaluator gives them, read back by TFMA."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import evaluation_trial as trial
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from evaluation_trial import Outcome, Problem

CONFIG = """
  model_specs { signature_name: "serving_default" label_key: "late" }
  slicing_specs {}
  slicing_specs { feature_values { key: "carrier" value: "once" } }
  metrics_specs {
    metrics { class_name: "BinaryAccuracy" threshold {
      value_threshold { lower_bound { value: 0.6 } } } }
    metrics { class_name: "ExampleCount" }
  }
  options {
    compute_confidence_intervals { value: true }
    confidence_intervals { method: %s }
  }
"""
ACCURACY, COUNT = "binary_accuracy", "example_count"
ROWS = trial.draw(400)


def classifier() -> tf.Module:
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(examples: Any) -> Any:
        features = {"x": tf.io.FixedLenFeature([], tf.float32)}
        return tf.sigmoid(tf.io.parse_example(examples, features)["x"])

    module.exported = {"serving_default": serving_default}
    return module


PROBLEM = Problem([*ROWS, {**ROWS[0], "carrier": "once"}], classifier, CONFIG)


@pytest.fixture(scope="module", params=["JACKKNIFE", "POISSON_BOOTSTRAP"])
def both(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    nothing_packed: None,
) -> tuple[Outcome, Outcome]:
    """What ours and what the stock one left."""
    problem = replace(PROBLEM, config=CONFIG % request.param)
    folder = tmp_path_factory.mktemp(request.param)
    trial.prepare(problem, folder)
    ours = trial.run(problem, folder)
    assert not [line for line in ours.said if "Beam" in line]
    return ours, trial.run(problem, folder, ours=False)


def sliced(outcome: Outcome) -> list[Any]:
    """TFMA's messages, that of all rows first."""
    return sorted(
        tfma.load_metrics(outcome.evaluation),
        key=lambda one: len(one.slice_key.single_slice_keys),
    )


def by_name(metrics: Any) -> dict[str, Any]:
    return {one.key.name: one for one in metrics.metric_keys_and_values}


def test_what_is_not_sampled_is_the_same(both: tuple[Outcome, Outcome]) -> None:
    ours, theirs = (sliced(one) for one in both)
    assert len(ours) == len(theirs) == 2
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine.slice_key == expected.slice_key
        found = by_name(mine)
        assert found.keys() == by_name(expected).keys() >= {ACCURACY, COUNT}
        for name, one in by_name(expected).items():
            value = one.value.double_value.value
            assert found[name].value.double_value.value == pytest.approx(value)
            has = [m.HasField("confidence_interval") for m in (found[name], one)]
            assert has[0] == has[1], name


def test_the_intervals_are_as_wide(both: tuple[Outcome, Outcome]) -> None:
    found = [by_name(sliced(one)[0])[ACCURACY] for one in both]
    ours, theirs = (one.confidence_interval for one in found)
    assert ours.degrees_of_freedom == theirs.degrees_of_freedom
    # Drawn otherwise: of 20 samples each, one spread is within a third of the other.
    errors = [one.standard_error.double_value.value for one in (ours, theirs)]
    assert 1 / 3 < errors[0] / errors[1] < 3
    truth = found[0].value.double_value.value
    for one in (ours, theirs):
        low, high = one.lower_bound.double_value.value, one.upper_bound.double_value
        assert low < truth < high.value


def test_too_few_rows_have_none(both: tuple[Outcome, Outcome]) -> None:
    ours, theirs = ({**sliced(one)[1].metrics} for one in both)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert ours[name].debug_message == expected.debug_message


def test_tfma_shows_the_same_kinds_of_value(both: tuple[Outcome, Outcome]) -> None:
    shown = []
    for one in both:
        result = tfma.load_eval_result(one.evaluation)
        of_all = dict(result.slicing_metrics)[()][""][""]
        shown.append({name: list(value) for name, value in of_all.items()})
        assert tfma.load_validation_result(one.evaluation).validation_ok
    assert shown[0] == shown[1]
    assert shown[0][ACCURACY] == ["boundedValue"]
