"""Predictions beside the data that they are for, and the metrics that they make.

Labels and predictions are columns: measured like any other one, their drift is
seen as any other, and what a feature tells of the label is a relation of columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.key_file import KeyFileError
from tidegate.data_tests.label.auc import auc, log_loss
from tidegate.data_tests.label.prediction_file import scores_from
from tidegate.errors import UsageError

Floats = npt.NDArray[np.float64]
PREDICTION = "prediction"

_LEAST_MEAN = 1e-300


@dataclass(frozen=True)
class Metrics:
    """Metrics of a span.

    Attributes:
        values: Each metric's value; not a number where it cannot be told.
        errors: Their standard errors.
    """

    values: Mapping[str, float]
    errors: Mapping[str, float]


def with_predictions(
    table: pa.Table,
    file: Path,
    key: tuple[str, ...],
    column: str,
    name: str = PREDICTION,
) -> pa.Table:
    """The rows with what a model said of each, missing where it said nothing.

    Args:
        table: The rows.
        file: CSV, Parquet or TFRecord of predictions.
        key: Columns, in the file and in the table, that name a row.
        column: Column of the file that holds the predictions.
        name: What the new column is called.

    Raises:
        UsageError: The file cannot be read whole, or a column is not there.
    """
    lacking = [one for one in key if one not in table.column_names]
    if lacking or name in table.column_names:
        raise UsageError(
            f"the data have no column {lacking[0]!r}"
            if lacking
            else f"the data have a column {name!r} already",
            expected="the columns of the key, and none with the name of the new one",
            got=", ".join(table.column_names[:20]),
            fix="name the key's columns, or another name for the predictions",
        )
    try:
        scores = scores_from(file, key, column, table)
    except KeyFileError as error:
        raise UsageError(
            "the predictions cannot be taken",
            where=str(file),
            expected=f"columns {', '.join((*key, column))}, all of it readable",
            got=str(error),
            fix="write the file of predictions again, with the key of each row",
        ) from error
    # What is not a number is no prediction: missing, as in any other column.
    return table.append_column(name, pa.array(scores, mask=np.isnan(scores)))


def class_metrics(
    positive: npt.NDArray[np.bool_], scores: Floats, cut: float = 0.5
) -> Metrics:
    """Metrics of probabilities of a class; rows without a prediction do not count.

    Errors: of means and shares the textbook ones; of the AUC by Hanley and McNeil
    (Radiology 1982).

    Args:
        positive: Whether each row is of the class.
        scores: The probability that it is, not a number for none.
        cut: From this probability on a row counts as said to be of the class.
    """
    known = np.isfinite(scores)
    positive, scores = positive[known], scores[known]
    count = max(len(scores), 1)
    many = int(positive.sum())
    both = 0 < many < len(scores)
    right = (scores >= cut) == positive
    losses = np.where(positive, scores, 1 - scores).clip(1e-6, 1)
    area = auc(scores, positive) if both else float("nan")
    mean = float(scores.mean()) if len(scores) else float("nan")
    rate = many / count if len(scores) else float("nan")
    return Metrics(
        {
            "auc": area,
            "accuracy": float(right.mean()) if len(scores) else float("nan"),
            "log_loss": log_loss(scores, positive) if len(scores) else float("nan"),
            "mean_prediction": mean,
            "mean_label": rate,
            "calibration": rate / mean if _can_divide(mean) else float("nan"),
        },
        {
            "auc": _area_error(area, many, count - many),
            "accuracy": _error(right.astype(np.float64)),
            "log_loss": _error(-np.log(losses)),
            "mean_prediction": _error(scores),
            "mean_label": _error(positive.astype(np.float64)),
            "calibration": _error(positive.astype(np.float64))
            / (mean if _can_divide(mean) else np.nan),
        },
    )


def _can_divide(mean: float) -> bool:
    """Whether a share divided by it is a number: not by less than 1e-300."""
    return mean >= _LEAST_MEAN


def quantity_metrics(truth: Floats, predictions: Floats) -> Metrics:
    """Metrics of predicted quantities; rows without either do not count.

    Args:
        truth: What came out.
        predictions: What was predicted.
    """
    known = np.isfinite(truth) & np.isfinite(predictions)
    truth, predictions = truth[known], predictions[known]
    if not len(truth):
        names = ("rmse", "mae", "r2", "bias", "mean_prediction", "mean_label")
        return Metrics(dict.fromkeys(names, float("nan")), {})
    rest = predictions - truth
    square = float(np.square(rest).mean())
    variance = float(truth.var())
    return Metrics(
        {
            "rmse": float(np.sqrt(square)),
            "mae": float(np.abs(rest).mean()),
            "r2": 1 - square / variance if variance else float("nan"),
            "bias": float(rest.mean()),
            "mean_prediction": float(predictions.mean()),
            "mean_label": float(truth.mean()),
        },
        {
            "rmse": _error(np.square(rest)) / (2 * np.sqrt(square) or 1.0),
            "mae": _error(np.abs(rest)),
            "r2": _error(np.square(rest)) / (variance or 1.0),
            "bias": _error(rest),
            "mean_prediction": _error(predictions),
            "mean_label": _error(truth),
        },
    )


def _error(values: Floats) -> float:
    """Standard error of a mean."""
    return float(values.std() / np.sqrt(len(values))) if len(values) else float("nan")


def _area_error(area: float, many: int, others: int) -> float:
    if not many or not others or np.isnan(area):
        return float("nan")
    first = area / (2 - area)
    second = 2 * area**2 / (1 + area)
    variance = area * (1 - area)
    variance += (many - 1) * (first - area**2) + (others - 1) * (second - area**2)
    return float(np.sqrt(max(variance, 0.0) / (many * others)))
