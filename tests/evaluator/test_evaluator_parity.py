"""Our Evaluator leaves what the stock Evaluator leaves, on the same models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evaluation_trial as trial
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from evaluation_trial import Outcome, Problem
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.writers import eval_config_writer

from tidegate.model_tests.tfma_results import read_evaluation

SPEC = {
    "x": tf.io.FixedLenFeature([], tf.float32),
    "late": tf.io.FixedLenFeature([], tf.int64),
    "weight": tf.io.FixedLenFeature([], tf.float32),
    "stops": tf.io.FixedLenFeature([], tf.int64),
}


def binary(slope: float) -> trial.Build:
    """A classifier of serialized examples that makes label and weight itself."""

    def build() -> tf.Module:
        module = tf.Module()
        records = tf.TensorSpec([None], tf.string, name="examples")

        @tf.function(input_signature=[records])
        def serving_default(examples: Any) -> Any:
            x = tf.io.parse_example(examples, {"x": SPEC["x"]})["x"]
            return {"probability": tf.sigmoid(slope * x)[:, None]}

        @tf.function(input_signature=[records])
        def transform_features(examples: Any) -> Any:
            row = tf.io.parse_example(examples, SPEC)
            return {
                "is_late": row["late"],
                "heavy": row["weight"] * 2,
                "stops": tf.stack([row["stops"], row["stops"] // 2], axis=1),
            }

        module.exported = {
            "serving_default": serving_default,
            "transform_features": transform_features,
        }
        return module

    return build


def multiclass() -> tf.Module:
    """A classifier of named features, with a signature of its own name."""
    module = tf.Module()

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 1], tf.float32, name="x"),
            tf.TensorSpec([None, 1], tf.float32, name="y"),
        ]
    )
    def by_name(x: Any, y: Any) -> Any:
        return {"scores": tf.nn.softmax(tf.concat([-x, y / 4, x], axis=1))}

    module.exported = {"by_name": by_name}
    return module


def regression() -> tf.Module:
    """A model with two outputs, one of them for the delay."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(examples: Any) -> Any:
        x = tf.io.parse_example(examples, {"x": SPEC["x"]})["x"]
        return {"minutes": 2.5 * x, "hours": x[:, None] / 24}

    module.exported = {"serving_default": serving_default}
    return module


BINARY = """
  model_specs {
    signature_name: "serving_default" model_type: "tf_generic"
    preprocessing_function_names: "transform_features"
    label_key: "is_late" example_weight_key: "heavy"
  }
  slicing_specs {}
  slicing_specs { feature_keys: "carrier" }
  slicing_specs { feature_keys: ["tags", "stops"] }
  slicing_specs { feature_values { key: "stops" value: "2" } feature_keys: "carrier" }
  metrics_specs {
    metrics { class_name: "AUC" threshold {
      value_threshold { lower_bound { value: 0.5 } }
      change_threshold { direction: HIGHER_IS_BETTER absolute { value: -0.1 } }
    } }
    metrics {
      class_name: "BinaryAccuracy"
      per_slice_thresholds {
        slicing_specs { feature_keys: "carrier" }
        threshold { value_threshold { lower_bound { value: 0.68 } } }
      }
      per_slice_thresholds {
        slicing_specs { feature_keys: "airport" }
        threshold { value_threshold { lower_bound { value: 0.1 } } }
      }
    }
    metrics { class_name: "Calibration" threshold {
      change_threshold { direction: LOWER_IS_BETTER relative { value: 0.2 } }
    } }
    metrics { class_name: "WeightedExampleCount" }
  }
  metrics_specs {
    metrics { class_name: "ExampleCount" }
    example_weights { unweighted: true }
  }
  options { min_slice_size { value: 60 } }
"""

MULTICLASS = """
  model_specs { signature_name: "by_name" label_key: "kind" model_type: "tf_generic" }
  slicing_specs {}
  slicing_specs { feature_keys: "tags" }
  metrics_specs {
    metrics { class_name: "SparseCategoricalAccuracy" threshold {
      value_threshold { lower_bound { value: 0.3 } } } }
    metrics { class_name: "ExampleCount" }
  }
  metrics_specs {
    metrics { class_name: "AUC" }
    binarize { class_ids { values: [0, 2] } }
  }
"""

REGRESSION = """
  model_specs {
    signature_name: "serving_default" model_type: "tf_generic"
    label_keys { key: "minutes" value: "delay" }
    example_weight_keys { key: "minutes" value: "weight" }
  }
  slicing_specs {}
  slicing_specs { feature_keys: "stops" }
  metrics_specs {
    output_names: "minutes"
    metrics { class_name: "MeanSquaredError" }
    metrics { class_name: "MeanAbsoluteError" }
    metrics { class_name: "WeightedExampleCount" }
  }
"""
SCHEMA = """
  feature { name: "delay" type: FLOAT presence { min_fraction: 1 }
    shape { dim { size: 1 } } }
  feature { name: "weight" type: FLOAT presence { min_fraction: 1 }
    shape { dim { size: 1 } } }
  feature { name: "stops" type: INT value_count { min: 0 max: 1 } }
  feature { name: "tags" type: BYTES }
"""
ROWS = trial.draw(300)
PROBLEMS = {
    "binary": Problem(ROWS, binary(1.0), BINARY, baseline=binary(0.3)),
    "multiclass": Problem(ROWS, multiclass, MULTICLASS),
    "regression": Problem(ROWS, regression, REGRESSION, schema=SCHEMA),
}


