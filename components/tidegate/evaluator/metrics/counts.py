"""How many examples there are, and what labels and predictions sum up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.evaluator.metrics.pairs import Choice
from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.metrics.sums import Entries, Row


@dataclass(frozen=True)
class ExampleCounting:
    """Number of rows, or sum of their weights."""

    example_weighted: bool
    width: int = 1
    numbers: int = 1

    def entries(self, batch: Predicted) -> Entries:
        """The weight of each row."""
        return Entries(None, None, (batch.weighted(self.example_weighted),))

    def value(self, row: Row) -> np.float64:
        """The count of a slice, as numpy's number, which is what TFMA gives."""
        count: np.float64 = np.float64(row.dense[0, 0])
        return count


@dataclass(frozen=True)
class Totals:
    """Weighted totals, by the names that TFMA's calibration metrics read."""

    total_weighted_labels: float
    total_weighted_predictions: float
    total_weighted_examples: float


@dataclass(frozen=True)
class TotalsKept:
    """Weighted labels, predictions and examples."""

    choice: Choice
    width: int = 1
    numbers: int = 3

    def entries(self, batch: Predicted) -> Entries:
        """Label, prediction and weight of each line."""
        pairs = self.choice.pairs(batch)
        labels = np.asarray(pairs.labels, dtype=np.float64) * pairs.weights
        predictions = np.asarray(pairs.predictions, dtype=np.float64) * pairs.weights
        return Entries(pairs.rows, None, (labels, predictions, pairs.weights))

    def value(self, row: Row) -> Totals:
        """The totals of a slice."""
        return Totals(*(float(total) for total in row.dense[:, 0]))
