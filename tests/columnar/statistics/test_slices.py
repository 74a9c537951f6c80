"""Each slice has its name and its rows, and no other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tidegate.columnar.statistics.slices import SliceBy, slices_of
from tidegate.errors import ComponentError, DataError

LISTS = pa.large_list(pa.int64())
TABLE = pa.table(
    {
        "b": pa.array(["x", None, "y", "x", "ü"], pa.large_string()),
        "a": pa.array([[1, 2], [1], None, [2, 2], []], LISTS),
        "bytes": pa.array([b"p", b"q", None, b"p", b""], pa.large_binary()),
        "float": pa.array([0.5, None, 2.0, 0.5, -1.0], pa.float32()),
        "bad": pa.array([b"\xff"] * 5, pa.large_binary()),
        "void": pa.nulls(5),
    }
)


def found(*slices: SliceBy, table: Any = TABLE, **given: Any) -> dict[str, list[int]]:
    made = list(slices_of(table, slices, **given))
    rows = {name: rows.to_pylist() for name, rows in made}
    assert len(rows) == len(made), "a slice comes twice"
    return rows


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((("b", None),), {"b_x": [0, 3], "b_y": [2], "b_ü": [4]}),
        ((("a", None),), {"a_1": [0, 1], "a_2": [0, 3]}),
        ((("bytes", None),), {"bytes_p": [0, 3], "bytes_q": [1], "bytes_": [4]}),
        (
            (("float", None),),
            {"float_0.5": [0, 3], "float_2.0": [2], "float_-1.0": [4]},
        ),
        ((("b", ("y",)),), {"b_y": [2]}),
        ((("b", ("y", "x")),), {"b_x": [0, 3], "b_y": [2]}),
        ((("b", ("z",)),), {}),
        ((("a", ("2",)),), {"a_2": [0, 3]}),
        ((("a", (" 02",)),), {"a_2": [0, 3]}),
        ((("void", None),), {}),
        ((), {}),
    ],
    ids=str,
)
def test_rows_are_in_the_slices_of_their_values(
    by: SliceBy, expected: dict[str, list[int]]
) -> None:
    assert found(by) == expected


def test_names_of_several_features_are_sorted_and_their_values_crossed() -> None:
    assert found((("b", None), ("a", None))) == {
        "a_1_b_x": [0],
        "a_2_b_x": [0, 3],
    }
    assert found((("a", None), ("b", None))) == found((("b", None), ("a", None)))
    assert found((("b", ("x",)), ("a", ("1",)))) == {"a_1_b_x": [0]}


def test_each_spec_has_its_own_slices() -> None:
    assert found((("b", ("y",)),), (("a", ("1",)),)) == {"b_y": [2], "a_1": [0, 1]}


def test_a_feature_that_is_not_there_is_left_out_of_the_names() -> None:
    assert found((("gone", None), ("b", ("y",)))) == {"b_y": [2]}
    assert found((("gone", None),)) == {}
    assert found((("a", None), ("b", ("y",))), columns=["b"]) == {"b_y": [2]}


def test_pieces_of_columns_count_as_one() -> None:
    pieces = pa.concat_tables([TABLE.slice(0, 2), TABLE.slice(2)])
    for name in ("a", "b"):
        by: SliceBy = ((name, None),)
        assert found(by, table=pieces) == found(by)
    assert found((("a", None),), table=TABLE.slice(1)) == {"a_1": [0], "a_2": [2]}
    batch = TABLE.to_batches()[0]
    assert found((("a", None),), table=batch) == found((("a", None),))
    assert found((("a", None),), table=batch.slice(3)) == {"a_2": [0]}


def test_values_that_cannot_name_a_slice_are_refused() -> None:
    with pytest.raises(DataError, match="'bad' has values that cannot name"):
        found((("bad", None),))
    with pytest.raises(ComponentError, match="'a' cannot be sliced by this value"):
        found((("a", ("one",)),))
