"""What one split of an Examples artifact consists of, as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tidegate.columnar.column_file import ColumnFile
from tidegate.columnar.provenance import ProvenanceBuilder
from tidegate.columnar.tf_record import RecordWriter
from tidegate.example_gen.encoding import Encoder, Piece

RECORD_FILE = "data_tfrecord-00000-of-00001.gz"


class SplitOutput(ExitStack):
    """Writes the records, the columns and the source lines of one split.

    Args:
        folder: Folder of the artifact.
        split: Name of the split.
        sources: Names of the source files.
        encoder: What makes the pieces.

    Attributes:
        records: The record file.
        columns: The file of columns beside the splits.
    """

    def __init__(
        self, folder: Path, split: str, sources: Sequence[str], encoder: Encoder
    ) -> None:
        super().__init__()
        target = folder / f"Split-{split}"
        target.mkdir(parents=True)
        self.split = split
        self.records = target / RECORD_FILE
        self.columns = folder / f"columns-{split}.arrow"
        self.provenance = ProvenanceBuilder(sources)
        self._records = RecordWriter(self.records)
        self._columns = ColumnFile(self.columns, encoder.null_means)
        self.enter_context(self._records)
        self.enter_context(self._columns)

    @property
    def rows(self) -> int:
        """Rows written so far."""
        return self._records.records

    @property
    def batches(self) -> list[int]:
        """Rows of each batch in the file of columns."""
        return self._columns.batches

    def add(self, piece: Piece) -> None:
        """Adds rows of one source file."""
        self._records.add(piece.packed)
        self.provenance.add(piece.part, piece.lines)
        self._columns.write(piece.table)
