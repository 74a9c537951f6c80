"""The metrics that scored rows can be measured by, each with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tidegate.model_tests.measures.auc import auc
from tidegate.model_tests.measures.estimate import Estimate, Numbers

# Where a prediction is exactly 0 or 1, the logarithm is taken here, as Keras does.
_NEAREST = 1e-7

Task = Literal["binary", "regression"]
Compute = Callable[[Numbers, Numbers, Numbers, float], "Estimate | None"]


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: Its name in a suite.
        higher_is_better: False for an error; None where neither is.
        tasks: What it can be measured of.
        compute: Called with label, prediction, weight and the threshold from which
            on a prediction counts as 1; None where it is not defined.
        at_threshold: Whether the threshold matters to it.
        classes: Whether it needs rows of both labels to mean anything.
    """

    name: str
    higher_is_better: bool | None
    tasks: tuple[Task, ...]
    compute: Compute
    at_threshold: bool = False
    classes: bool = False


def ratio(
    part: Numbers, whole: Numbers, weight: Numbers, *, share: bool = False
) -> Estimate | None:
    """Weighted sum of `part` over that of `whole`; None where that is 0.

    Args:
        part: Of each row.
        whole: Of each row.
        weight: Of each row.
        share: Whether the ratio lies between 0 and 1 because each part does.
    """
    total = float(np.dot(weight, whole))
    if not total:
        return None
    value = float(np.dot(weight, part)) / total
    influence = weight * (part - value * whole) / total
    held = weight * whole
    if not share:
        return Estimate(value, influence)
    units = float(held.sum() ** 2 / np.dot(held, held))
    return Estimate(value, influence, units, 1 / units)


def _mean(
    of: Callable[[Numbers, Numbers], Numbers],
) -> Compute:
    def compute(
        label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
    ) -> Estimate | None:
        return ratio(of(label, prediction), np.ones_like(label), weight)

    return compute


def _share(
    part: Callable[[Numbers, Numbers], Numbers],
    whole: Callable[[Numbers, Numbers], Numbers],
) -> Compute:
    """A share of decisions: label and decision are 0 or 1."""

    def compute(
        label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
    ) -> Estimate | None:
        decided = (prediction >= threshold).astype(np.float64)
        known = (label > 0.5).astype(np.float64)
        return ratio(part(known, decided), whole(known, decided), weight, share=True)

    return compute


def _auc(
    label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
) -> Estimate | None:
    return auc(label, prediction, weight)


def _log_loss(label: Numbers, prediction: Numbers) -> Numbers:
    inside = np.clip(prediction, _NEAREST, 1 - _NEAREST)
    loss = -(label * np.log(inside) + (1 - label) * np.log1p(-inside))
    return np.asarray(loss, np.float64)


def _squared(label: Numbers, prediction: Numbers) -> Numbers:
    return np.asarray(np.square(prediction - label), np.float64)


def _rmse(
    label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
) -> Estimate | None:
    """Root of the mean square; its influence by the delta method."""
    square = ratio(_squared(label, prediction), np.ones_like(label), weight)
    if square is None:
        return None
    root = math.sqrt(square.value)
    slope = 1 / (2 * root) if root else 0.0
    return Estimate(root, square.influence * slope)


def _r2(
    label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
) -> Estimate | None:
    """1 - squared error / variance of the label; influence by the delta method."""
    ones = np.ones_like(label)
    middle = ratio(label, ones, weight)
    if middle is None:
        return None
    error = ratio(_squared(label, prediction), ones, weight)
    spread = ratio(np.square(label - middle.value), ones, weight)
    if error is None or spread is None or not spread.value:
        return None
    left = error.value / spread.value
    influence = (left * spread.influence - error.influence) / spread.value
    return Estimate(1 - left, influence)


def _calibration_ratio(
    label: Numbers, prediction: Numbers, weight: Numbers, threshold: float
) -> Estimate | None:
    return ratio(prediction, label, weight)


def _ones(label: Numbers, decided: Numbers) -> Numbers:
    return np.ones_like(label)


_BINARY: tuple[Task, ...] = ("binary",)
_BOTH: tuple[Task, ...] = ("binary", "regression")


def _decision(
    name: str,
    higher_is_better: bool | None,
    part: Callable[[Numbers, Numbers], Numbers],
    whole: Callable[[Numbers, Numbers], Numbers],
) -> Metric:
    compute = _share(part, whole)
    return Metric(name, higher_is_better, _BINARY, compute, at_threshold=True)


_METRICS = (
    Metric("auc", True, _BINARY, _auc, classes=True),
    _decision("accuracy", True, lambda y, d: y * d + (1 - y) * (1 - d), _ones),
    _decision("precision", True, lambda y, d: y * d, lambda y, d: d),
    _decision("recall", True, lambda y, d: y * d, lambda y, d: y),
    _decision("specificity", True, lambda y, d: (1 - y) * (1 - d), lambda y, d: 1 - y),
    _decision("f1", True, lambda y, d: 2 * y * d, lambda y, d: y + d),
    _decision("positive_rate", None, lambda y, d: d, _ones),
    _decision("true_positive_rate", True, lambda y, d: y * d, lambda y, d: y),
    _decision(
        "false_positive_rate", False, lambda y, d: (1 - y) * d, lambda y, d: 1 - y
    ),
    _decision("false_negative_rate", False, lambda y, d: y * (1 - d), lambda y, d: y),
    Metric("log_loss", False, _BINARY, _mean(_log_loss)),
    Metric("brier", False, _BINARY, _mean(_squared)),
    Metric("mae", False, _BOTH, _mean(lambda y, p: np.abs(p - y))),
    Metric("mse", False, _BOTH, _mean(_squared)),
    Metric("rmse", False, _BOTH, _rmse),
    Metric("r2", True, ("regression",), _r2),
    Metric("mean_error", None, _BOTH, _mean(lambda y, p: p - y)),
    Metric("mean_prediction", None, _BOTH, _mean(lambda y, p: p)),
    Metric("calibration_ratio", None, _BOTH, _calibration_ratio),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _METRICS}
