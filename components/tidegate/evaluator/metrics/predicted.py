"""What a model said of a batch, beside what was so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predicted:
    """A batch of one model and one output, columnar.

    Attributes:
        labels: One a row, (rows,) or (rows, 1), or one a class, (rows, classes).
        predictions: One a row, (rows,) or (rows, 1), or one a class.
        weights: Weight of each row, (rows,) or (rows, 1); None where all are 1.
    """

    labels: Array
    predictions: Array
    weights: Array | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.predictions)

    def weighted(self, example_weighted: bool) -> Numbers:
        """Weight of each row, 1 where the metric has no weights."""
        if not example_weighted or self.weights is None:
            return np.ones(self.rows)
        return np.asarray(self.weights, dtype=np.float64).reshape(self.rows)
