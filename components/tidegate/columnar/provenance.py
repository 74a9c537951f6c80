"""Where each example came from: source file and line, beside the examples.

The side file stands next to the split folders, not in them, since stock readers
take every file of a split folder for examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.formats import shown
from tidegate.columnar.parquet_file import read_parquet, write_parquet
from tidegate.errors import DataError

Integers: TypeAlias = "npt.NDArray[np.integer[Any]]"


@dataclass(frozen=True, eq=False)
class Provenance:
    """Source file and line of each row of one split, in integers of any width.

    Attributes:
        files: Names of the source files.
        file_index: For each row, the position of its file in `files`.
        lines: For each row, its first line in that file, the header being 1.
    """

    files: tuple[str, ...]
    file_index: Integers
    lines: Integers

    def __len__(self) -> int:
        return len(self.lines)

    def at(self, row: int) -> tuple[str, int]:
        """File and line of a row of the split, counted from 0."""
        return self.files[int(self.file_index[row])], int(self.lines[row])


class ProvenanceBuilder:
    """Collects the places of a split's rows as they are written."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = tuple(files)
        self._runs: list[tuple[int, int]] = []
        self._lines: list[Integers] = []

    def add(self, file: int, lines: Integers) -> None:
        """Adds rows of the file at this position, by their lines."""
        self._runs.append((file, len(lines)))
        self._lines.append(_narrow(lines))

    def build(self) -> Provenance:
        """What was added, in order."""
        runs = np.array(self._runs, np.int32).reshape(-1, 2)
        lines = np.concatenate([np.zeros(0, np.uint8), *self._lines])
        return Provenance(self._files, np.repeat(runs[:, 0], runs[:, 1]), lines)


def _narrow(numbers: Integers) -> Integers:
    """Numbers from 0 on, in the fewest bytes."""
    return np.asarray(numbers).astype(np.min_scalar_type(numbers.max(initial=0)))


def side_file(artifact_folder: Path, split: str) -> Path:
    """Path of the side file of a split."""
    return artifact_folder / f"rows-{split}.parquet"


def write_provenance(artifact_folder: Path, split: str, rows: Provenance) -> Path:
    """Writes the side file of a split, whole or not at all."""
    files = pa.array(rows.files, pa.string())
    indices = pa.array(np.asarray(rows.file_index, np.int32))
    coded = pa.DictionaryArray.from_arrays(indices, files)
    lines = pa.array(np.asarray(rows.lines, np.int64))
    table = pa.table({"file": coded, "line": lines})
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
    _demand_places(path, table)
    places: dict[str, int] = {}
    indices: list[Integers] = [np.zeros(0, np.uint8)]
    for coded in table.column("file").chunks:
        files = coded.dictionary.cast(pa.string()).to_pylist()
        known = [places.setdefault(file, len(places)) for file in files]
        indices.append(_narrow(np.array(known, np.int64))[np.asarray(coded.indices)])
    lines = [_narrow(np.asarray(chunk)) for chunk in table.column("line").chunks]
    return Provenance(
        tuple(places),
        np.concatenate(indices),
        np.concatenate([np.zeros(0, np.uint8), *lines]),
    )


def _demand_places(path: Path, table: pa.Table) -> None:
    found = dict(zip(table.column_names, table.schema.types, strict=True))
    coded = pa.types.is_dictionary(found.get("file", pa.null()))
    lines = found.get("line") == pa.int64()
    nulls = sum(column.null_count for column in table.columns)
    if not coded or not lines or nulls or len(found) != 2:
        got = ", ".join(f"{shown(name)}: {kind}" for name, kind in found.items())
        raise DataError(
            "the places of the examples cannot be read",
            where=shown(path),
            expected="a file and a line for each example",
            got=f"{got}; {nulls:,} of them missing",
            fix="write the examples again, or remove the file: rows are then named "
            "by their number",
        )
