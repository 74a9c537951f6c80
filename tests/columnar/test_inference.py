"""Column types are those of the stock rule, for every spelling of a number."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar.inference import (
    ColumnType,
    TypeInference,
    column_type,
    convert,
    value_type,
)

SPELLINGS = [
    "",
    "0",
    "-0",
    "+7",
    " 7",
    "7 ",
    "007",
    "1_000",
    "0x1F",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1e400",
    "-1E-3",
    "nan",
    "NaN",
    "nan(1)",
    "inf",
    "-Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "1" * 30,
    "NA",
    "true",
    "é",
    "١",
    "1 2",
    "-",
    "0b1",
]
cells = st.sampled_from(SPELLINGS) | st.integers().map(str) | st.floats().map(str)


def highest(values: list[str]) -> ColumnType:
    """The answer of the rule, cell by cell."""
    return max((value_type(value) for value in values), default=ColumnType.UNKNOWN)


def column(values: list[str]) -> pa.Array:
    return pa.array([value or None for value in values], pa.string())


@settings(deadline=None)
@given(st.lists(cells | st.text(max_size=3), max_size=8))
def test_a_column_has_the_highest_type_of_its_cells(values: list[str]) -> None:
    values = [value.replace("\0", "") for value in values]
    assert column_type(column(values)) is highest(values)


@settings(deadline=None)
@given(st.lists(cells, max_size=6), st.lists(cells, max_size=6))
def test_batches_add_up(first: list[str], second: list[str]) -> None:
    inference = TypeInference()
    for values in (first, second):
        inference.add(pa.RecordBatch.from_arrays([column(values)], ["x"]))
    assert inference.types == {"x": highest(first + second)}


@settings(deadline=None)
@given(st.lists(cells, min_size=1, max_size=6))
def test_values_are_those_that_python_reads(values: list[str]) -> None:
    kind = highest(values)
    batch = pa.RecordBatch.from_arrays([column(values)], ["x"])
    got = convert(batch, {"x": kind}).column(0).to_pylist()
    if kind is ColumnType.INT:
        assert got == [int(value) if value else None for value in values]
    elif kind is ColumnType.FLOAT:
        wanted = pa.array([float(v) if v else None for v in values], pa.float64())
        with_32_bits = wanted.cast(pa.float32(), safe=False).to_pylist()
        assert list(map(repr, got)) == list(map(repr, with_32_bits))
    elif kind is ColumnType.STRING:
        assert got == [value or None for value in values]


@pytest.mark.parametrize("value", SPELLINGS)
def test_the_rule_is_the_stock_rule(value: str) -> None:
    csv_decoder = pytest.importorskip("tfx_bsl.coders.csv_decoder")
    infer = csv_decoder._InferValueType
    assert value_type(value) == infer(value.encode())
