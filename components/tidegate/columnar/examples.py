"""Examples as one columnar table, each row with the place it came from.

Reads what any ExampleGen wrote, stock or ours: `Split-<name>/*` of gzipped or
plain TFRecord files of tf.Example. Where our ExampleGen wrote a side file of
source lines beside the splits, a row is named by file and line.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.example_decoding import as_table, decode_columns
from tidegate.columnar.provenance import Provenance, read_provenance
from tidegate.columnar.tf_record import read_record_batches
from tidegate.errors import DataError
from tidegate.report.model import Place


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
    folder = Path(artifact_folder)
    parts: list[tuple[int, dict[str, pa.Array]]] = []
    rows: dict[str, int] = {}
    for split in splits:
        read = list(_read_split(folder, split, columns))
        rows[split] = sum(count for count, _ in read)
        parts.extend(read)
    table = as_table(parts, columns)
    known = {split: read_provenance(folder, split) for split in splits}
    for split, places in known.items():
        if places is not None and len(places) != rows[split]:
            raise _lines_differ(folder, split, len(places), rows[split])
    provenance = {
        split: places for split, places in known.items() if places is not None
    }
    return Examples(table, rows, provenance)


def split_files(artifact_folder: Path, split: str) -> list[Path]:
    """Files of one split, sorted, hidden ones left out.

    Raises:
        DataError: The split has no folder, or no file in it.
    """
    folder = artifact_folder / f"Split-{split}"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [path for path in files if path.is_file() and path.name[0] not in "._"]
    if not files:
        raise _no_split(artifact_folder, split)
    return files


def _read_split(
    folder: Path, split: str, columns: Sequence[str] | None
) -> Iterator[tuple[int, dict[str, pa.Array]]]:
    for path in split_files(folder, split):
        for records in read_record_batches(path):
            try:
                yield len(records), decode_columns(records, columns)
            except DataError as error:
                error.where = str(path)
                raise


def _no_split(folder: Path, split: str) -> DataError:
    there = sorted(path.name[len("Split-") :] for path in folder.glob("Split-*"))
    return DataError(
        f"the examples have no split {split!r}",
        where=str(folder),
        expected=f"files in {folder.name}/Split-{split}",
        got="splits " + ", ".join(there) if there else "no split at all",
        fix="name a split that is there, or run the ExampleGen again",
    )


def _lines_differ(folder: Path, split: str, lines: int, rows: int) -> DataError:
    return DataError(
        f"the examples of split {split!r} and their source lines do not match",
        where=str(folder),
        expected=f"{lines:,} examples, one a source line",
        got=f"{rows:,} examples",
        fix="run the ExampleGen again; files of the split were lost or added",
    )
