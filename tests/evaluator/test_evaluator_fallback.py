"""What is not covered goes to the stock Evaluator, and the log says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import evaluation_trial as trial
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from evaluation_trial import Problem
from tfx.components.evaluator import executor as stock

from tidegate.errors import UsageError
from tidegate.evaluator.metrics.plan import MetricPlan, Uncovered

CONFIG = """
  model_specs { signature_name: "serving_default" label_key: "late" %s }
  %s
  metrics_specs { metrics { class_name: "%s" } %s }
"""
ROWS = trial.draw(20)


def config(model: str = "", more: str = "", metric: str = "AUC", spec: str = "") -> str:
    return CONFIG % (model, more, metric, spec)


def classifier() -> tf.Module:
    """A classifier of serialized examples that takes no more than 30 at once."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(examples: Any) -> Any:
        tf.debugging.assert_less(tf.shape(examples)[0], 31)
        features = {"x": tf.io.FixedLenFeature([], tf.float32)}
        return tf.sigmoid(tf.io.parse_example(examples, features)["x"])

    module.exported = {"serving_default": serving_default}
    return module


PLAIN = Problem(ROWS, classifier, config())


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, nothing_packed: None) -> list[dict[str, Any]]:
    """The properties of each run of the stock executor, which does nothing."""
    found: list[dict[str, Any]] = []

    def do(_: Any, inputs: Any, outputs: Any, properties: dict[str, Any]) -> None:
        assert inputs["examples"]
        assert not list(Path(outputs["evaluation"][0].uri).iterdir())
        assert not list(Path(outputs["blessing"][0].uri).iterdir())
        found.append(properties)

    monkeypatch.setattr(stock.Executor, "Do", do)
    return found


def test_a_plain_config_needs_no_stock_evaluator(
    runs: list[Any], tmp_path: Path
) -> None:
    trial.prepare(PLAIN, tmp_path)
    outcome = trial.run(PLAIN, tmp_path)
    assert not runs
    assert len(outcome.said) == 2
    assert "20 rows" in outcome.said[0]
    # Without thresholds a model is neither blessed nor refused.
    assert not list(Path(outcome.blessing.uri).iterdir())


CONFIGS = {
    "sql": (
        config(more='slicing_specs { slice_keys_sql: "SELECT 1" }'),
        "slices are made by SQL",
    ),
    "cross": (
        config(more="cross_slicing_specs { baseline_spec {} }"),
        "cross_slicing_specs are set",
    ),
    "tfjs": (config('model_type: "tf_js"'), "models of type tf_js"),
    "padding": (
        config("padding_options { label_int_padding: 1 }"),
        "padding options are set",
    ),
    "at": (
        config('preprocessing_function_names: "_ragged@x"'),
        "a preprocessing function of TFMA's own is used",
    ),
    "disabled": (
        config(more='options { disabled_outputs { values: "plots" } }'),
        "outputs are disabled",
    ),
    "query": (
        config(spec='query_key: "carrier"'),
        "metrics are grouped by a query key",
    ),
    "no-metrics": (
        'model_specs { signature_name: "serving_default" label_key: "late" }',
        "the config has no metrics",
    ),
}


@pytest.mark.parametrize(("text", "reason"), list(CONFIGS.values()), ids=list(CONFIGS))
def test_a_config_beyond_the_columnar_path_is_named(
    text: str, reason: str, runs: list[Any], tmp_path: Path
) -> None:
    trial.prepare(PLAIN, tmp_path)
    outcome = trial.run(replace(PLAIN, config=text), tmp_path)
    assert outcome.said == [f"evaluating with the stock Evaluator on Beam: {reason}"]
    assert len(runs) == 1


def test_metrics_that_are_not_covered_are_named(
    runs: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MetricPlan, "of", lambda *_: Uncovered("a metric of one's own"))
    trial.prepare(PLAIN, tmp_path)
    outcome = trial.run(PLAIN, tmp_path)
    assert len(runs) == 1
    assert "Beam: a metric of one's own" in outcome.said[0]


PROPERTIES = {
    "module": ({"module_file": "code.py"}, "module_file brings functions of its own"),
    "fairness": (
        {"fairness_indicator_thresholds": "[0.5]"},
        "fairness_indicator_thresholds are set",
    ),
    "config": ({"eval_config": None}, "there is no eval_config"),
}


