"""Examples as the batches that TFT's graphs take."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tidegate.errors import DataError
from tidegate.transform.applying import as_columns
from tidegate.transform.reading import as_batch, unsupported_columns


def _lists(kind: Any) -> pa.DataType:
    return pa.large_list(kind)


@pytest.mark.parametrize(
    ("column", "kind", "expected"),
    [
        (pa.array([1, None]), pa.int64(), [[1], None]),
        (pa.array([[1, 2], []], _lists(pa.int64())), pa.int64(), [[1, 2], []]),
        (pa.array(["a", None]), pa.large_binary(), [[b"a"], None]),
        (pa.nulls(2), pa.float32(), [None, None]),
        (pa.array(["a", "a"]).dictionary_encode(), pa.large_binary(), [[b"a"]] * 2),
    ],
)
def test_a_column_becomes_lists_of_the_type_that_the_schema_says(
    column: pa.Array, kind: Any, expected: list[Any]
) -> None:
    schema = pa.schema([("x", _lists(kind))])
    batch = as_batch(pa.table({"x": column}), schema)
    assert batch.schema == schema
    assert batch.column(0).to_pylist() == expected


def test_a_feature_that_no_row_has_is_null() -> None:
    schema = pa.schema([("y", _lists(pa.int64()))])
    batch = as_batch(pa.table({"x": [1, 2]}), schema)
    assert batch.column(0).to_pylist() == [None, None]


def test_another_kind_than_the_schema_says_is_refused() -> None:
    schema = pa.schema([("x", _lists(pa.float32()))])
    with pytest.raises(DataError, match="'x' is not of the type") as caught:
        as_batch(pa.table({"x": [1, 2]}), schema)
    assert (caught.value.expected, caught.value.got) == ("floats", "integers")


def test_columns_that_are_no_lists_of_values_are_found() -> None:
    nested = _lists(_lists(pa.int64()))
    schema = pa.schema([("x", nested), ("y", _lists(pa.int64()))])
    assert unsupported_columns(schema) == ["x"]


@pytest.mark.parametrize(
    ("rows", "kind", "expected"),
    [
        ([[1], [2]], pa.int64(), pa.int64()),
        ([[b"a"], [b"b"]], pa.large_binary(), pa.large_string()),
        ([[b"\xff"]], pa.large_binary(), pa.large_binary()),
        ([[1], []], pa.int64(), _lists(pa.int64())),
        ([[1], None], pa.int64(), _lists(pa.int64())),
    ],
)
def test_columns_are_single_values_where_each_row_has_one(
    rows: list[Any], kind: Any, expected: pa.DataType
) -> None:
    array = pa.array(rows, _lists(kind))
    table = as_columns(pa.RecordBatch.from_arrays([array], ["x"]))
    assert table.schema.field("x").type == expected
