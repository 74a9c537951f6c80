"""Records taken apart by feature and put together otherwise say what they must."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow.core.example import example_pb2

from tidegate.columnar import tf_example
from tidegate.errors import DataError
from tidegate.explain.entries import RowEntries

Cell = tuple[str, list[Any]] | None
KINDS = {
    "int64_list": st.integers(-(2**63), 2**63 - 1),
    "float_list": st.floats(width=32, allow_nan=False),
    "bytes_list": st.binary(max_size=200),
}
# What is missing, what is there without values, and what has several, are three.
CELLS = st.none() | st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(KINDS[kind], max_size=3))
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "é", "long " * 40]), CELLS),
    min_size=1,
    max_size=6,
)


def record(row: Mapping[str, Cell]) -> bytes:
    example = example_pb2.Example()
    for name, cell in row.items():
        feature = example.features.feature[name]
        if cell is not None:
            held = getattr(feature, cell[0])
            held.SetInParent()
            held.value.extend(cell[1])
    return bytes(example.SerializeToString())


def features(serialized: bytes) -> dict[str, bytes]:
    example = example_pb2.Example.FromString(serialized)
    return {
        name: feature.SerializeToString()
        for name, feature in example.features.feature.items()
    }


@given(ROWS)
def test_put_together_again_they_are_the_same(rows: list[dict[str, Cell]]) -> None:
    records = [record(row) for row in rows]
    again = RowEntries(records).records()
    assert [features(one) for one in again] == [features(one) for one in records]


@given(ROWS, st.data())
def test_a_shuffled_feature_has_the_values_of_the_other_rows_and_no_other_moves(
    rows: list[dict[str, Cell]], data: st.DataObject
) -> None:
    records = [record(row) for row in rows]
    order = data.draw(st.permutations(range(len(rows))))
    entries = RowEntries(records)
    for name in entries.names:
        for row, made in enumerate(entries.records({name: np.array(order)})):
            expected = features(records[row])
            expected.pop(name, None)
            if name in features(records[order[row]]):
                expected[name] = features(records[order[row]])[name]
            assert features(made) == expected


def test_the_records_are_those_that_example_gen_writes() -> None:
    columns = {
        "count": pa.array([1, None, 3]),
        "kind": pa.array(["x" * 300, "y", None]),
        "ratio": pa.array([0.5, 1.5, None], pa.float32()),
    }
    batch = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
    records = tf_example.records(tf_example.encode(batch))
    assert RowEntries(records).records() == records


def test_only_features_that_are_asked_for_are_kept() -> None:
    row = {"a": ("int64_list", [1]), "b": ("int64_list", [2])}
    entries = RowEntries([record(row)], ["b", "none"])
    assert entries.names == ("b", "none")
    assert features(entries.records()[0]) == {"b": features(record(row))["b"]}
    assert RowEntries([record(row)] * 2, []).records() == [b"\n\x00"] * 2


def test_a_feature_of_no_row_changes_nothing() -> None:
    entries = RowEntries([record({"a": ("int64_list", [n])}) for n in range(3)])
    assert entries.records({"other": np.array([2, 1, 0])}) == entries.records()


def test_there_may_be_more_records_than_rows() -> None:
    entries = RowEntries([record({"a": ("int64_list", [n])}) for n in range(2)])
    made = entries.records({"a": np.array([0, 1, 1, 0])}, rows=4)
    first, second = entries.records()
    assert made == [first, second, second, first]


def test_of_a_name_that_is_there_twice_the_last_counts() -> None:
    one, other = (record({"a": ("int64_list", [n])}) for n in (1, 2))
    assert RowEntries([one + other]).records() == [other]


def test_unknown_fields_are_passed_over() -> None:
    plain = record({"a": ("int64_list", [1])})
    # A varint, eight bytes, four bytes and a text, in fields that nobody knows.
    strange = b"\x78\x96\x01" + b"\x79" + bytes(8) + b"\x7d" + bytes(4) + b"\x7a\x01x"
    assert RowEntries([strange + plain]).records() == [plain]


@pytest.mark.parametrize(
    "damaged",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x0a\xff",
        b"\x0b\x00",
        b"\x0a\x03\x0a\x05a",
        b"\x79abc",
    ],
)
def test_what_is_no_example_is_refused_by_its_place(damaged: bytes) -> None:
    good = record({"a": ("int64_list", [1])})
    with pytest.raises(DataError, match=r"not a tf\.Example") as told:
        RowEntries([good, damaged])
    assert told.value.where == "row 2 of the sample"


@given(st.binary(max_size=40))
def test_any_bytes_are_an_example_or_refused(content: bytes) -> None:
    with suppress(DataError):
        RowEntries([content]).records()
