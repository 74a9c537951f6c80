"""Cells parsed at Arrow's speed have the types and values of the stock rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.columnar.csv_blocks import RawBlock
from tidegate.columnar.csv_parsing import WiderTypes, parse_typed
from tidegate.columnar.inference import ColumnType, value_type

CELLS = (
    "7",
    "+7",
    " 7",
    "7 ",
    "1_0",
    "0x1F",
    "-0X1f",
    " 0x1F",
    "1.5",
    "1e400",
    "nan",
    "NAN(1)",
    "-nan(x)",
    "inf",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1" * 30,
    "1" * 500,
    "text",
    "é",
)
KNOWN = (ColumnType.INT, ColumnType.FLOAT, ColumnType.STRING)


def parsed(cell: str, known: ColumnType) -> object:
    """The cell in a column of a known type, or the wider type that it needs."""
    # Quoted and not, first and not: where a number may begin.
    data = f'{cell},1\n"{cell}",2\n,3\n'.encode()
    types = {"x": known, "n": ColumnType.INT}
    try:
        table = parse_typed(Path("in.csv"), RawBlock(data, 2), types, 3)
    except WiderTypes as wider:
        return wider.types.get("x")
    first, second, missing = table.column("x").to_pylist()
    assert repr(first) == repr(second)
    assert missing is None
    return first


@pytest.mark.parametrize("known", KNOWN, ids=lambda kind: kind.name)
@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_judged_by_the_stock_rule(cell: str, known: ColumnType) -> None:
    needed = value_type(cell)
    got = parsed(cell, known)
    if needed > known:
        assert got is needed
    elif known is ColumnType.STRING:
        assert got == cell
    elif known is ColumnType.INT:
        assert got == int(cell)
    else:
        assert got == pytest.approx(float(cell), nan_ok=True)


def test_columns_that_fit_are_not_called_wider() -> None:
    types = {"x": ColumnType.INT, "y": ColumnType.UNKNOWN, "z": ColumnType.FLOAT}
    with pytest.raises(WiderTypes) as wider:
        parse_typed(Path("in.csv"), RawBlock(b"1,2,3\n4,5.5,x\n", 2), types, 2)
    assert wider.value.types == {"y": ColumnType.FLOAT, "z": ColumnType.STRING}
