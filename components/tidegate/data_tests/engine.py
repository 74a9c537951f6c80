"""Where the passes over a data set run: in this process, or where Beam runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from typing_extensions import Self

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.columnar.scan import scan
from tidegate.data_tests.failing_rows import Broken, RowsReader, Sink


class Mergeable(Protocol):
    """What was seen of some batches; merges in any order."""

    def merge(self, other: Any) -> Self:
        """What was seen of both."""


Found = TypeVar("Found", bound=Mergeable)


class Engine(Protocol):
    """Runs passes over a data set."""

    def fold(self, dataset: Dataset, look: Callable[[Batch], Found]) -> Found | None:
        """What `look` makes of all batches, merged; None of no batch.

        Args:
            dataset: The data set.
            look: Called with each batch, in any order; it must survive pickling.

        Raises:
            DataError: The data cannot be read whole.
        """

    def write(self, reader: RowsReader, broken: Broken, sink: Sink) -> int:
        """See `RowsReader.write`."""


class InProcess:
    """Runs them here, on threads, in bounded memory."""

    def fold(self, dataset: Dataset, look: Callable[[Batch], Found]) -> Found | None:
        """See `Engine.fold`."""
        total: Found | None = None
        for one in scan(dataset, look):
            total = one if total is None else total.merge(one)
        return total

    def write(self, reader: RowsReader, broken: Broken, sink: Sink) -> int:
        """See `RowsReader.write`."""
        return reader.write(broken, sink)
