"""Where each example came from: source file and line, beside the examples.

The side file stands next to the split folders, not in them, since stock readers
take every file of a split folder for examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.parquet_file import read_parquet, write_parquet


@dataclass(frozen=True, eq=False)
class Provenance:
    """Source file and line of each row of one split.

    Attributes:
        files: Names of the source files.
        file_index: For each row, the position of its file in `files`.
        lines: For each row, its first line in that file, the header being 1.
    """

    files: tuple[str, ...]
    file_index: npt.NDArray[np.int32]
    lines: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def at(self, row: int) -> tuple[str, int]:
        """File and line of a row of the split, counted from 0."""
        return self.files[int(self.file_index[row])], int(self.lines[row])


class ProvenanceBuilder:
    """Collects the places of a split's rows as they are written."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = tuple(files)
        self._indices: list[npt.NDArray[np.int32]] = []
        self._lines: list[npt.NDArray[np.int64]] = []

    def add(self, file: int, lines: npt.NDArray[np.int64]) -> None:
        """Adds rows of the file at this position, by their lines."""
        self._indices.append(np.full(len(lines), file, np.int32))
        self._lines.append(np.asarray(lines, np.int64))

    def build(self) -> Provenance:
        """What was added, in order."""
        indices = np.concatenate([np.zeros(0, np.int32), *self._indices])
        lines = np.concatenate([np.zeros(0, np.int64), *self._lines])
        return Provenance(self._files, indices, lines)


def side_file(artifact_folder: Path, split: str) -> Path:
    """Path of the side file of a split."""
    return artifact_folder / f"rows-{split}.parquet"


def write_provenance(artifact_folder: Path, split: str, rows: Provenance) -> Path:
    """Writes the side file of a split, whole or not at all."""
    files = pa.array(rows.files, pa.string())
    coded = pa.DictionaryArray.from_arrays(pa.array(rows.file_index), files)
    table = pa.table({"file": coded, "line": pa.array(rows.lines)})
    return write_parquet(side_file(artifact_folder, split), table)


def read_provenance(artifact_folder: Path, split: str) -> Provenance | None:
    """The side file of a split, or None where there is none.

    Raises:
        DataError: There is one and it cannot be read whole.
    """
    path = side_file(artifact_folder, split)
    if not path.exists():
        return None
    table = read_parquet(path)
    column = table.column("file").cast(pa.string()).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    coded = column.dictionary_encode()
    return Provenance(
        tuple(coded.dictionary.to_pylist()),
        np.asarray(coded.indices, np.int32),
        np.asarray(table.column("line"), np.int64),
    )