@pytest.fixture(scope="module", params=PROBLEMS)
def both(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    nothing_packed: None,
) -> tuple[Outcome, Outcome]:
    """What ours and what the stock one left."""
    problem = PROBLEMS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    trial.prepare(problem, folder)
    return trial.run(problem, folder), trial.run(problem, folder, ours=False)


def test_it_is_done_on_columns(both: tuple[Outcome, Outcome]) -> None:
    assert not [line for line in both[0].said if "Beam" in line]
    assert any("300 rows" in line for line in both[0].said)


def test_every_slice_has_the_same_metrics(both: tuple[Outcome, Outcome]) -> None:
    ours, theirs = (metrics(one) for one in both)
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key].keys() == expected.keys()
        for metric, value in expected.items():
            assert ours[key][metric] == nearly(value), (key, metric)


def test_a_small_slice_shows_nothing(both: tuple[Outcome, Outcome]) -> None:
    smallest = tfma.load_eval_result(both[0].evaluation).config.options.min_slice_size
    hidden = {key: found for key, found in metrics(both[0]).items() if len(found) == 1}
    assert bool(hidden) == bool(smallest.value)
    assert all(key and "__ERROR__" in found for key, found in hidden.items())


def test_tfma_loads_the_same_result(both: tuple[Outcome, Outcome]) -> None:
    # Which model's location it shows is left to chance where there are two.
    runs = [eval_config_writer.load_eval_run(one.evaluation) for one in both]
    assert runs[0][:3] == runs[1][:3]
    assert dict(runs[0][3]) == dict(runs[1][3])
    ours, theirs = (tfma.load_eval_result(one.evaluation) for one in both)
    assert ours.config == theirs.config
    assert names(ours.slicing_metrics) == names(theirs.slicing_metrics)
    assert len(ours.plots) == len(theirs.plots)
    assert len(ours.attributions) == len(theirs.attributions)


def test_the_verdict_is_the_same(both: tuple[Outcome, Outcome]) -> None:
    ours, theirs = (tfma.load_validation_result(one.evaluation) for one in both)
    assert normal(ours) == normal(theirs)


def test_the_blessing_is_the_same(both: tuple[Outcome, Outcome]) -> None:
    ours, theirs = (one.blessing for one in both)
    files = [sorted(p.name for p in Path(b.uri).iterdir()) for b in (ours, theirs)]
    assert files[0] == files[1]
    assert properties(ours) == properties(theirs)


def test_model_tests_read_it_as_they_read_the_stock_one(
    both: tuple[Outcome, Outcome],
) -> None:
    ours, theirs = (read_evaluation(one.evaluation) for one in both)
    assert ours.ok == theirs.ok
    assert ours.examples == theirs.examples
    assert ours.unseen == theirs.unseen
    assert sorted((c.metric, c.slice, c.kind, c.ok) for c in ours.checks) == sorted(
        (c.metric, c.slice, c.kind, c.ok) for c in theirs.checks
    )


def metrics(outcome: Outcome) -> dict[Any, dict[Any, Any]]:
    """The value of each metric, by slice and by key."""
    found: dict[Any, dict[Any, Any]] = {}
    for sliced in tfma.load_metrics(outcome.evaluation):
        values: dict[Any, Any] = {
            name: value.debug_message for name, value in sliced.metrics.items()
        }
        for each in sliced.metric_keys_and_values:
            key = each.key.SerializeToString(deterministic=True)
            assert each.value.HasField("double_value")
            values[key] = each.value.double_value.value
        found[slicer_lib.deserialize_slice_key(sliced.slice_key)] = values
    return found


def nearly(value: Any) -> Any:
    """What a value equals, up to rounding; a text equals itself."""
    if isinstance(value, str):
        return value
    return pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True)


def names(slicing_metrics: Any) -> Any:
    """Slices, outputs, sub-keys and names of the metrics that a view shows."""
    return sorted(
        (repr(key), output, sub_key, sorted(metrics))
        for key, outputs in slicing_metrics
        for output, sub_keys in outputs.items()
        for sub_key, metrics in sub_keys.items()
    )


def normal(validation: Any) -> Any:
    """The same with its slices in one order, and numbers rounded."""
    for sliced in validation.metric_validations_per_slice:
        for failure in sliced.failures:
            value = failure.metric_value.double_value
            value.value = round(value.value, 6)
    failures = sorted(map(str, validation.metric_validations_per_slice))
    details = sorted(map(str, validation.validation_details.slicing_details))
    missing = sorted(map(str, validation.missing_slices))
    return validation.validation_ok, failures, details, missing


def properties(blessing: Any) -> Any:
    return {
        name: str(value)
        for name, value in blessing.mlmd_artifact.custom_properties.items()
    }
