"""CSV files to Arrow, strictly and in bounded memory.

A file is read whole or refused: every problem names its file and line. Stock
readers turn several of them into fewer rows and success.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from tidegate.columnar import csv_refusals as refuse
from tidegate.columnar.byte_stream import read_chunks
from tidegate.columnar.csv_blocks import RawBlock, cut_blocks, gather
from tidegate.columnar.csv_header import compare_headers, parse_header, refuse_mark
from tidegate.columnar.csv_structure import Structure, structure
from tidegate.columnar.formats import Format, refuse_disguise, shown
from tidegate.errors import (
    ComponentError,
    DataError,
    Problems,
    TidegateError,
    raise_all,
)

_THREADS = 2
_KEPT = 5
_WHOLE = "the file cannot be read whole"


@dataclass(frozen=True)
class Block:
    """Some rows of one file.

    Attributes:
        batch: One string column a CSV column; null where a cell is empty.
        lines: Line of the file on which each row starts; the header is line 1.
    """

    batch: pa.RecordBatch
    lines: npt.NDArray[np.int64]


def read_blocks(path: Path) -> Iterator[Block]:
    """The rows of a CSV file, some MB at a time, in order.

    Blank lines are skipped, as the stock reader does; line numbers count them.

    Raises:
        DataError: The file cannot be read whole. Blocks before the place of the
            problem may have been yielded: use them only once this has ended.
    """
    scan = Scan(path)
    for raw, found in scan.blocks():
        if not scan.wrong:
            yield Block(_parse(path, raw, scan.columns, found), found.lines)
    scan.finish()


def verify(paths: Sequence[Path]) -> list[int]:
    """Rows of each file, all read strictly; their headers agree.

    Raises:
        DataError: One problem was found.
        Problems: Several were found; all are named.
    """
    with ThreadPoolExecutor(min(_THREADS, max(len(paths), 1))) as pool:
        checked = list(pool.map(_verify_one, paths))
    errors: list[TidegateError] = [e for one in checked for e in one.errors]
    headers = [(one.path, one.columns) for one in checked if one.columns]
    if headers:
        errors.extend(compare_headers(headers))
    raise_all("the data cannot be read whole", errors)
    return [one.rows for one in checked]


def read_columns(path: Path) -> list[str]:
    """Names of the columns of a CSV file, from its header alone."""
    scan = Scan(path)
    next(scan.blocks(), None)
    return scan.columns


@dataclass
class _Checked:
    path: Path
    columns: list[str]
    rows: int
    errors: list[TidegateError] = field(default_factory=list)


def _verify_one(path: Path) -> _Checked:
    scan = Scan(path)
    errors: list[TidegateError] = []
    try:
        for _ in scan.blocks():
            pass
        scan.finish()
    except Problems as several:
        errors.extend(several.errors)
    except TidegateError as error:
        errors.append(error)
    return _Checked(path, scan.columns, scan.rows, errors)


class Scan:
    """One pass over a file: its header, its rows, and what is wrong with them.

    Attributes:
        path: The file.
        columns: Names of the columns; empty before the first block.
        rows: Rows seen so far.
        wrong: How many of them have too many or too few fields.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: list[str] = []
        self.rows = 0
        self.wrong = 0
        self._first: list[tuple[int, int]] = []

    def blocks(self) -> Iterator[tuple[RawBlock, Structure]]:
        """Blocks of rows without the header, each with its structure."""
        try:
            yield from self._blocks()
        except DataError as error:
            raise_all(_WHOLE, [*self._problems(), error])

    def finish(self) -> None:
        """Raises what is wrong with the file, now that all of it was seen."""
        if not self.columns:
            raise refuse.empty(self.path)
        if not self.rows:
            raise refuse.header_only(self.path, len(self.columns))
        raise_all(_WHOLE, self._problems())

    def _blocks(self) -> Iterator[tuple[RawBlock, Structure]]:
        for raw in cut_blocks(gather(read_chunks(self.path))):
            body = raw if self.columns else self._take_header(raw)
            if not body.data:
                continue
            found = structure(self.path, body, self.columns)
            if raw.overlong:
                raise refuse.long_record(self.path, body)
            self.rows += found.lines.size
            self._count_wrong(found)
            if found.lines.size:
                yield body, found

    def _problems(self) -> list[TidegateError]:
        """What is wrong with the rows seen so far."""
        if not self.wrong:
            return []
        columns = len(self.columns)
        return [refuse.wrong_fields(self.path, columns, self.wrong, self._first)]

    def _take_header(self, raw: RawBlock) -> RawBlock:
        refuse_disguise(self.path, Format.CSV, raw.data)
        refuse_mark(self.path, raw.data)
        end = _first_record_end(raw.data)
        header = RawBlock(raw.data[:end], raw.line)
        structure(self.path, header, ())
        if raw.overlong:
            raise refuse.long_record(self.path, header)
        self.columns = parse_header(self.path, header.data)
        return RawBlock(raw.data[end:], raw.line + header.data.count(b"\n"))

    def _count_wrong(self, found: Structure) -> None:
        wrong = np.flatnonzero(found.fields != len(self.columns))
        self.wrong += wrong.size
        room = max(_KEPT - len(self._first), 0)
        for row in wrong[:room]:
            self._first.append((int(found.lines[row]), int(found.fields[row])))


def _first_record_end(data: bytes) -> int:
    """Bytes of the first record with its newline; all of them if it has none."""
    end = data.find(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.find(b"\n", end) + 1
    return end or len(data)


def _parse(
    path: Path, raw: RawBlock, columns: Sequence[str], found: Structure
) -> pa.RecordBatch:
    table = csv.read_csv(
        pa.BufferReader(raw.data),
        read_options=csv.ReadOptions(
            column_names=list(columns), block_size=len(raw.data) + 1, use_threads=False
        ),
        parse_options=csv.ParseOptions(newlines_in_values=b'"' in raw.data),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in columns},
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    if table.num_rows != found.lines.size:
        raise ComponentError(
            "two readings of the file differ in their number of rows",
            where=f"{shown(path)}:{raw.line}",
            expected=f"{found.lines.size} rows",
            got=f"{table.num_rows} rows",
            fix="report this as a fault of the reader, with the lines around there",
        )
    return table.combine_chunks().to_batches()[0]
