"""A metric of Keras as a weighted mean of scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.keras_scores import SCORES
from tidegate.evaluator.metrics.pairs import Choice, one_hot
from tidegate.evaluator.metrics.predicted import Array, Predicted
from tidegate.evaluator.metrics.sums import Entries, Row


@dataclass(frozen=True)
class KerasMean:
    """Mean score by Keras' function of that class name.

    Attributes:
        choice: Which classes it sees.
        class_name: A key of SCORES.
        config: Its settings.
        flat: True where every class is a line of its own (micro average).
        dense_labels: True where labels are made one a class first.
    """

    choice: Choice
    class_name: str
    config: Mapping[str, Any] = field(hash=False)
    flat: bool = False
    dense_labels: bool = False
    width: int = 1
    numbers: int = 2

    def entries(self, batch: Predicted) -> Entries:
        """Score times weight, and weight, of each row or line."""
        if self.flat:
            pairs = self.choice.pairs(batch)
            scores = self._scores(pairs.labels[:, None], pairs.predictions[:, None])
            rows, weights = pairs.rows, pairs.weights
        else:
            labels, predictions = self.choice.chosen(batch)
            if self.dense_labels:
                labels = one_hot(labels, predictions)
            scores = self._scores(labels, predictions)
            rows, weights = None, batch.weighted(self.choice.example_weighted)
        scores = scores.reshape(len(scores), -1).astype(np.float64)
        total = scores.sum(axis=1) * weights
        return Entries(rows, None, (total, scores.shape[1] * weights))

    def _scores(self, labels: Array, predictions: Array) -> Array:
        score, _ = SCORES[self.class_name]
        y, p = labels.astype(np.float32), predictions.astype(np.float32)
        with np.errstate(all="ignore"):
            return score(y, p, self.config)

    def value(self, row: Row) -> np.float32:
        """The mean of a slice; 0 where nothing weighs anything, as Keras has it."""
        total, weight = row.dense[:, 0]
        mean = total / weight if weight != 0.0 else 0.0
        if self.class_name == "RootMeanSquaredError":
            mean = np.sqrt(mean)
        rounded: np.float32 = np.float32(mean)
        return rounded
