"""The importance of a model's features, measured on rows of examples.

Loads the model, and with it TensorFlow, when it is called; nothing of TFX.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from tidegate.errors import DataError, UsageError
from tidegate.explain.entries import RowEntries
from tidegate.explain.importance import FeatureImportance, Importance
from tidegate.explain.permutation import permutation_importance
from tidegate.explain.predictions import (
    Truth,
    metric_for,
    truth_of_outputs,
    truth_of_records,
)
from tidegate.explain.question import Question
from tidegate.explain.sampling import sample_records
from tidegate.explain.shapley import demand_shap, shap_importance
from tidegate.explain.signatures import Signatures
from tidegate.explain.subject import BATCH, Rows, Subject, finite, predicts_nothing
from tidegate.runners import progress
from tidegate.saved_model.loadable import demand_safe_operations
from tidegate.serving.predictor import Predictor

_FEWEST = 2


def explain(
    model: Path,
    files: Sequence[Path],
    question: Question,
    allow_ops: Collection[str] = (),
) -> Importance:
    """How much each feature matters to the model's predictions.

    Args:
        model: Folder with a SavedModel, or a Model artifact's.
        files: TFRecord files of raw tf.Examples.
        question: What is asked.
        allow_ops: Operations that the model may have although they do more than
            compute, because somebody answers for them.

    Raises:
        SecurityError: The model could do more than compute.
        ComponentError: The model cannot be loaded or called.
        DataError: The examples cannot be read, or do not tell anything.
        UsageError: The question does not fit the model or the examples.
    """
    if question.method == "shap":
        demand_shap()
    signatures = Signatures(model)
    demand_safe_operations(signatures.folder, allow_ops)
    _demand_signatures(signatures, question)
    progress.stage("sampling")
    records = sample_records(files, question.rows, question.seed)
    if len(records) < _FEWEST:
        raise _too_few(len(records), len(records))
    progress.stage("loading the model")
    subject = Subject(signatures, question, allow_ops)
    truth = _truth(signatures.folder, records, question, allow_ops)
    rows = _counted(subject, records, truth, question)
    features = _features(rows, records, question)
    found = (
        _by_shap(subject, rows, features, question)
        if question.method == "shap"
        else _by_permutation(rows, features, question)
    )
    return Importance(
        method="shap" if question.method == "shap" else "permutation",
        metric=rows.metric.name,
        value=rows.measure({}),
        constant=rows.constant,
        rows=rows.entries.rows,
        repeats=question.repeats,
        seed=question.seed,
        features=found,
    )


def _counted(
    subject: Subject, records: list[bytes], truth: Truth, question: Question
) -> Rows:
    """The rows with a label, a weight and a prediction, and the metric on them."""
    base = subject.predict(records)
    counted = truth.counts & finite(base)
    if counted.sum() < _FEWEST:
        labelled = int(truth.counts.sum())
        if labelled >= _FEWEST:
            raise predicts_nothing(labelled)
        raise _too_few(labelled, len(records))
    if not counted.all():
        records = [one for one, counts in zip(records, counted, strict=True) if counts]
        truth, base = truth.of(counted), base[counted]
    metric = metric_for(question.metric, truth.label, base)
    return Rows(subject, records, truth, metric)


def _by_permutation(
    rows: Rows, features: Sequence[str], question: Question
) -> tuple[FeatureImportance, ...]:
    turns = 1 + 2 * question.repeats * len(features)
    progress.stage("shuffling", rows_total=turns * rows.entries.rows)
    return permutation_importance(
        rows.measure,
        rows.metric,
        rows.constant,
        features=features,
        read=rows.read,
        rows=rows.entries.rows,
        repeats=question.repeats,
        seed=question.seed,
    )


def _by_shap(
    subject: Subject, rows: Rows, features: Sequence[str], question: Question
) -> tuple[FeatureImportance, ...]:
    progress.stage("shuffling")
    return shap_importance(
        subject.predict,
        rows.entries,
        features=features,
        repeats=question.repeats,
        seed=question.seed,
    )


def _truth(
    folder: Path,
    records: Sequence[bytes],
    question: Question,
    allow_ops: Collection[str],
) -> Truth:
    if question.label_from is None:
        return truth_of_records(records, question)
    predictor = Predictor(str(folder), question.label_from, allow_ops)
    parts = []
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        parts.append(truth_of_outputs(predictor.predict(batch), question, len(batch)))
    return Truth(
        np.concatenate([one.label for one in parts]),
        np.concatenate([one.weight for one in parts]),
    )


def _features(
    rows: Rows, records: Sequence[bytes], question: Question
) -> tuple[str, ...]:
    """The features to measure.

    Raises:
        UsageError: One is neither read by the model nor in the examples.
    """
    if question.features is None:
        return rows.read
    asked = tuple(dict.fromkeys(question.features))
    if set(asked) <= set(rows.read):
        return asked
    there = {*rows.read, *RowEntries(records).names}
    unknown = [name for name in asked if name not in there]
    if not unknown:
        return asked
    near = get_close_matches(unknown[0], sorted(there), 3)
    raise UsageError(
        "there is no such feature: " + ", ".join(map(repr, unknown)),
        where="features",
        expected="raw features of the examples",
        got="names that neither the examples nor the model have",
        fix="did you mean " + " or ".join(near) + "?" if near else "correct the names",
    )


def _demand_signatures(signatures: Signatures, question: Question) -> None:
    for setting, name in (
        ("signature", question.signature),
        ("label_from", question.label_from),
    ):
        if name is None or name in signatures.names:
            continue
        raw = (
            ", or say that the label is a raw feature" if setting != "signature" else ""
        )
        raise UsageError(
            f"the model has no signature {name!r}",
            where=setting,
            expected="a signature of the model",
            got=", ".join(signatures.names) or "no signature",
            fix=f"name one of these as {setting}"
            + (raw if setting == "label_from" else ""),
        )


def _too_few(counted: int, sampled: int) -> DataError:
    return DataError(
        "too few rows have a label and a weight above 0",
        where=f"{sampled:,} rows of the sample",
        expected=f"at least {_FEWEST}",
        got=f"{counted:,}",
        fix="name the right label, weight and split, or sample more rows",
    )
