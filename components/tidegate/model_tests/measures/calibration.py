"""How far predicted probabilities are from what happens, and in which direction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tidegate.model_tests.measures.estimate import Estimate, Numbers

_NEAREST = 1e-7
_MOST_STEPS = 25
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Bins:
    """Rows in bins of about equal weight by their prediction.

    Attributes:
        prediction: Mean prediction of each bin.
        label: Mean label of each bin.
        weight: Weight of each bin, all together 1.
        rows: Rows of each bin, unequal weights counting for fewer.
        of_row: Bin of each row.
    """

    prediction: Numbers
    label: Numbers
    weight: Numbers
    rows: Numbers
    of_row: np.ndarray  # type: ignore[type-arg]


def equal_bins(
    label: Numbers, prediction: Numbers, weight: Numbers, count: int
) -> Bins:
    """At most `count` bins; rows with the same prediction share one."""
    order = np.argsort(prediction, kind="stable")
    ordered = prediction[order]
    passed = np.cumsum(weight[order])
    middle = passed - weight[order] / 2
    wanted = np.minimum((middle / passed[-1] * count).astype(np.int64), count - 1)
    # Ties go where the first of them is.
    new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    first = wanted[np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))]
    _, codes = np.unique(first, return_inverse=True)
    of_row = np.empty(len(order), np.int64)
    of_row[order] = codes
    mass = np.bincount(of_row, weight)
    squares = np.bincount(of_row, weight * weight)
    return Bins(
        prediction=np.bincount(of_row, weight * prediction) / mass,
        label=np.bincount(of_row, weight * label) / mass,
        weight=mass / mass.sum(),
        rows=mass * mass / squares,
        of_row=of_row,
    )


def calibration_error(
    label: Numbers, prediction: Numbers, weight: Numbers, count: int
) -> Estimate:
    """The expected calibration error, what noise alone adds to it taken away.

    The error is the mean distance between mean prediction and mean label of bins of
    equal weight (Naeini, Cooper and Hauskrecht, 2015). Even a calibrated model has
    some by chance; in a bin with n rows and rate p the mean distance is then
    sqrt(2 p (1 - p) / (pi n)). The error is taken as the root of the squared one
    less that, after the debiased estimator of Kumar, Liang and Ma (Verified
    Uncertainty Calibration, 2019), and is never below 0.
    """
    bins = equal_bins(label, prediction, weight, count)
    gaps = bins.label - bins.prediction
    noise = _chance(bins)
    raw = float(np.dot(bins.weight, np.abs(gaps)))
    value = math.sqrt(max(raw * raw - noise * noise, 0.0))
    total = float(weight.sum())
    signs = np.sign(gaps)[bins.of_row]
    influence = weight * (signs * (label - prediction) - raw) / total
    return Estimate(value, influence)


def _chance(bins: Bins) -> float:
    """Mean distance of a calibrated model: that of normal errors."""
    rate = np.clip(bins.prediction, 0.0, 1.0)
    spread = np.sqrt(2 * rate * (1 - rate) / (math.pi * np.maximum(bins.rows, 1)))
    return float(np.dot(bins.weight, spread))


def calibration_slope(
    label: Numbers, prediction: Numbers, weight: Numbers
) -> Estimate | None:
    """The slope of the labels' log odds on the predicted ones (Cox, 1958).

    1 for a calibrated model; below 1 where predictions are too extreme. Logistic
    regression by Newton's steps; the influence is that of an M-estimator. None
    where the predictions are all the same or the regression has no end.
    """
    inside = np.clip(prediction, _NEAREST, 1 - _NEAREST)
    odds = np.log(inside) - np.log1p(-inside)
    if not np.ptp(odds):
        return None
    level, slope = 0.0, 1.0
    for _ in range(_MOST_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(level + slope * odds, -500, 500)))
        curvature = weight * fitted * (1 - fitted)
        left = weight * (label - fitted)
        a, b = float(curvature.sum()), float(np.dot(curvature, odds))
        c = float(np.dot(curvature * odds, odds))
        determinant = a * c - b * b
        if not determinant > 0:
            return None
        up, along = float(left.sum()), float(np.dot(left, odds))
        level += (c * up - b * along) / determinant
        step = (a * along - b * up) / determinant
        slope += step
        if not math.isfinite(slope):
            return None
        if abs(step) < _CLOSE * max(1.0, abs(slope)):
            return Estimate(slope, left * (a * odds - b) / determinant)
    return None
