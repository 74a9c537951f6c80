"""What an importance is measured in: metrics of weighted rows. Pure.

Predictions are one number a row, or one probability a class and row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.float64]"
Predictions: TypeAlias = "npt.NDArray[Any]"
# As Keras clips probabilities before it takes their logarithm.
_LEAST = 1e-7


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: Its name.
        rises: True where higher is better.
        of: From labels, weights and predictions to the metric.
        constant: From labels and weights to the metric of the constant prediction
            that is best by it.
    """

    name: str
    rises: bool
    of: Callable[[Numbers, Numbers, Predictions], float]
    constant: Callable[[Numbers, Numbers], float]

    def drop(self, value: float, other: float) -> float:
        """How much worse `other` is than `value`; negative where it is better."""
        return value - other if self.rises else other - value


def auc(label: Numbers, weight: Numbers, prediction: Predictions) -> float:
    """The area under the ROC curve; 0.5 where all rows are of one class.

    The share of pairs of a positive and a negative row, by the product of their
    weights, in which the positive row is predicted higher; ties count half (the
    Mann-Whitney statistic: Hanley and McNeil, The Meaning and Use of the Area
    under a Receiver Operating Characteristic (ROC) Curve, Radiology 143, 1982).
    """
    _, places = np.unique(prediction, return_inverse=True)
    places = places.reshape(-1)
    positive = np.bincount(places, weight * label)
    negative = np.bincount(places, weight * (1 - label))
    pairs = positive.sum() * negative.sum()
    if pairs <= 0:
        return 0.5
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def rmse(label: Numbers, weight: Numbers, prediction: Predictions) -> float:
    """The root of the mean squared error."""
    return float(np.sqrt(np.average((prediction - label) ** 2, weights=weight)))


def mae(label: Numbers, weight: Numbers, prediction: Predictions) -> float:
    """The mean absolute error."""
    return float(np.average(np.abs(prediction - label), weights=weight))


def accuracy(label: Numbers, weight: Numbers, prediction: Predictions) -> float:
    """The share of rows whose class is predicted, with 0.5 as the threshold."""
    found = prediction.argmax(axis=1) if prediction.ndim > 1 else prediction > 0.5
    return float(np.average(found == label, weights=weight))


def log_loss(label: Numbers, weight: Numbers, prediction: Predictions) -> float:
    """The mean negative logarithm of what was predicted for the row's class."""
    if prediction.ndim > 1:
        held = prediction[np.arange(len(label)), label.astype(np.int64)]
    else:
        held = np.where(label == 1, prediction, 1 - prediction)
    return float(np.average(-np.log(np.clip(held, _LEAST, 1)), weights=weight))


def _half(label: Numbers, weight: Numbers) -> float:
    return 0.5


def _deviation(label: Numbers, weight: Numbers) -> float:
    return rmse(label, weight, np.asarray(np.average(label, weights=weight)))


def _from_median(label: Numbers, weight: Numbers) -> float:
    order = np.argsort(label, kind="stable")
    heaped = np.cumsum(weight[order])
    middle = order[np.searchsorted(heaped, heaped[-1] / 2)]
    return mae(label, weight, label[middle])


def _largest_class(label: Numbers, weight: Numbers) -> float:
    return float(_classes(label, weight).max())


def _entropy(label: Numbers, weight: Numbers) -> float:
    shares = _classes(label, weight)
    return float(-(shares * np.log(shares)).sum())


def _classes(label: Numbers, weight: Numbers) -> Numbers:
    """The weight of each class that there is, as a share."""
    _, places = np.unique(label, return_inverse=True)
    shares = np.bincount(places.reshape(-1), weight) / weight.sum()
    return np.asarray(shares[shares > 0], np.float64)


METRICS = {
    one.name: one
    for one in (
        Metric("auc", True, auc, _half),
        Metric("accuracy", True, accuracy, _largest_class),
        Metric("log_loss", False, log_loss, _entropy),
        Metric("rmse", False, rmse, _deviation),
        Metric("mae", False, mae, _from_median),
    )
}
