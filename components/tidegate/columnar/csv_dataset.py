"""CSV files as a data set: read strictly, each column in one type over all files.

The types begin as those of the first rows and are held against every cell. Only
where a later cell is wider does the data set start again, after one pass over
all files that finds the types for good. So most data are read once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.csv_blocks import RawBlock, end_of_records
from tidegate.columnar.csv_file import Scan, verify
from tidegate.columnar.csv_header import compare_headers
from tidegate.columnar.csv_parsing import WiderTypes, parse_typed
from tidegate.columnar.csv_structure import structure
from tidegate.columnar.dataset import Batch, Part, Positions, StartAgain, Task
from tidegate.columnar.formats import DataFiles, shown
from tidegate.columnar.inference import ColumnType
from tidegate.columnar.scan import scan
from tidegate.errors import DataError, Problems, TidegateError

# One for all data sets, so that these can be pickled; it is seldom taken.
_WIDENING = threading.Lock()
# Enough rows to show the types; if not, the data are read twice.
_FIRST_BYTES = 1 << 20


class CsvDataset(DataFiles):
    """CSV files with one header.

    Args:
        parts: The files.
        types: Type of each column, in the order of the columns.
        final: True if the types are known to hold for all cells.
        span: See `DataFiles`.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        types: Mapping[str, ColumnType],
        *,
        final: bool = False,
        span: int | None = None,
    ) -> None:
        self.parts = tuple(parts)
        self.types = dict(types)
        self.span = span
        self._final = final
        self._again: CsvDataset | None = None

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`; the problems of all files are told together."""
        path = _path(self.parts[part])
        try:
            yield from self._tasks(part, path)
        except (DataError, Problems) as error:
            raise self._all_problems(error) from None

    def with_types(self, types: Mapping[str, ColumnType]) -> CsvDataset:
        """The same files, of which all cells are known to have these types."""
        return CsvDataset(self.parts, types, final=True, span=self.span)

    def settled(self) -> CsvDataset | None:
        """The same files with the types of all their cells; None if it has these.

        Raises:
            DataError: A file cannot be read whole.
        """
        if self._final:
            return None
        again = self._widened({})
        return None if again.types == self.types else again

    def _tasks(self, part: int, path: Path) -> Iterator[Task]:
        reading, start = Scan(path), 0
        for raw, found in reading.blocks():
            if not start:
                self._demand_header(path, reading.columns)
            if not reading.wrong:
                yield partial(self._batch, part, start, raw, found.lines)
            start += found.lines.size
        reading.finish()

    def _batch(self, part: int, start: int, raw: RawBlock, lines: Positions) -> Batch:
        path = _path(self.parts[part])
        return Batch(self._table(path, raw, lines.size), part, start, lines)

    def _table(self, path: Path, raw: RawBlock, rows: int) -> pa.Table:
        try:
            return parse_typed(path, raw, self.types, rows)
        except WiderTypes as wider:
            if self._final:
                raise _changed(path) from None
            raise StartAgain(self._widened(wider.types)) from None

    def _widened(self, found: Mapping[str, ColumnType]) -> CsvDataset:
        """The same files with the types of all their cells, found once."""
        with _WIDENING:
            if self._again is None:
                search = _TypeSearch(self.parts, {**self.types, **found})
                for _ in scan(search, _nothing):
                    pass
                self._again = self.with_types(search.types)
            return self._again

    def _demand_header(self, path: Path, columns: Sequence[str]) -> None:
        first = _path(self.parts[0])
        for error in compare_headers([(first, list(self.types)), (path, columns)]):
            raise error

    def _all_problems(self, error: TidegateError) -> TidegateError:
        """What is wrong with any of the files, since all have to be mended."""
        if len(self.parts) == 1:
            return error
        found = all_problems(self.parts)
        return found or error


class _TypeSearch(CsvDataset):
    """A reading that takes wider types on instead of stopping at them."""

    def __init__(self, parts: Sequence[Part], types: Mapping[str, ColumnType]) -> None:
        super().__init__(parts, types)
        self._lock = threading.Lock()

    def _table(self, path: Path, raw: RawBlock, rows: int) -> pa.Table:
        try:
            parse_typed(path, raw, dict(self.types), rows)
        except WiderTypes as wider:
            with self._lock:
                for name, kind in wider.types.items():
                    self.types[name] = max(kind, self.types[name])
        return pa.table({})


def types_of(dataset: CsvDataset, part: int) -> dict[str, ColumnType]:
    """Types that hold for all cells of a part, at least those of the data set.

    Raises:
        DataError: The file cannot be read whole.
    """
    search = _TypeSearch(dataset.parts, dataset.types)
    for _ in scan(search, _nothing, [part]):
        pass
    return search.types


def open_csv(
    parts: Sequence[Part],
    types: Mapping[str, ColumnType] | None = None,
    span: int | None = None,
) -> CsvDataset:
    """CSV files as a data set, with the types that first rows show.

    Args:
        parts: The files.
        types: Types that columns have at least, for instance by a schema.
        span: See `DataFiles`.

    Raises:
        DataError: The first rows cannot be read; if so, all files are held
            against the same rules, and all problems are told together.
    """
    try:
        found = _first_types(_path(parts[0]))
        if len(parts) > 1:
            # Exports change with time, so the last file shows most of what does.
            last = _first_types(_path(parts[-1]))
            found = {
                name: max(kind, last.get(name, kind)) for name, kind in found.items()
            }
    except (DataError, Problems) as error:
        raise all_problems(parts) or error from None
    given = types or {}
    joined = {name: max(kind, given.get(name, kind)) for name, kind in found.items()}
    return CsvDataset(parts, joined, span=span)


def all_problems(parts: Sequence[Part]) -> TidegateError | None:
    """Everything that is wrong with the files as CSV, or None."""
    paths = [_path(part) for part in parts]
    try:
        verify(paths)
    except TidegateError as error:
        return error
    return None


def _first_types(path: Path) -> dict[str, ColumnType]:
    """Types of the columns in the first rows; UNKNOWN where there are none."""
    reading = Scan(path)
    for raw, found in reading.blocks():
        types = dict.fromkeys(reading.columns, ColumnType.UNKNOWN)
        if reading.wrong:
            return types
        first, rows = raw, found.lines.size
        if cut := end_of_records(raw.data[:_FIRST_BYTES]):
            first = RawBlock(raw.data[:cut], raw.line)
            rows = structure(path, first, reading.columns).lines.size
        try:
            parse_typed(path, first, types, rows)
        except WiderTypes as wider:
            types.update(wider.types)
        return types
    reading.finish()
    return {}


def _path(part: Part) -> Path:
    if part.path is None:
        raise ValueError("a CSV file has a path")
    return part.path


def _nothing(batch: Batch) -> None:
    """Of the search for types only the types are wanted."""


def _changed(path: Path) -> DataError:
    return DataError(
        "the file has changed while it was read",
        where=shown(path),
        expected="the same cells in both readings",
        got="a cell of another type",
        fix="read the data when nothing writes to them any more",
    )
