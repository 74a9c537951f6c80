"""Examples read from their columnar twin, in the same rows as from the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tidegate.columnar.artifact_dataset import ExamplesDataset
from tidegate.columnar.column_reading import read_columns
from tidegate.columnar.dataset import Batch, Part, Task
from tidegate.columnar.provenance import Provenance
from tidegate.columnar.twin import Twin


class TwinDataset(ExamplesDataset):
    """The examples of an artifact by their columns.

    Its parts are the record files, and a row has the position that it has there.

    Args:
        parts: The record files.
        folder: Folder of the artifact.
        twin: The twin of these files, in their order; its digests were checked.
        span: See `DataFiles`.
        provenance: See `ExamplesDataset`.
        columns: Columns to read; None reads all.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        folder: Path,
        twin: Twin,
        *,
        span: int | None = None,
        provenance: Mapping[str, Provenance] | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        super().__init__(parts, span, provenance)
        self._null_means = twin.null_means
        self._files = [(folder / one.columns, tuple(one.batches)) for one in twin.files]
        self._columns = None if columns is None else tuple(columns)

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`."""
        path, batches = self._files[part]
        split = self.parts[part].split
        before = sum(
            sum(self._files[number][1])
            for number in range(part)
            if self.parts[number].split == split
        )
        start = 0
        for place, rows in enumerate(batches):
            yield partial(self._batch, part, path, place, rows, (before, start))
            start += rows

    def _batch(
        self, part: int, path: Path, place: int, rows: int, at: tuple[int, int]
    ) -> Batch:
        table = read_columns(path, place, rows, self._null_means, self._columns)
        return self._placed(table, part, *at)
