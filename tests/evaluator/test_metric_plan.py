"""A plan of a whole config: models, outputs, comparison, and what it leaves to TFMA."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.evaluator.metric_oracle import assert_alike, config_of, members

from tidegate.evaluator.metrics.plan import MetricPlan, Predicted, Uncovered

ROWS = 240
RANDOM = np.random.default_rng(3)
LABELS = (RANDOM.random((ROWS, 1)) < 0.4).astype(np.float32)
SCORES = {
    (model, output): RANDOM.random((ROWS, 1)).astype(np.float32)
    for model in ("candidate", "baseline")
    for output in ("late", "lost")
}
WEIGHTS = RANDOM.random((ROWS, 1)).astype(np.float32)
EVEN = np.arange(0, ROWS, 2)


def two_models(method: str | None = None) -> Any:
    """A config that compares two models with two outputs each."""
    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2
    from tensorflow_model_analysis.utils import config_util

    named = ["AUC", "Precision", "ExampleCount", "MeanSquaredError"]
    metrics = [{"class_name": name} for name in named]
    matrix = {
        "class_name": "ConfusionMatrixAtThresholds",
        "config": '{"thresholds": [0.5]}',
    }
    outputs, rows = ["late", "lost"], '{"name": "rows"}'
    config: dict[str, Any] = {
        "model_specs": [
            {
                "name": name,
                "label_key": "label",
                "example_weight_key": "weight",
                "is_baseline": name == "baseline",
            }
            for name in ("candidate", "baseline")
        ],
        "metrics_specs": [
            {
                "metrics": metrics,
                "output_names": outputs,
                "output_weights": {"late": 1.0, "lost": 2.0},
                "example_weights": {"weighted": True, "unweighted": True},
            },
            {"metrics": [matrix], "output_names": outputs},
            {
                "metrics": [{"class_name": "ExampleCount", "config": rows}],
                "example_weights": {"unweighted": True},
            },
        ],
    }
    if method:
        config["options"] = {
            "compute_confidence_intervals": True,
            "confidence_intervals": {"method": method},
        }
    read = json_format.ParseDict(config, config_pb2.EvalConfig())
    return config_util.update_eval_config_with_defaults(read, has_baseline=True)


def run_tfma(config: Any, folder: Path) -> dict[Any, dict[Any, Any]]:
    """TFMA's values by slice, of a run on Beam."""
    import apache_beam as beam
    from tensorflow_model_analysis.evaluators import (
        metrics_plots_and_validations_evaluator as evaluator,
    )

    def keep(results: list[Any], file: str) -> None:
        Path(file).write_bytes(pickle.dumps(results))

    file = folder / "results"
    runner = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"
    with beam.Pipeline(runner=runner) as pipeline:
        rows = pipeline | beam.Create([extracts(row) for row in range(ROWS)])
        compute = evaluator._ComputeMetricsAndPlots(
            eval_config=config, metrics_specs=list(config.metrics_specs)
        )
        results = (rows | compute)["metrics"]
        _ = results | beam.combiners.ToList() | beam.Map(keep, str(file))
    found: dict[Any, dict[Any, Any]] = dict(pickle.loads(file.read_bytes()))
    return found


def extracts(row: int) -> dict[str, Any]:
    """A row as TFMA's extractors leave it."""
    scores = {
        model: {output: SCORES[model, output][row] for output in ("late", "lost")}
        for model in ("candidate", "baseline")
    }
    return {
        "labels": LABELS[row],
        "predictions": scores,
        "example_weights": WEIGHTS[row],
        "features": {},
        "_slice_key_types": [(), (("even", 1),)] if row % 2 == 0 else [()],
    }


def our_values(config: Any) -> list[dict[Any, Any]]:
    """The plan's values of all rows and of the even ones, with comparisons."""
    plan = MetricPlan.of(config)
    assert isinstance(plan, MetricPlan), plan
    assert set(plan.needed()) == set(SCORES)
    batch = {
        (model, output): Predicted(LABELS, scores, WEIGHTS)
        for (model, output), scores in SCORES.items()
    }
    state = plan.look(batch, *members((np.arange(ROWS), EVEN)), 2)
    return plan.diffs(plan.values(state))


def test_models_and_outputs_are_compared_as_tfma_does_on_beam(
    tmp_path: Path,
) -> None:
    theirs = run_tfma(two_models(), tmp_path)
    whole, even = our_values(two_models())

    assert_alike(whole, theirs[()])
    assert_alike(even, theirs[(("even", 1),)])
    assert any(key.is_diff for key in whole)
    assert {key.output_name for key in whole} == {"late", "lost", ""}
    assert {key.example_weighted for key in whole} == {True, False}


def test_intervals_of_comparisons_have_tfmas_keys() -> None:
    whole, _ = our_values(two_models("JACKKNIFE"))
    plain, _ = our_values(two_models())
    assert set(whole) == set(plain)
    without = {key for key, value in whole.items() if not isinstance(value, tuple)}
    assert {key.name for key in without} == {"example_count", "rows"}
    for key, value in whole.items():
        truth = plain[key]
        assert_alike(value if key in without else value.unsampled_value, truth)


LEFT_TO_TFMA = {
    "query": (("AUC",), {"query_key": "user"}, "query_key 'user'"),
    "plot": (("CalibrationPlot",), {}, "the plot calibration_plot"),
    "matrix plot": (("ConfusionMatrixPlot",), {}, "the plot confusion_matrix_plot"),
    "losing": (("Hinge",), {}, "Hinge of Keras"),
    "unknown": (("NoSuchMetric",), {}, "TFMA refuses"),
    "ranking": ((("NDCG", {"gain_key": "g"}),), {}, "NDCG"),
    "position": (("MinLabelPosition",), {}, "MinLabelPosition"),
    "attributions": (("MeanAttributions",), {}, "Attributions"),
    "ids": (
        (("FalsePositiveFeatureSampler", {"feature_key": "a", "sample_size": 2}),),
        {},
        "example_id_key",
    ),
    "same threshold": (
        (("ConfusionMatrixAtThresholds", {"thresholds": [0.5, 0.5]}),),
        {},
        "the same threshold twice",
    ),
    "setting": ((("AUC", {"no_such": 1}),), {}, "TFMA refuses"),
    "setting of Keras": (
        (("SparseCategoricalCrossentropy", {"ignore_class": 1}),),
        {},
        "ignore_class=1",
    ),
}


@pytest.mark.parametrize("case", LEFT_TO_TFMA)
def test_what_is_not_covered_is_named(case: str) -> None:
    metrics, changes, reason = LEFT_TO_TFMA[case]
    plan = MetricPlan.of(config_of(*metrics, **changes))
    assert isinstance(plan, Uncovered)
    assert reason in plan.reason


def test_a_metric_of_a_users_module_is_left_to_tfma() -> None:
    config = config_of("AUC")
    metric = config.metrics_specs[0].metrics.add()
    metric.class_name, metric.module = "OwnMetric", "flights_metrics"
    plan = MetricPlan.of(config)
    assert isinstance(plan, Uncovered)
    assert plan.reason == "OwnMetric of flights_metrics"


def test_a_state_of_no_rows_adds_nothing() -> None:
    plan = MetricPlan.of(two_models())
    assert isinstance(plan, MetricPlan)
    batch = {key: Predicted(LABELS, scores) for key, scores in SCORES.items()}
    state = plan.look(batch, *members((np.arange(ROWS),)), 1)
    alone, together = plan.values(state), plan.values(plan.start().merge(state))
    assert_alike(together[0], alone[0])
