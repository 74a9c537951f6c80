"""What one metric keeps of a batch, and what TFMA's derived metrics read of it."""

from __future__ import annotations

from typing import Any, Protocol

from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.metrics.sums import Entries, Row


class Leaf(Protocol):
    """A computation over rows; everything else is derived from such."""

    @property
    def width(self) -> int:
        """Number of cells a slice."""

    @property
    def numbers(self) -> int:
        """Numbers kept in each cell."""

    def entries(self, batch: Predicted) -> Entries:
        """What a batch adds to its slices."""

    def value(self, row: Row) -> Any:
        """What derived metrics read, of the sums of one slice."""
