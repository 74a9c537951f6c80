"""Parquet files as a data set, their columns in what a tf.Example can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.byte_stream import passed
from tidegate.columnar.column_kinds import Unstorable, joined, stored, stored_type
from tidegate.columnar.csv_header import compare_headers
from tidegate.columnar.dataset import Batch, Part, Task
from tidegate.columnar.formats import DataFiles, shown
from tidegate.columnar.parquet_file import Footer, read_footer, read_row_batches
from tidegate.errors import DataError, Problems, TidegateError, raise_all

_MOST_TOLD = 20


class ParquetDataset(DataFiles):
    """Parquet files with the same columns.

    Args:
        parts: The files.
        schema: Names and stored types of the columns over all files.
        rows: Rows of each file.
        span: See `DataFiles`.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        schema: pa.Schema,
        rows: Sequence[int],
        *,
        span: int | None = None,
    ) -> None:
        self.parts = tuple(parts)
        self.schema = schema
        self._rows = tuple(rows)
        self.span = span

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`."""
        path = _path(self.parts[part])
        size = told = start = 0
        for batch in read_row_batches(path):
            yield partial(self._batch, part, start, batch)
            start += batch.num_rows
            size = size or path.stat().st_size
            # Columns are read here and there in the file: rows tell how far.
            done = size * start // max(self._rows[part], start)
            passed(done - told)
            told = done
        passed((size or path.stat().st_size) - told)

    def _batch(self, part: int, start: int, batch: pa.RecordBatch) -> Batch:
        path = _path(self.parts[part])
        rows = f"rows {start + 1:,} to {start + batch.num_rows:,}"
        columns = [
            _stored(path, rows, field, column)
            for field, column in zip(self.schema, batch.columns, strict=True)
        ]
        return Batch(pa.Table.from_arrays(columns, schema=self.schema), part, start)


def open_parquet(parts: Sequence[Part], span: int | None = None) -> ParquetDataset:
    """Parquet files as a data set, all their footers read and compared.

    Raises:
        DataError: A file is damaged, has no columns, or differs in columns;
            or a column cannot be held by a tf.Example; or no file has a row.
        Problems: Several of that.
    """
    errors: list[TidegateError] = []
    footers: list[tuple[Path, Footer]] = []
    for part in parts:
        path = _path(part)
        try:
            footers.append((path, read_footer(path)))
        except DataError as error:
            errors.append(error)
    errors.extend(compare_headers([(p, f.schema.names) for p, f in footers] or [_NONE]))
    schema = pa.schema([])
    if footers:
        schema = _joined_schema(footers, errors)
        if not errors and not sum(footer.rows for _, footer in footers):
            errors.append(_no_rows(footers[0][0], len(schema)))
    raise_all("the data cannot be read whole", errors)
    rows = [footer.rows for _, footer in footers]
    return ParquetDataset(parts, schema, rows, span=span)


_NONE: tuple[Path, list[str]] = (Path(), [])


def _joined_schema(
    footers: Sequence[tuple[Path, Footer]], errors: list[TidegateError]
) -> pa.Schema:
    """Names and stored types over all files; what is wrong goes into `errors`."""
    first, footer = footers[0]
    if not footer.schema.names:
        errors.append(_no_columns(first))
    kinds: dict[str, pa.DataType] = {}
    for path, one in footers:
        for field in one.schema:
            try:
                kind = stored_type(field.type)
            except Unstorable as reason:
                errors.append(_unstorable(path, field.name, str(reason)))
                continue
            known = kinds.get(field.name, kind)
            wider = joined(known, kind)
            if wider is None:
                errors.append(_two_types(path, field.name, known, kind))
            kinds[field.name] = wider or known
    if len(errors) > _MOST_TOLD:
        raise Problems("the data cannot be read whole", errors[:_MOST_TOLD])
    names = [name for name in footer.schema.names if name in kinds]
    return pa.schema([(name, kinds[name]) for name in names])


def _stored(path: Path, rows: str, field: pa.Field, column: pa.Array) -> pa.Array:
    try:
        made = stored(column)
        return made if made.type == field.type else made.cast(field.type, safe=False)
    except Unstorable as reason:
        raise _unstorable(f"{shown(path)}, {rows}", field.name, str(reason)) from None
    except (pa.ArrowException, ValueError, IndexError, OverflowError) as error:
        raise DataError(
            f"the column {shown(field.name)!r} cannot be read",
            where=f"{shown(path)}, {rows}",
            expected=f"values of type {column.type}",
            got=shown(str(error).splitlines()[0]),
            fix="write or copy the file again; this copy is damaged",
        ) from error


def _unstorable(where: str | Path, name: str, reason: str) -> DataError:
    fix = "cast it in the export"
    if "missing" in reason:
        fix = "fill it in the export, or leave it out of the list"
    elif "struct" in reason or "map" in reason or "list" in reason:
        fix = "give each inner field a column of its own in the export"
    return DataError(
        f"the column {shown(name)!r} cannot be held by a tf.Example",
        where=shown(where),
        expected="numbers, text, bytes, dates or times, or lists of one of these",
        got=shown(reason),
        fix=fix,
    )


def _two_types(
    path: Path, name: str, one: pa.DataType, other: pa.DataType
) -> DataError:
    return DataError(
        f"the column {shown(name)!r} has another type than in the files before",
        where=shown(path),
        expected=str(one),
        got=str(other),
        fix="export all files with one type for each column",
    )


def _no_columns(path: Path) -> DataError:
    return DataError(
        "the Parquet file has no columns",
        where=shown(path),
        expected="at least one column",
        got="0 columns",
        fix="export it again, or take it out of the folder",
    )


def _no_rows(path: Path, columns: int) -> DataError:
    return DataError(
        "the data have no rows",
        where=shown(path),
        expected="at least one row",
        got=f"{columns} columns, 0 rows",
        fix="export it again, or take it out of the folder",
    )


def _path(part: Part) -> Path:
    if part.path is None:
        raise ValueError("a Parquet file has a path")
    return part.path
