"""A Parquet file that grows table by table and appears when it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from tidegate.columnar.example_decoding import as_list
from tidegate.columnar.parquet_file import file_writer
from tidegate.columnar.whole_file import WholeFile


class ParquetSink(WholeFile):
    """Writes tables below each other, in bounded memory.

    Tables may have a column as null, as single values or as lists, one like
    this and one like that: the file has it in the type that holds all.

    Args:
        path: The file. Nothing is there before `close`, and nothing at all if
            no table came.
        kinds: Type of each column that some table has in a narrower one.
    """

    def __init__(self, path: Path, kinds: dict[str, pa.DataType] | None = None) -> None:
        super().__init__(path)
        self.rows = 0
        self._kinds = kinds or {}
        self._writer: Any = None
        self._schema: pa.Schema | None = None

    def __call__(self, table: pa.Table) -> None:
        """Adds a table."""
        if self._writer is None:
            self._open(table)
        self._writer.write_table(self._conformed(table))
        self.rows += table.num_rows

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def discard(self) -> None:
        """Removes what was written."""
        if self._writer is not None:
            # Else it would write its footer when it is collected.
            self._writer.is_open = False
        super().discard()

    def _open(self, table: pa.Table) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fields = [
            pa.field(one.name, self._kinds.get(one.name, one.type))
            for one in table.schema
        ]
        self._schema = pa.schema(fields)
        self._writer = file_writer(self._begin(), self._schema)

    def _conformed(self, table: pa.Table) -> pa.Table:
        schema = self._schema or table.schema
        columns = conformed_columns(table, schema)
        return pa.table(columns, schema=schema)


def conformed_columns(table: pa.Table, schema: pa.Schema) -> list[pa.ChunkedArray]:
    """The columns of a schema; nulls for those that the table lacks."""
    # By place: pyarrow goes through all names for each that it looks up.
    held = dict(zip(table.column_names, table.columns, strict=True))
    return [
        conformed(held[field.name], field.type)
        if field.name in held
        else pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        for field in schema
    ]


def conformed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The column in a type that holds it."""
    if column.type == kind:
        return column
    if pa.types.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(column), kind)])
    lists = pa.types.is_large_list(column.type) or pa.types.is_list(column.type)
    if pa.types.is_large_list(kind) and not lists:
        inner = pa.large_list(column.type)
        column = pa.chunked_array([as_list(chunk) for chunk in column.chunks], inner)
    return column if column.type == kind else column.cast(kind)
