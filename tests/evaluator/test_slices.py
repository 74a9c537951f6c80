"""Slices of a whole batch are those that TFMA forms of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.slicer import slicer_lib

from tidegate.evaluator.not_covered import NotCovered
from tidegate.evaluator.slices import SliceKey, Slices, Slicing, Values

Rows = Sequence[Sequence[Any]]
FEATURES = ("colour", "size", "price")
COLOURS = st.sampled_from([b"red", b"blue", b"7", "grün".encode()])
VALUES = {
    "colour": COLOURS,
    "size": st.integers(5, 8),
    "price": st.sampled_from([1.5, 2.0, 7.0]),
}
WANTED = {"colour": ["red", "7", "green"], "size": ["5", "5.0"], "price": ["2.0", "7"]}


def values_of(rows: Rows, dtype: Any) -> Values:
    """The values of one feature, a list of them for each row."""
    numbers = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    flat = np.array([value for row in rows for value in row], dtype=dtype)
    return Values.of(numbers, flat)


def by_row(slices: Slices, rows: int, features: dict[str, Values]) -> list[Any]:
    """The slices of each row, sorted; a slice stands there as often as counted."""
    members, groups, count = slices.assign(rows, features)
    assert count == len(slices.keys)
    found: list[list[SliceKey]] = [[] for _ in range(rows)]
    for row, group in zip(members.tolist(), groups.tolist(), strict=True):
        found[row].append(slices.keys[group])
    return [sorted(keys, key=repr) for keys in found]


def by_tfma(specs: Sequence[Any], rows: int, raw: dict[str, Rows]) -> list[Any]:
    """The same as TFMA has it, one row at a time."""
    wanted = [slicer_lib.SingleSliceSpec(spec=spec) for spec in specs]
    found = []
    for row in range(rows):
        features = {
            name: np.array(lists[row], dtype=DTYPES[name])
            for name, lists in raw.items()
        }
        keys = slicer_lib.get_slices_for_features_dicts([], features, wanted)
        found.append(sorted(set(keys), key=repr))
    return found


DTYPES = {"colour": object, "size": np.int64, "price": np.float32}


@st.composite
def slicing_specs(draw: Any) -> Any:
    """A SlicingSpec with any mix of keys and values."""
    names = draw(st.lists(st.sampled_from(FEATURES), unique=True))
    fixed = [name for name in names if draw(st.booleans())]
    return config_pb2.SlicingSpec(
        feature_keys=[name for name in names if name not in fixed],
        feature_values={name: draw(st.sampled_from(WANTED[name])) for name in fixed},
    )


@st.composite
def tables(draw: Any) -> dict[str, Rows]:
    """Some features, none to three values a row."""
    rows = draw(st.integers(1, 12))
    names = draw(st.lists(st.sampled_from(FEATURES), unique=True))
    return {
        name: draw(
            st.lists(st.lists(VALUES[name], max_size=3), min_size=rows, max_size=rows)
        )
        for name in names
    } or {"size": [[1]] * rows}


@given(specs=st.lists(slicing_specs(), min_size=1, max_size=4), raw=tables())
def test_a_row_is_in_the_slices_that_tfma_gives_it(
    specs: list[Any], raw: dict[str, Rows]
) -> None:
    rows = len(next(iter(raw.values())))
    features = {name: values_of(lists, DTYPES[name]) for name, lists in raw.items()}
    slices = Slices([Slicing.of(spec) for spec in specs])

    assert by_row(slices, rows, features) == by_tfma(specs, rows, raw)


def test_slices_keep_their_numbers_from_batch_to_batch() -> None:
    slices = Slices([Slicing(keys=("size",))])
    slices.assign(2, {"size": values_of([[3], [1]], np.int64)})

    members, groups, count = slices.assign(2, {"size": values_of([[2], [3]], np.int64)})

    assert [slices.keys[group] for group in groups] == [
        (("size", 2),),
        (("size", 3),),
    ]
    assert members.tolist() == [0, 1]
    assert count == 3


def test_no_slicing_is_one_slice_of_all_rows() -> None:
    slices = Slices([])
    assert by_row(slices, 3, {}) == [[()], [()], [()]]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array([1.0, np.nan]), "NaN"),
        (np.array([b"\xff", b"a"], object), "not text"),
        (np.array([b"a", None], object), "missing"),
        (np.array([b"a", 1], object), "two kinds"),
        (np.array([None, b"a"], object), "neither numbers nor bytes"),
    ],
    ids=["nan", "bytes", "missing", "kinds", "none-first"],
)
def test_what_makes_no_slice_key_is_left_to_tfma(values: Any, reason: str) -> None:
    slices = Slices([Slicing(keys=("size",))])
    with pytest.raises(NotCovered, match=reason):
        slices.assign(2, {"size": Values.of(np.arange(2), values)})
