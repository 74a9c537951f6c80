"""Blocks of CSV to Arrow in the types of their columns, at Arrow's own speed.

Arrow parses cells straight into numbers. It is stricter than the stock rule of
types in some spellings and laxer in others; wherever the two might differ, the
cells are read as text and judged by the rule itself (see `inference`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tidegate.columnar.csv_blocks import RawBlock
from tidegate.columnar.formats import shown
from tidegate.columnar.inference import ColumnType, column_type, convert
from tidegate.errors import ComponentError

Types = Mapping[str, ColumnType]

_ARROW = {
    ColumnType.UNKNOWN: pa.null(),
    ColumnType.INT: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.STRING: pa.large_string(),
}
# Arrow takes 0x1F for an integer and nan(1) for a float; the rule does not.
_LAX = (b"0x", b"0X", b"n(", b"N(")
_BEFORE_NUMBER = frozenset(b',"\r\n\t -')
# From here on a float may have been spelled as an integer too long for 64 bits,
# which makes it text by the rule.
_LARGE = 2.0**63


class WiderTypes(Exception):
    """Cells of a block do not fit the types that were given.

    Attributes:
        types: The columns concerned, each with the type that its cells need.
    """

    def __init__(self, types: dict[str, ColumnType]) -> None:
        super().__init__("cells are of a wider type")
        self.types = types


def parse_typed(path: Path, raw: RawBlock, types: Types, rows: int) -> pa.Table:
    """The rows of a block, each column in the type given for it.

    Args:
        path: The file, for messages.
        raw: Whole records whose structure was found right.
        types: Type of each column, in the order of the columns.
        rows: Number of rows by the check of the structure.

    Raises:
        WiderTypes: A column has a cell of a wider type.
    """
    known = any(kind is not ColumnType.UNKNOWN for kind in types.values())
    if not known or _maybe_lax(raw.data):
        return _by_rule(path, raw, types, list(types), rows)
    try:
        table = _read(raw, {name: _ARROW[kind] for name, kind in types.items()})
    except pa.ArrowInvalid:
        return _by_rule(path, raw, types, list(types), rows)
    _demand_rows(path, raw, table.num_rows, rows)
    return _narrowed(path, raw, types, table)


def _maybe_lax(data: bytes) -> bool:
    """True where a cell may be a number for Arrow and none by the rule."""
    for sign in _LAX:
        at = data.find(sign)
        while at >= 0:
            if sign[1:] == b"(":
                if data[max(at - 2, 0) : at].lower() == b"na":
                    return True
            elif not at or data[at - 1] in _BEFORE_NUMBER:
                return True
            at = data.find(sign, at + 1)
    return False


def _narrowed(path: Path, raw: RawBlock, types: Types, table: pa.Table) -> pa.Table:
    """The table with floats of 32 bits; doubtful columns are read by the rule."""
    columns = [_whole(column) for column in table.columns]
    names = list(types)
    doubtful: list[str] = []
    for place, kind in enumerate(types.values()):
        if kind is ColumnType.FLOAT:
            values = _doubles(columns[place])
            if np.any(np.abs(values) >= _LARGE):
                doubtful.append(names[place])
            columns[place] = _floats(columns[place], values)
    if doubtful:
        read = _by_rule(path, raw, types, doubtful, table.num_rows)
        for name in doubtful:
            columns[names.index(name)] = _whole(read.column(name))
    return pa.Table.from_arrays(columns, names)


def _by_rule(
    path: Path, raw: RawBlock, types: Types, wanted: Sequence[str], rows: int
) -> pa.Table:
    """Some columns, read as text and converted by the rule of types."""
    table = _read(raw, dict.fromkeys(types, pa.string()), wanted)
    _demand_rows(path, raw, table.num_rows, rows)
    texts = pa.RecordBatch.from_arrays(
        [_whole(column) for column in table.columns], list(wanted)
    )
    wider: dict[str, ColumnType] = {}
    for name, column in zip(wanted, texts.columns, strict=True):
        known = types[name]
        if known is not ColumnType.STRING:
            kind = column_type(column, at_least=known)
            if kind > known:
                wider[name] = kind
    if wider:
        raise WiderTypes(wider)
    held = convert(texts, types)
    columns = [
        column.cast(pa.large_string()) if pa.types.is_string(column.type) else column
        for column in held.columns
    ]
    return pa.Table.from_arrays(columns, list(wanted))


def _read(
    raw: RawBlock, kinds: Mapping[str, pa.DataType], wanted: Sequence[str] = ()
) -> pa.Table:
    return csv.read_csv(
        pa.BufferReader(raw.data),
        read_options=csv.ReadOptions(
            column_names=list(kinds), block_size=len(raw.data) + 1, use_threads=False
        ),
        parse_options=csv.ParseOptions(newlines_in_values=b'"' in raw.data),
        convert_options=csv.ConvertOptions(
            check_utf8=False,  # The structure's check has done it.
            column_types=kinds,
            null_values=[""],
            strings_can_be_null=True,
            include_columns=list(wanted),
        ),
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks)


def _doubles(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    content = column.buffers()[1]
    values = np.frombuffer(content, np.float64)
    return values[column.offset :][: len(column)]


def _floats(
    column: pa.Array, values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> pa.Array:
    with np.errstate(over="ignore", invalid="ignore"):
        # As the stock reader: what is too great for 32 bits becomes infinite.
        narrow = values.astype(np.float32)
    missing = np.asarray(column.is_null()) if column.null_count else None
    return pa.array(narrow, pa.float32(), mask=missing)


def _demand_rows(path: Path, raw: RawBlock, got: int, expected: int) -> None:
    if got == expected:
        return
    raise ComponentError(
        "two readings of the file differ in their number of rows",
        where=f"{shown(path)}:{raw.line}",
        expected=f"{expected} rows",
        got=f"{got} rows",
        fix="report this as a fault of the reader, with the lines around there",
    )