@pytest.mark.parametrize(
    ("properties", "reason"), list(PROPERTIES.values()), ids=list(PROPERTIES)
)
def test_a_parameter_beyond_the_columnar_path_is_named(
    properties: dict[str, Any], reason: str, runs: list[Any], tmp_path: Path
) -> None:
    trial.prepare(PLAIN, tmp_path)
    outcome = trial.run(PLAIN, tmp_path, **properties)
    assert outcome.said == [f"evaluating with the stock Evaluator on Beam: {reason}"]
    assert len(runs) == 1


def with_first(row: dict[str, Any]) -> Problem:
    return replace(PLAIN, rows=[{**ROWS[0], **row}, *ROWS[1:]])


DATA = {
    "no-label": (with_first({"late": None}), "labels are not as many in every row"),
    "two-labels": (with_first({"late": [0, 1]}), "labels are not as many in every row"),
    "text-label": (
        replace(PLAIN, config=config().replace('"late"', '"carrier"')),
        "labels are not numbers",
    ),
    "no-such-label": (
        replace(PLAIN, config=config().replace('"late"', '"early"')),
        "there are no labels",
    ),
    "batch": (
        replace(PLAIN, rows=trial.draw(80)),
        "a batch cannot be evaluated whole: ValueError in _batch_reducible_process",
    ),
    "weights": (
        replace(
            with_first({"weight": [1.0, 2.0]}),
            config=config('example_weight_key: "weight"'),
        ),
        "weights are not as many in every row",
    ),
    "no-weight": (
        replace(
            PLAIN,
            rows=[{**row, "weight": 0.0} for row in ROWS],
            config=config('example_weight_key: "weight"', metric="ExactMatch"),
        ),
        "metrics cannot be computed of rows without weight",
    ),
}


@pytest.mark.parametrize(("problem", "reason"), list(DATA.values()), ids=list(DATA))
def test_data_beyond_the_columnar_path_leave_nothing_behind(
    problem: Problem, reason: str, runs: list[Any], tmp_path: Path
) -> None:
    trial.prepare(problem, tmp_path)
    outcome = trial.run(problem, tmp_path)
    (said,) = outcome.said
    # The place of an error, in brackets, is another one in each TFMA.
    assert said.partition(" (")[0] == (
        f"evaluating with the stock Evaluator on Beam: {reason}"
    )
    assert len(runs) == 1


REFUSED = {
    "metric": (config(metric="FalsePositiveRate"), "ValueError: Unknown metric"),
    "change": (
        config(
            'name: "new"',
            """metrics_specs { metrics { class_name: "Recall" threshold {
              change_threshold { direction: HIGHER_IS_BETTER absolute {} } } } }""",
        ),
        "RuntimeError: There are change thresholds, but the baseline is missing",
    ),
}


@pytest.mark.parametrize(("text", "got"), list(REFUSED.values()), ids=list(REFUSED))
def test_a_config_that_tfma_refuses_is_refused_in_its_words(
    text: str, got: str, runs: list[Any], tmp_path: Path
) -> None:
    problem = replace(PLAIN, config=text, baseline=classifier)
    trial.prepare(problem, tmp_path)
    with pytest.raises(UsageError, match="TFMA refuses the EvalConfig") as caught:
        trial.run(problem, tmp_path)
    assert str(caught.value.got).startswith(got)
    assert not runs


def test_the_engine_beam_is_the_stock_evaluator(
    runs: list[Any], tmp_path: Path
) -> None:
    trial.prepare(PLAIN, tmp_path)
    outcome = trial.run(PLAIN, tmp_path, engine="beam")
    assert not outcome.said
    # The stock executor knows no engine.
    assert "engine" not in runs[0]


def test_the_stock_evaluator_does_what_is_left_to_it(
    tmp_path: Path, nothing_packed: None
) -> None:
    problem = replace(PLAIN, config=config(metric="CalibrationPlot"))
    trial.prepare(problem, tmp_path)
    outcome = trial.run(problem, tmp_path)
    assert len(outcome.said) == 1
    assert "calibration_plot" in outcome.said[0]
    (plots,) = tfma.load_plots(outcome.evaluation)
    assert plots.plot_keys_and_values
