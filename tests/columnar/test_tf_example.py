"""Examples come back from tf.Examples, ours and those of other writers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx_bsl.coders import example_coder

from tidegate.columnar.example_layout import decode_alike
from tidegate.columnar.tf_example import decode, encode, records, varints
from tidegate.errors import DataError

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT32 = st.floats(width=32, allow_nan=False)
TEXT = st.text(min_size=1, max_size=200)


def columns_of(rows: int) -> st.SearchStrategy[dict[str, pa.Array]]:
    """Typed columns with missing values."""

    def of(values: st.SearchStrategy[Any], kind: pa.DataType) -> Any:
        listed = st.lists(st.none() | values, min_size=rows, max_size=rows)
        return listed.map(lambda cells: pa.array(cells, kind))

    return st.fixed_dictionaries(
        {
            "whole": of(INT64, pa.int64()),
            "a_rather_long_name_of_a_feature": of(FLOAT32, pa.float32()),
            "té": of(TEXT, pa.string()),
        }
    )


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5).flatmap(columns_of))
def test_what_is_written_comes_back(columns: dict[str, pa.Array]) -> None:
    batch = pa.RecordBatch.from_pydict(columns)
    table = decode(records(encode(batch)))
    assert table.column_names == sorted(columns, key=str.encode)
    for name, column in columns.items():
        assert table.column(name).to_pylist() == column.to_pylist()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5).flatmap(columns_of))
def test_the_general_decoder_reads_the_same(columns: dict[str, pa.Array]) -> None:
    written = records(encode(pa.RecordBatch.from_pydict(columns)))
    general = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(written)
    for name, column in columns.items():
        lists = general.column(general.schema.get_field_index(name)).to_pylist()
        bytes_or_numbers = column.cast("binary") if name == "té" else column
        first = [one[0] if one else None for one in lists]
        assert first == bytes_or_numbers.to_pylist()


def test_features_are_sorted_by_their_bytes() -> None:
    batch = pa.RecordBatch.from_pydict({"b": [1], "é": [2], "B": [3], "ba": [4]})
    (record,) = records(encode(batch))
    places = [record.index(b"\n" + bytes([len(n)]) + n) for n in KEYS]
    assert places == sorted(places)


KEYS = [b"B", b"b", b"ba", "é".encode()]


@pytest.mark.parametrize("value", [0, 1, 127, 128, 2**32, 2**63 - 1, -1, -(2**63)])
def test_a_varint_has_seven_bits_a_byte(value: int) -> None:
    (got,) = varints(np.array([value])).to_pylist()
    assert sum((byte & 0x7F) << 7 * i for i, byte in enumerate(got)) == value % 2**64
    assert [byte >> 7 for byte in got] == [1] * (len(got) - 1) + [0]


def kind(values: list[list[Any] | None]) -> pa.DataType | None:
    """Floats of 32 bits, as tf.Example has them; None leaves the choice to Arrow."""
    floats = any(isinstance(one, float) for cell in values for one in cell or [])
    return pa.list_(pa.float32()) if floats else None


def of_others(**columns: list[list[Any] | None]) -> list[bytes]:
    """Records as another writer has them: in any order, with several values."""
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array(values, kind(values)) for name, values in columns.items()}
    )
    return list(example_coder.RecordBatchToExamplesEncoder().encode(batch))


def test_records_in_another_order_are_read() -> None:
    names = [f"feature_{i}" for i in range(9)]
    cells: list[list[Any] | None] = [[i] for i in range(50)]
    written = of_others(**dict.fromkeys(names, cells))
    assert decode_alike(written) is None
    table = decode(written)
    assert table.column_names == names
    assert all(table.column(n).to_pylist() == list(range(50)) for n in names)


def test_several_values_make_a_list_column() -> None:
    table = decode(of_others(x=[[1, 2], [3], []], y=[[1.5], None, [2.5]]))
    assert table.column("x").to_pylist() == [[1, 2], [3], []]
    assert table.column("y").to_pylist() == [1.5, None, 2.5]


@pytest.mark.parametrize("cell", [[1, 2], [b"a", b"b"], [1.5, 2.5]])
def test_several_values_in_every_row_make_a_list_column(cell: list[Any]) -> None:
    table = decode(of_others(x=[cell, cell]))
    assert table.column("x").to_pylist() == [cell, cell]


def test_bytes_that_are_no_text_stay_bytes() -> None:
    table = decode(of_others(x=[[b"\xff"], [b"a"]], y=[[b"a"], [b"b"]]))
    assert table.schema.field("x").type == pa.large_binary()
    assert table.schema.field("y").type == pa.large_string()


def test_only_the_columns_wanted_are_decoded() -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1], "b": [2], "c": [3]})
    table = decode(records(encode(batch)), ["c", "a", "zz"])
    assert table.to_pydict() == {"c": [3], "a": [1]}


@pytest.mark.parametrize("record", [b"\xff\xff", b"\x0a\x05abc", b"what is this"])
def test_what_is_no_example_is_refused(record: bytes) -> None:
    with pytest.raises(DataError, match="cannot be decoded"):
        decode([record])
