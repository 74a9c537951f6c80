"""The Evaluator keeps every row with its predictions, and what it saw of the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evaluation_trial as trial
import numpy as np
import pytest
import tensorflow as tf
from evaluation_trial import Outcome, Problem

from tidegate.evaluation.facts import Facts, read_facts
from tidegate.evaluation.scored_rows import ScoredRows, read_rows
from tidegate.evaluator import models

ROWS = trial.draw(120)
CONFIG = """
  model_specs {
    signature_name: "serving_default" model_type: "tf_generic"
    label_key: "late" example_weight_key: "weight"
  }
  slicing_specs {}
  slicing_specs { feature_keys: "carrier" }
  slicing_specs { feature_keys: "tags" }
  metrics_specs { metrics { class_name: "AUC" } }
"""
TWO_OUTPUTS = """
  model_specs {
    signature_name: "serving_default" model_type: "tf_generic"
    label_key: "late"
  }
  slicing_specs {}
  metrics_specs { output_names: ["a", "b"] metrics { class_name: "AUC" } }
"""


def scores(slope: float, *outputs: str) -> trial.Build:
    """A classifier of serialized examples."""

    def build() -> tf.Module:
        module = tf.Module()

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="rows")])
        def serving_default(rows: Any) -> Any:
            spec = {"x": tf.io.FixedLenFeature([], tf.float32)}
            x = tf.io.parse_example(rows, spec)["x"]
            return {name: tf.sigmoid(slope * x) for name in outputs or ("score",)}

        module.exported = {"serving_default": serving_default}
        return module

    return build


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an evaluation of two models."""
    problem = Problem(ROWS, scores(1.0), CONFIG, baseline=scores(0.5))
    return evaluated(problem, tmp_path_factory.mktemp("compared"))


def evaluated(problem: Problem, folder: Path) -> Path:
    trial.prepare(problem, folder)
    return Path(trial.run(problem, folder).evaluation)


def rows_of(folder: Path) -> ScoredRows:
    found = read_rows(folder)
    assert found is not None
    return found


def facts_of(folder: Path) -> Facts:
    found = read_facts(folder)
    assert found is not None
    return found


def test_each_row_has_its_label_weight_and_both_predictions(compared: Path) -> None:
    rows = rows_of(compared)
    x = np.array([row["x"] for row in ROWS])

    assert rows.label.tolist() == [row["late"] for row in ROWS]
    assert rows.weight.tolist() == [row["weight"] for row in ROWS]
    np.testing.assert_allclose(rows.prediction, 1 / (1 + np.exp(-x)), rtol=1e-5)
    assert rows.champion is not None
    np.testing.assert_allclose(rows.champion, 1 / (1 + np.exp(-x / 2)), rtol=1e-5)


def test_each_row_has_its_slices(compared: Path) -> None:
    slices = rows_of(compared).slices

    assert slices["carrier"].to_pylist() == [row["carrier"] for row in ROWS]
    for found, row in zip(slices["tags"].to_pylist(), ROWS, strict=True):
        assert found in (row["tags"] or [None])


def test_both_models_are_measured(compared: Path) -> None:
    facts = facts_of(compared)

    assert (facts.task, facts.rows, facts.without_rows) == ("binary", 120, None)
    assert facts.champion is not None
    for model in (facts.model, facts.champion):
        files = [one for one in Path(model.uri).rglob("*") if one.is_file()]
        assert model.size == sum(one.stat().st_size for one in files)
        assert len(model.request_ms) == 50
        assert all(time > 0 for time in model.request_ms)
    assert facts.model.uri != facts.champion.uri


def test_a_score_beyond_one_makes_it_a_regression(tmp_path: Path) -> None:
    config = CONFIG.replace("AUC", "MeanSquaredError").replace('"late"', '"delay"')

    folder = evaluated(Problem(ROWS, scores(1.0), config), tmp_path)

    assert facts_of(folder).task == "regression"
    assert rows_of(folder).champion is None


def test_several_outputs_leave_no_rows_and_a_reason(tmp_path: Path) -> None:
    folder = evaluated(Problem(ROWS, scores(1.0, "a", "b"), TWO_OUTPUTS), tmp_path)

    facts = facts_of(folder)
    assert read_rows(folder) is None
    assert (facts.task, facts.without_rows) == (
        "other",
        "the model has several outputs",
    )


def test_a_model_that_fails_on_one_row_is_evaluated_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise ValueError("batches only")

    monkeypatch.setattr(models.Models, "request_ms", refuse)

    folder = evaluated(Problem(ROWS, scores(1.0), CONFIG), tmp_path)

    assert facts_of(folder).model.request_ms == ()


def test_an_evaluation_that_breaks_leaves_no_rows(
    tmp_path: Path, nothing_packed: None
) -> None:
    problem = Problem([*ROWS, {**ROWS[0], "late": None}], scores(1.0), CONFIG)
    trial.prepare(problem, tmp_path)
    try:
        outcome: Outcome | None = trial.run(problem, tmp_path)
    except Exception:
        outcome = None

    folder = tmp_path / "ours" / "evaluation"
    assert outcome is None or any("Beam" in line for line in outcome.said)
    assert read_rows(folder) is None
    assert not [one for one in folder.rglob("*") if "tidegate" in one.name]
