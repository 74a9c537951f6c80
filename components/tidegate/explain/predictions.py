"""Predictions and true labels as numbers, out of what signatures answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.columnar.example_decoding import decode_columns
from tidegate.errors import DataError, UsageError
from tidegate.explain.metrics import METRICS, Metric, Numbers, Predictions
from tidegate.explain.question import Question

Outputs = Mapping[str, Any]
_SUMS_TO_ONE = 1e-3


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of the rows.

    Attributes:
        label: Label of each row; not finite where it has none.
        weight: Weight of each row.
    """

    label: Numbers
    weight: Numbers

    @property
    def counts(self) -> Any:
        """True for each row that has a label and a weight above 0."""
        return np.isfinite(self.label) & np.isfinite(self.weight) & (self.weight > 0)

    def of(self, rows: Any) -> Truth:
        """Some rows, by a mask."""
        return Truth(self.label[rows], self.weight[rows])


def truth_of_outputs(outputs: Outputs, question: Question, rows: int) -> Truth:
    """Label and weight of each row, out of the answer of the model's signature.

    Raises:
        UsageError: The signature has no such output, or it is no number a row.
    """
    where = f"signature {question.label_from!r}"
    label = _one_a_row(outputs, question.label, where, rows)
    if question.weight is None:
        return Truth(label, np.ones(rows))
    return Truth(label, _one_a_row(outputs, question.weight, where, rows))


def truth_of_records(records: Sequence[bytes], question: Question) -> Truth:
    """Label and weight of each row, out of raw features.

    Raises:
        UsageError: The examples have no such feature, or it is no number a row.
    """
    named = [question.label, *([question.weight] if question.weight else [])]
    found = {
        name: _of_column(column)
        for name, column in decode_columns(records, named).items()
    }
    label = _one_a_row(found, question.label, "the examples", len(records))
    if question.weight is None:
        return Truth(label, np.ones(len(records)))
    weight = _one_a_row(found, question.weight, "the examples", len(records))
    return Truth(label, weight)


def prediction_of(outputs: Outputs, question: Question) -> Predictions:
    """What is predicted of each row: a number, or a probability a class.

    Of two probabilities that sum to 1 it is the second.

    Raises:
        UsageError: It is not said which output, or it is something else.
    """
    name = question.output
    if name is None and len(outputs) == 1:
        (name,) = outputs
    if name is None or name not in outputs:
        raise _no_output(
            "it is not said which output is the prediction"
            if name is None
            else f"the signature has no output {name!r}",
            f"signature {question.signature!r}",
            outputs,
            "output",
        )
    found = np.asarray(outputs[name])
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim not in (1, 2) or found.dtype.kind not in "fiub":
        raise _no_numbers(name, f"signature {question.signature!r}", found)
    numbers = found.astype(np.float64)
    if numbers.ndim == 2 and numbers.shape[1] == 2 and _are_shares(numbers):
        return numbers[:, 1]
    return numbers


def metric_for(name: str | None, label: Numbers, prediction: Predictions) -> Metric:
    """The metric that is asked for, or that of the task.

    Args:
        name: Its name; None takes "auc" for labels of 0 and 1 with predictions
            within 0 and 1, "accuracy" for a probability a class, else "rmse".
        label: Labels of the rows that count.
        prediction: Predictions of them.

    Raises:
        UsageError: It is not defined for such predictions or labels.
        DataError: All labels are the same, and it needs both.
    """
    binary = bool(np.isin(label, (0, 1)).all())
    within = bool(((prediction >= 0) & (prediction <= 1)).all())
    several = prediction.ndim > 1
    if name is None:
        name = "accuracy" if several else "auc" if binary and within else "rmse"
    fits = {
        "auc": binary and not several,
        "rmse": not several,
        "mae": not several,
    }.get(name, within and (_are_classes(label, prediction) if several else binary))
    if not fits:
        raise _does_not_fit(name, label, prediction)
    if name == "auc" and len(np.unique(label)) < 2:
        raise DataError(
            "all rows have the same label, and auc compares two",
            where=f"{len(label):,} rows",
            expected="rows with label 0 and rows with label 1",
            got=f"only label {label[0]:g}",
            fix='explain more rows, or take another metric, such as "log_loss"',
        )
    return METRICS[name]


def _are_shares(numbers: Predictions) -> bool:
    sums = numbers.sum(axis=1)
    return bool((numbers >= 0).all() and (np.abs(sums - 1) < _SUMS_TO_ONE).all())


def _are_classes(label: Numbers, prediction: Predictions) -> bool:
    whole = label == np.floor(label)
    return bool((whole & (label >= 0) & (label < prediction.shape[1])).all())


def _of_column(column: pa.Array) -> Any:
    """A column of single numbers with NaN for a missing one; else as it is."""
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _one_a_row(outputs: Outputs, name: str, where: str, rows: int) -> Numbers:
    if name not in outputs:
        raise _no_output(f"there is no {name!r}", where, outputs, "label and weight")
    found = np.asarray(outputs[name])
    if found.size != rows or found.dtype.kind not in "fiub":
        raise _no_numbers(name, where, found)
    return found.reshape(-1).astype(np.float64)


def _no_output(message: str, where: str, outputs: Outputs, setting: str) -> UsageError:
    return UsageError(
        message,
        where=where,
        expected="one of " + ", ".join(map(repr, sorted(outputs)))
        if outputs
        else "one that is there",
        got="none of that name",
        fix=f"name what is there as {setting}; label_from says where the label is",
    )


def _no_numbers(name: str, where: str, found: Any) -> UsageError:
    return UsageError(
        f"{name!r} is not one number a row",
        where=where,
        expected="numbers, one a row",
        got=f"{found.dtype} of shape {found.shape}",
        fix="name another one, or give it as a number in a signature of the model",
    )


def _does_not_fit(name: str, label: Numbers, prediction: Predictions) -> UsageError:
    shape = "one number" if prediction.ndim == 1 else f"{prediction.shape[1]} numbers"
    span = f"from {prediction.min():.3g} to {prediction.max():.3g}"
    return UsageError(
        f"the metric {name!r} is not defined for this model",
        where="metric",
        expected={
            "auc": "labels of 0 and 1, and one number a row",
            "rmse": "one number a row",
            "mae": "one number a row",
        }.get(name, "probabilities, and labels that are their classes"),
        got=f"{shape} a row, {span}, and {len(np.unique(label)):,} different labels",
        fix="take another metric, or leave it out for that of the task",
    )
