"""What data sets of examples share: each row's place in the source data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.formats import DataFiles
from tidegate.columnar.provenance import Provenance


class ExamplesDataset(DataFiles):
    """Files of examples.

    Args:
        parts: The files of records.
        span: See `DataFiles`.
        provenance: Source file and line of each row, by split, where known.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        span: int | None,
        provenance: Mapping[str, Provenance] | None,
    ) -> None:
        self.parts = tuple(parts)
        self.span = span
        self._provenance = dict(provenance or {})

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the source files, sorted; empty where they are not known."""
        named = (name for one in self._provenance.values() for name in one.files)
        return tuple(sorted(set(named)))

    def _placed(self, table: pa.Table, part: int, before: int, start: int) -> Batch:
        """The rows as a batch, each with its source line where that is known.

        Args:
            table: The rows.
            part: Number of their part.
            before: Rows of the split in the parts before.
            start: Rows of the part before these.
        """
        known = self._provenance.get(self.parts[part].split)
        if known is None:
            return Batch(table, part, start)
        rows = slice(before + start, before + start + table.num_rows)
        indices = pa.array(np.asarray(known.file_index[rows], np.int32))
        sources = pa.DictionaryArray.from_arrays(
            indices, pa.array(known.files, pa.string())
        )
        return Batch(
            table, part, start, np.asarray(known.lines[rows], np.int64), sources
        )


def path_of(part: Part) -> Path:
    """The file of a part, which those of examples have."""
    if part.path is None:
        raise ValueError("a file of examples has a path")
    return part.path
