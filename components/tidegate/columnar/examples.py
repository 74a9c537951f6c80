"""Examples as one columnar table, each row with the place it came from.

Reads what any ExampleGen wrote, stock or ours: `Split-<name>/*` of gzipped or
plain TFRecord files of tf.Example. Where our ExampleGen wrote a side file of
source lines beside the splits, a row is named by file and line.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tidegate.report.model import Place

if TYPE_CHECKING:
    from tidegate.columnar.provenance import Provenance


@dataclass(frozen=True)
class Examples:
    """Examples of one artifact, the splits one after the other.

    Attributes:
        table: One column a feature. Scalars (large text, int64, float32) where
            every row has at most one value, lists otherwise; bytes that are
            not UTF-8 stay binary; a missing value is null.
        splits: Rows per split, in the order of the table.
        provenance: Source file and line of each row, by split, where known.
    """

    table: pa.Table
    splits: dict[str, int]
    provenance: dict[str, Provenance] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counted = sum(self.splits.values())
        if counted != self.table.num_rows:
            raise ValueError(f"{counted} rows in splits, {self.table.num_rows} held")

    def place(self, row: int) -> Place:
        """Where the table's row stands, `row` counted from 0.

        Raises:
            IndexError: The table has no such row.
        """
        if not 0 <= row < self.table.num_rows:
            raise IndexError(f"row {row} of {self.table.num_rows}")
        ends = list(accumulate(self.splits.values()))
        position = bisect.bisect_right(ends, row)
        split = list(self.splits)[position]
        within = row - (ends[position] - self.splits[split])
        known = self.provenance.get(split)
        if known is None:
            return Place(row=within + 1, split=split)
        file, line = known.at(within)
        return Place(row=within + 1, split=split, file=file, line=line)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the source files, sorted; empty where they are not known."""
        named = (name for one in self.provenance.values() for name in one.files)
        return tuple(sorted(set(named)))


def read_examples(
    artifact_folder: str | Path,
    splits: Sequence[str],
    columns: Sequence[str] | None = None,
) -> Examples:
    """The examples of the named splits of one artifact, as one table.

    Args:
        artifact_folder: The `uri` of an Examples artifact, on this machine.
        splits: Names of the splits to read, in the order wanted.
        columns: Features to keep; None keeps all.

    Raises:
        DataError: A split is missing or empty, or a record cannot be read whole.
    """
    raise NotImplementedError
