"""Metrics that are one weighted mean: errors, cross-entropies, exact matches.

Every one adds up what a row scores and what it weighs. Scores are computed in the
type that TFMA computes them in (float32 where label and prediction are), so that
they round alike; they are added up in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.pairs import Choice
from tidegate.evaluator.metrics.predicted import Array, Numbers, Predicted
from tidegate.evaluator.metrics.refusals import refuse
from tidegate.evaluator.metrics.sums import Entries, Row

Score = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class MeanOfPairs:
    """Mean score of every line; lines that score NaN do not count."""

    choice: Choice
    score: Score
    width: int = 1
    numbers: int = 2

    def entries(self, batch: Predicted) -> Entries:
        """Score times weight, and weight, of each line."""
        pairs = self.choice.pairs(batch)
        with np.errstate(all="ignore"):
            scores = np.asarray(self.score(pairs.labels, pairs.predictions), float)
        counted = ~np.isnan(scores)
        weights = np.where(counted, pairs.weights, 0.0)
        scores = np.where(counted, scores, 0.0)
        return Entries(pairs.rows, None, (scores * weights, weights))

    def value(self, row: Row) -> float:
        """The mean of a slice, NaN where nothing weighs anything."""
        total, weight = row.dense[:, 0]
        if weight == 0.0 and self.score is exact_match:
            # TFMA divides by this, and fails.
            refuse("rows without weight", "some weight", "none")
        return float(total / weight) if weight != 0.0 else float("nan")


def absolute_error(labels: Array, predictions: Array) -> Array:
    """How far off, either way."""
    return np.asarray(np.abs(labels - predictions))


def squared_error(labels: Array, predictions: Array) -> Array:
    """How far off, squared."""
    return np.asarray(labels - predictions).astype(np.float64) ** 2


def percentage_error(labels: Array, predictions: Array) -> Array:
    """How far off in percent of the label; NaN for the label 0."""
    parts = np.abs((labels - predictions) / labels).astype(np.float64)
    return np.where(labels == 0, np.nan, 100 * parts)


def squared_logarithmic_error(labels: Array, predictions: Array) -> Array:
    """How far off the logarithms of one more are, squared."""
    apart = np.log(labels + 1) - np.log(predictions + 1)
    return np.asarray(apart).astype(np.float64) ** 2


def exact_match(labels: Array, predictions: Array) -> Array:
    """1 where the prediction is the label."""
    return np.asarray(labels == predictions, dtype=np.float64)


@dataclass(frozen=True)
class MeanOfRows:
    """Mean score of every row, over all its classes at once; NaN stays NaN."""

    choice: Choice
    score: Score
    width: int = 1
    numbers: int = 2

    def entries(self, batch: Predicted) -> Entries:
        """Score times weight, and weight, of each row."""
        labels, predictions = self.choice.chosen(batch)
        weights = batch.weighted(self.choice.example_weighted)
        with np.errstate(all="ignore"):
            scores = np.asarray(self.score(labels, predictions), dtype=np.float64)
        return Entries(None, None, (scores * weights, weights))

    def value(self, row: Row) -> np.float64:
        """The mean of a slice; numpy's 0/0 where nothing weighs anything."""
        total, weight = row.dense[:, 0]
        with np.errstate(all="ignore"):
            mean: np.float64 = np.float64(np.divide(total, weight))
        return mean


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """TFMA's cross-entropy of two classes, without any clipping."""

    from_logits: bool
    label_smoothing: float

    def __call__(self, labels: Array, predictions: Array) -> Array:
        """Mean over the classes of each row."""
        labels = labels * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        if self.from_logits:
            each = np.maximum(predictions, 0) - predictions * labels
            each = each + np.log(1 + np.exp(-np.abs(predictions)))
        else:
            each = -(labels * np.log(predictions))
            each = each - (1 - labels) * np.log(1 - predictions)
        return np.asarray(each.mean(axis=1))


@dataclass(frozen=True)
class CategoricalCrossEntropy:
    """TFMA's cross-entropy of many classes; classes predicted at 0 are left out."""

    from_logits: bool
    label_smoothing: float

    def __call__(self, labels: Array, predictions: Array) -> Array:
        """Sum over the classes of each row."""
        if predictions.dtype.kind != "f":
            refuse("predictions", "fractions", f"{predictions.dtype}")
        smoothing = self.label_smoothing
        labels = labels * (1.0 - smoothing) + smoothing / predictions.shape[1]
        odds = np.exp(predictions) if self.from_logits else predictions
        odds = odds / odds.sum(axis=1, keepdims=True)
        logs = np.log(odds, out=np.zeros_like(odds), where=odds > 0)
        return np.asarray(-(labels * logs).sum(axis=1))


@dataclass(frozen=True)
class Moments:
    """Sums of labels, predictions, their squares and their product."""

    choice: Choice
    width: int = 1
    numbers: int = 6

    def entries(self, batch: Predicted) -> Entries:
        """The six of each line."""
        pairs = self.choice.pairs(batch)
        y = np.asarray(pairs.labels, dtype=np.float64)
        p = np.asarray(pairs.predictions, dtype=np.float64)
        w = pairs.weights
        return Entries(
            pairs.rows, None, (w * y, w * p, w * y**2, w * p**2, w * y * p, w)
        )

    def value(self, row: Row) -> float:
        """Squared Pearson correlation of a slice; NaN where one does not vary."""
        y, p, yy, pp, yp, n = (float(total) for total in row.dense[:, 0])
        if not n > 0.0:
            return float("nan")
        spread = (pp - p**2 / n) * (yy - y**2 / n)
        return (yp - y * p / n) ** 2 / spread if spread > 0.0 else float("nan")


@dataclass(frozen=True)
class Discrimination:
    """Weighted totals of both classes, by the names that TFMA reads."""

    total_negative_weighted_predictions: float
    total_negative_weighted_labels: float
    total_positive_weighted_predictions: float
    total_positive_weighted_labels: float


@dataclass(frozen=True)
class DiscriminationKept:
    """Predictions and weights of negatives and of positives."""

    choice: Choice
    width: int = 1
    numbers: int = 4

    def entries(self, batch: Predicted) -> Entries:
        """The four of each line."""
        pairs = self.choice.pairs(batch)
        positive: Numbers = np.asarray(pairs.labels, dtype=np.float64)
        predictions = np.asarray(pairs.predictions, dtype=np.float64)
        negative = 1.0 - positive
        w = pairs.weights
        totals = (negative * predictions * w, negative * w)
        return Entries(
            pairs.rows, None, (*totals, positive * predictions * w, positive * w)
        )

    def value(self, row: Row) -> Any:
        """The totals of a slice."""
        return Discrimination(*(float(total) for total in row.dense[:, 0]))
