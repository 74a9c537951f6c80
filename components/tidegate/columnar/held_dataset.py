"""A data set whose batches are in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from tidegate.columnar.dataset import Batch, Dataset, Part, Task


class HeldDataset(Dataset):
    """Batches that were read before, or never were in files.

    Args:
        parts: The parts.
        batches: Their batches, in order.
        sources: Names of the source files, where they are known.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        batches: Iterable[Batch],
        sources: tuple[str, ...] = (),
    ) -> None:
        self.parts = tuple(parts)
        self.sources = sources
        self._batches: dict[int, list[Batch]] = {}
        for batch in batches:
            self._batches.setdefault(batch.part, []).append(batch)

    def tasks(self, part: int) -> Iterator[Task]:
        """The batches as they are."""
        for batch in self._batches.get(part, []):
            yield lambda held=batch: held  # type: ignore[misc]


class Keeper:
    """Keeps the batches that it is shown, as long as they are small together.

    Args:
        most: Bytes to keep at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[Batch] = []
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, batch: Batch) -> None:
        """Keeps a batch, or lets go of all once they are too large."""
        with self._lock:
            self._bytes += batch.table.nbytes
            if self._bytes <= self._most:
                self._held.append(batch)
            else:
                self._held.clear()

    def instead_of(self, dataset: Dataset) -> Dataset:
        """The data set from memory if all of it was kept, else as it was."""
        if self._bytes > self._most:
            return dataset
        held = sorted(self._held, key=lambda batch: batch.first)
        known: tuple[str, ...] = tuple(getattr(dataset, "sources", ()))
        return HeldDataset(dataset.parts, held, known)
