"""Writes transformed examples as records, and as columns beside them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tidegate.columnar.column_file import ColumnFile
from tidegate.columnar.tf_record import RecordWriter
from tidegate.columnar.twin import MANIFEST, TwinFile, sha256
from tidegate.transform.applying import Written

# As Beam names the one shard that it writes.
SHARD = "-00000-of-00001.gz"


class SplitWriter(ExitStack):
    """Writes one split under the names that Beam would give it.

    Args:
        prefix: Path of the record file up to its number.
        split: Name of the split.
    """

    def __init__(self, prefix: str, split: str) -> None:
        super().__init__()
        self._records_path = Path(prefix + SHARD)
        self.artifact = self._records_path.parent.parent
        self._split = split
        self._records_path.parent.mkdir(parents=True, exist_ok=True)
        # While it describes other files, no manifest may stand there.
        (self.artifact / MANIFEST).unlink(missing_ok=True)
        self._columns_path = self.artifact / f"columns-{split}.arrow"
        self._records = RecordWriter(self._records_path)
        self._columns = ColumnFile(self._columns_path, "absent")
        self.enter_context(self._records)
        self.enter_context(self._columns)

    def add(self, written: Written) -> None:
        """Adds a batch at the end."""
        self._records.add(written.records)
        self._columns.write(written.table)

    def described(self) -> TwinFile:
        """The entry of the split in the manifest, once it is whole."""
        return TwinFile(
            split=self._split,
            records=self._records_path.name,
            records_sha256=sha256(self._records_path),
            columns=self._columns_path.name,
            columns_sha256=sha256(self._columns_path),
            batches=self._columns.batches,
        )
