"""One Parquet file of predictions, which says in its metadata who made them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tidegate.columnar.parquet_file import file_writer
from tidegate.columnar.whole_file import WholeFile

# Rows and bytes of a row group: enough for one to be read at a time.
GROUP_ROWS = 1 << 17
_GROUP_BYTES = 64 << 20
PREFIX = "tidegate."


class PredictionsFile(WholeFile):
    """Writes tables below each other, some together as a row group.

    Args:
        path: The file; nothing is there by this name before `close`.
        marks: What the metadata of the file say.
    """

    def __init__(self, path: Path, marks: Mapping[str, str]) -> None:
        super().__init__(path)
        self.rows = 0
        self._marks = {PREFIX + name: value for name, value in marks.items()}
        self._writer: Any = None
        self._held: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """Adds a table, with the columns of the first one."""
        if self._writer is None:
            schema = table.schema.with_metadata(self._marks)
            self._writer = file_writer(self._begin(), schema)
        self._held.append(table.replace_schema_metadata(self._marks))
        self.rows += table.num_rows
        rows = sum(one.num_rows for one in self._held)
        if rows >= GROUP_ROWS or sum(one.nbytes for one in self._held) >= _GROUP_BYTES:
            self._write_group()

    def discard(self) -> None:
        """Removes what was written."""
        if self._writer is not None:
            # Else it would write its footer when it is collected.
            self._writer.is_open = False
        super().discard()

    def _finish(self) -> None:
        self._write_group()
        if self._writer is not None:
            self._writer.close()

    def _write_group(self) -> None:
        if self._held:
            table = pa.concat_tables(self._held)
            self._held = []
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
