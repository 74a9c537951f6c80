"""A model with known weights is explained by them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.explain import known_models
from tests.explain.known_models import SERVED, Served, rows, write_examples, write_known
from tests.serving.serving_models import write_model

from tidegate.errors import ComponentError, DataError, TidegateError, UsageError
from tidegate.explain.explaining import explain
from tidegate.explain.importance import Importance
from tidegate.explain.metrics import METRICS
from tidegate.explain.question import Question

ASKED = Question(label="answer", weight="mass")


def explained(model: Path, files: list[Path], **changes: Any) -> Importance:
    return explain(model, files, replace(ASKED, **changes))


def drops(importance: Importance) -> dict[str, float]:
    return {one.feature: one.drop for one in importance.features}


@pytest.fixture(scope="session")
def found(known: Path, files: list[Path]) -> Importance:
    return explain(known, files, ASKED)


def test_the_features_come_in_the_order_of_their_weights(found: Importance) -> None:
    assert [one.feature for one in found.features] == [
        "strong",
        "kind",
        "weak",
        "idle",
    ]
    assert found.features[0].drop > 0.15
    assert found.features[2].drop > 0.005
    assert found.features[-1].drop == 0
    assert (found.method, found.metric, found.constant) == ("permutation", "auc", 0.5)
    assert (found.repeats, found.seed) == (ASKED.repeats, ASKED.seed)


def test_the_value_is_the_metric_of_the_model(found: Importance) -> None:
    counted = rows(800)[:-1]
    label = np.array([row["answer"] for row in counted], float)
    logit = np.array([known_models._logit(row) for row in counted])
    assert found.rows == len(counted)
    expected = METRICS["auc"].of(label, np.ones(len(label)), logit)
    assert found.value == pytest.approx(expected, abs=1e-4)


def test_the_same_question_has_the_same_answer(
    found: Importance, known: Path, files: list[Path]
) -> None:
    assert explained(known, files) == found
    assert explained(known, files, seed=7) != found


def test_a_feature_that_the_model_does_not_read_has_no_importance(
    found: Importance, known: Path, files: list[Path]
) -> None:
    told = explained(known, files, features=("unread", "weak"))
    assert drops(told) == {"weak": drops(found)["weak"], "unread": 0.0}
    assert told.features[1].alone == pytest.approx(0.5, abs=0.05)


def test_a_leak_explains_all(tmp_path: Path, files: list[Path]) -> None:
    told = explained(write_known(tmp_path / "model", known_models.leaky), files)
    first = told.features[0]
    assert first.feature == "leak"
    assert told.value == pytest.approx(1)
    assert first.share == pytest.approx(1, abs=0.05)
    assert first.alone == pytest.approx(told.value)
    assert all(one.drop < 0.01 for one in told.features[1:])


@pytest.mark.parametrize("served", [known_models.one_by_one, known_models.one_op_each])
def test_it_does_not_matter_how_the_model_parses(
    served: Served, tmp_path: Path, files: list[Path], found: Importance
) -> None:
    told = explained(write_known(tmp_path / "model", served), files)
    assert drops(told) == pytest.approx(drops(found), abs=1e-6)


def test_what_is_read_unseen_is_found_by_trying(
    tmp_path: Path, files: list[Path]
) -> None:
    model = write_known(tmp_path / "model", known_models.secretive)
    told = explained(model, files)
    # Texts have different lengths, and one number is missing now and then.
    assert set(drops(told)) == {"weak", "kind", "strong"}
    assert all(drops(told).values())


def test_a_model_with_named_inputs_is_explained_too(
    tmp_path: Path, files: list[Path]
) -> None:
    model = write_model(
        tmp_path / "model",
        lambda given: tf.sigmoid(3 * given["leak"] + given["idle"]),
        features=("leak", "idle"),
        takes_records=False,
    )
    told = explained(model, files, label_from=None)
    assert [one.feature for one in told.features] == ["leak", "idle"]


def test_label_and_weight_may_be_raw_features(
    found: Importance, known: Path, files: list[Path]
) -> None:
    assert explained(known, files, label_from=None) == found


def test_rows_without_a_label_are_left_out(known: Path, tmp_path: Path) -> None:
    given = rows(60)
    for row in given[:20]:
        row["answer"] = None
    folder = write_examples(tmp_path / "examples", given)
    told = explained(known, sorted(folder.glob("*/*")), label_from=None)
    assert told.rows == 39  # The last one weighs nothing.


def test_a_missing_value_stays_missing(tmp_path: Path) -> None:
    """A model of who has a value: filled ones would make all rows alike."""

    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {"strong": tf.io.VarLenFeature(tf.float32)}
        given = tf.sparse.to_dense(tf.io.parse_example(examples, spec)["strong"], -99.0)
        there = tf.reduce_any(given > -99.0, axis=1)
        return {"probability": 0.1 + 0.8 * tf.cast(there, tf.float32)}

    given = rows(200)
    for row in given:
        row["answer"] = int(row["strong"] is not None)
    folder = write_examples(tmp_path / "examples", given)
    model = write_known(tmp_path / "model", served)
    told = explained(model, sorted(folder.glob("*/*")))
    assert told.value == 1
    # One row in ten lacks it: as many do after the shuffle, in other rows.
    assert told.features[0].drop == pytest.approx(0.5, abs=0.1)


def test_regression_is_measured_by_its_error(tmp_path: Path, files: list[Path]) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {"unread": tf.io.FixedLenFeature([], tf.float32, 0.0)}
        return {"rank": tf.io.parse_example(examples, spec)["unread"][:, None]}

    model = write_known(tmp_path / "model", served)
    told = explained(model, files, label="unread", weight=None, label_from=None)
    assert (told.metric, told.value) == ("rmse", 0)
    assert told.constant == pytest.approx(np.sqrt((800**2 - 1) / 12))
    assert told.features[0].share == 1


def test_one_of_several_classes_is_measured_by_accuracy(
    tmp_path: Path, files: list[Path]
) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        leak = tf.io.parse_example(
            examples, {"leak": tf.io.FixedLenFeature([], tf.float32, 0.0)}
        )["leak"]
        return {"shares": tf.one_hot(tf.cast(leak, tf.int64), 3)}

    model = write_known(tmp_path / "model", served)
    told = explained(model, files)
    assert (told.metric, told.value) == ("accuracy", 1)
    assert told.features[0].feature == "leak"


def test_of_two_probabilities_the_second_counts(
    tmp_path: Path, files: list[Path], found: Importance
) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        held = known_models.probability(examples)["probability"]
        return {"shares": tf.stack([1 - held, held], axis=1), "rest": held}

    model = write_known(tmp_path / "model", served)
    told = explained(model, files, output="shares")
    assert drops(told) == pytest.approx(drops(found), abs=1e-6)


def test_rows_without_a_prediction_are_left_out(
    tmp_path: Path, files: list[Path]
) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {"weak": tf.io.FixedLenFeature([], tf.float32, 0.0)}
        return {"found": tf.sqrt(tf.io.parse_example(examples, spec)["weak"]) / 9}

    told = explained(write_known(tmp_path / "model", served), files)
    assert told.rows == sum(row["weak"] >= 0 for row in rows(800)[:-1])


def test_a_sample_of_some_rows_is_enough(known: Path, files: list[Path]) -> None:
    told = explained(known, files, rows=200)
    assert 190 < told.rows <= 200
    assert told.features[0].feature == "strong"
    assert {one.feature for one in told.features} == set(SERVED)


def _nan(examples: tf.Tensor) -> dict[str, tf.Tensor]:
    return {"found": known_models.probability_of_weak(examples) * np.nan}


def _two(examples: tf.Tensor) -> dict[str, tf.Tensor]:
    held = known_models.probability_of_weak(examples)
    return {"one": held, "other": held}


def _text(examples: tf.Tensor) -> dict[str, tf.Tensor]:
    return {"text": tf.strings.as_string(known_models.probability_of_weak(examples))}


@pytest.mark.parametrize(
    ("served", "changes", "kind", "said"),
    [
        (_nan, {}, ComponentError, "predicts no number"),
        (_two, {}, UsageError, "one of 'one', 'other'"),
        (_two, {"output": "none"}, UsageError, "no output 'none'"),
        (_text, {}, UsageError, "not one number a row"),
    ],
)
def test_what_a_model_answers_must_be_numbers(
    served: Served,
    changes: dict[str, Any],
    kind: type[TidegateError],
    said: str,
    tmp_path: Path,
    files: list[Path],
) -> None:
    with pytest.raises(kind, match=said):
        explained(write_known(tmp_path / "model", served), files, **changes)


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"signature": "none"}, UsageError, "no signature 'none'"),
        ({"label_from": "none"}, UsageError, "the label is a raw feature"),
        ({"label": "none"}, UsageError, "one of 'answer', 'mass'"),
        ({"weight": "none"}, UsageError, "one of 'answer', 'mass'"),
        ({"label": "none", "label_from": None}, UsageError, "no 'none'"),
        ({"label": "kind", "label_from": None}, UsageError, "not one number a row"),
        ({"label": "mass"}, DataError, "only label 1"),
        ({"metric": "auc", "label": "weak", "label_from": None}, UsageError, "'auc'"),
        ({"features": ("stron",)}, UsageError, "did you mean strong"),
        ({"features": ("strong", "zzz")}, UsageError, "correct the names"),
    ],
)
def test_what_does_not_fit_is_refused(
    changes: dict[str, Any],
    kind: type[TidegateError],
    said: str,
    known: Path,
    files: list[Path],
) -> None:
    with pytest.raises(kind, match=said):
        explained(known, files, **changes)


def test_rows_that_weigh_nothing_explain_nothing(known: Path, tmp_path: Path) -> None:
    given = rows(20)
    for row in given[1:]:
        row["mass"] = 0.0
    folder = write_examples(tmp_path / "examples", given)
    with pytest.raises(DataError, match="too few rows") as told:
        explained(known, sorted(folder.glob("*/*")))
    assert told.value.got == "1"


def test_a_model_that_is_random_is_explained_with_a_warning(
    tmp_path: Path, files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        held = known_models.probability(examples)["probability"]
        return {"found": held * tf.random.uniform(tf.shape(held), 0.9, 1.0)}

    told = explained(write_known(tmp_path / "model", served), files)
    assert told.features[0].feature == "strong"
    assert "same rows twice" in caplog.text
