"""Tests of the presence, type, variety and numbers of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from column_trial import STRANGE, blamed, look, text

from tidegate.data_tests.catalogue import CATALOGUE

ANY: dict[str, dict[str, Any]] = {
    "between": {"low": 0, "high": 10},
    "case": {"is": "upper"},
    "distinct": {"at_least": 1, "at_most": 3},
    "finite": {},
    "length": {"low": 1, "high": 2},
    "matches": {"regex": "[a-z]+"},
    "no_sentinel": {},
    "null_spellings": {},
    "one_kind": {},
    "one_of": {"values": ["x", 1]},
    "readable_text": {},
    "type": {"is": "int"},
    "typical": {"low": 0, "high": 10},
    "unpadded": {},
    "varies": {},
}


@pytest.mark.parametrize("name", sorted(ANY))
@pytest.mark.parametrize("column", sorted(STRANGE))
def test_any_column_is_judged_without_breaking(name: str, column: str) -> None:
    evidence = look(name, STRANGE, column=column, rows=1, **ANY[name])
    assert evidence.observed
    for rows in (0, 1):
        few = {one: values[:rows] for one, values in STRANGE.items()}
        assert look(name, few, column=column, **ANY[name]).observed


@pytest.mark.parametrize("name", sorted(ANY))
def test_slice_is_judged_alone(name: str) -> None:
    table = {"a": text("x", "NA", "É»", " "), "b": pa.array([1, 2, 2, 2])}
    found = look(name, table, where="b = 1", **ANY[name])
    assert not blamed(found) or blamed(found) == [0]


def test_every_example_is_a_valid_test() -> None:
    import yaml

    from tidegate.data_tests.suite import Suite

    for name, kind in CATALOGUE.items():
        if kind.__module__.startswith("tidegate."):
            ((test, parameters),) = yaml.safe_load(kind.example).items()
            assert test == name
            assert Suite(dataset="d", tests=[{test: parameters}]).tests
            assert kind.why
            assert kind.default


@pytest.mark.parametrize(
    ("expect", "new", "holds", "words"),
    [
        (["b", "a"], "fail", True, "all of them"),
        (["a"], "fail", False, "new b"),
        (["a"], "allow", True, "new b"),
        (["a", "b", "zebra"], "fail", False, "missing zebra"),
        (["a", "bb", "zebra"], "allow", False, "bb may now be b; missing zebra"),
        (["A", "b"], "fail", False, "A may now be a"),
    ],
)
def test_columns_are_those_listed(
    expect: list[str], new: str, holds: bool, words: str
) -> None:
    table = {"a": pa.array([1]), "b": pa.array([2])}
    evidence = look("columns", table, expect=expect, new=new)
    assert (evidence.holds, evidence.observed) == (holds, words)
    assert holds or evidence.fix


def test_columns_refuses_a_name_that_stands_twice() -> None:
    with pytest.raises(ValueError, match="a twice"):
        look("columns", pa.array([1]), expect=["a", "b", "a"])


INTS, FLOATS = pa.array([1, 0, None]), pa.array([1.5, 0.0, None], pa.float32())
BYTES = pa.array([b"\xff", b"x"], pa.large_binary())


@pytest.mark.parametrize(
    ("kind", "column", "holds", "broken"),
    [
        ("int", INTS, True, None),
        ("float", INTS, True, None),
        ("number", FLOATS, True, None),
        ("float", FLOATS, True, None),
        ("int", FLOATS, False, [0]),
        ("int", pa.array([1.0], pa.float32()), False, None),
        ("text", INTS, False, None),
        ("text", text("x"), True, None),
        ("bytes", text("x"), True, None),
        ("text", BYTES, False, None),
        ("bytes", BYTES, True, None),
        ("int", text("1", "x", "2.5", None, "-3"), False, [1, 2]),
        ("number", text("1", "x", "2.5", "1e5"), False, [1]),
        ("int", text("1", "2"), False, None),
        ("bool", INTS, True, None),
        ("bool", FLOATS, False, [0]),
        ("bool", text("True", "no", "0", "maybe"), False, [3]),
        ("bool", text("True", "no"), True, None),
        ("int", pa.nulls(3), None, None),
    ],
)
def test_type_blames_what_does_not_read_as_it(
    kind: str, column: pa.Array, holds: bool | None, broken: list[int] | None
) -> None:
    evidence = look("type", column, **{"is": kind})
    assert evidence.holds is holds
    if not holds:
        assert blamed(evidence) == broken


@pytest.mark.parametrize(
    ("kind", "column", "words"),
    [
        (
            "int",
            text("12", "12"),
            'text, although every value reads as an int, such as "12"',
        ),
        ("int", text("1", "x\x1b"), 'text, no int on 1 row: "x\\x1b"'),
        ("text", BYTES, "bytes, 1 value not UTF-8"),
        (
            "int",
            pa.array([2.0], pa.float32()),
            'float, although every value reads as an int, such as "2.0"',
        ),
    ],
)
def test_type_tells_what_is_there(kind: str, column: pa.Array, words: str) -> None:
    assert look("type", column, **{"is": kind}).observed == words


@pytest.mark.parametrize(
    ("column", "holds", "words"),
    [
        (pa.array([7] * 20), False, "every value is 7"),
        (pa.array([0.0] * 20 + [None]), False, "every value is 0.0"),
        (pa.array([7] * 199 + [1]), False, "7 in 99.5 % of 200 values"),
        (pa.array([7] * 99 + [1]), True, "7 in 99.0 % of 100 values"),
        (text(*"aaaaaaaaab"), True, "a in 90.0 % of 10 values"),
        (pa.array([7] * 3), None, "only 3 values: too few to tell"),
        (pa.nulls(3), False, "no value at all"),
        (pa.array([float("nan")] * 20), False, "nothing but NaN"),
        (pa.array([], pa.int64()), None, "no row to look at"),
    ],
)
def test_varies_wants_more_than_one_value(
    column: pa.Array, holds: bool | None, words: str
) -> None:
    evidence = look("varies", column)
    assert (evidence.holds, evidence.observed) == (holds, words)


def test_varies_takes_another_share() -> None:
    column = pa.array([0] * 999 + [1])
    assert look("varies", column).holds is False
    assert look("varies", column, at_most="99.9%").holds is True


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({"at_least": 3}, True),
        ({"at_least": 4}, False),
        ({"at_most": 3}, True),
        ({"at_most": 2}, False),
        ({"at_least": 1, "at_most": 9}, True),
    ],
)
def test_distinct_counts_different_values(bounds: Any, holds: bool) -> None:
    evidence = look("distinct", text("x", "y", "y", "z", None), **bounds)
    assert (evidence.holds, evidence.observed) == (holds, "3 values")


def test_distinct_gives_an_estimate_the_benefit_of_its_error() -> None:
    column = pa.array(np.arange(100_000))
    for bounds in ({"at_least": 104_000}, {"at_most": 96_000}):
        assert look("distinct", column, rows=30_000, **bounds).holds is True
    for bounds in ({"at_least": 125_000}, {"at_most": 80_000}):
        evidence = look("distinct", column, rows=30_000, **bounds)
        assert evidence.holds is False
        assert evidence.observed.startswith("about ")


@pytest.mark.parametrize(
    ("column", "broken", "words"),
    [
        (pa.array([1.0, np.nan, np.inf, -np.inf, None], "f4"), [1, 2, 3], '"-inf"'),
        (pa.array([1, 2]), [], "all finite"),
        (text("1", "NaN", "-Infinity", "infant", "nanny"), [1, 2], '"NaN"'),
        (pa.array([[1.0, np.nan], [2.0]], pa.large_list(pa.float32())), [0], '"NaN"'),
    ],
)
def test_finite_finds_nan_and_infinity(
    column: pa.Array, broken: list[int], words: str
) -> None:
    evidence = look("finite", column)
    assert blamed(evidence) == broken
    assert words in evidence.observed


@pytest.mark.parametrize(
    ("parameters", "holds", "words"),
    [
        ({"low": 2, "high": 3}, True, "median 2"),
        ({"low": 3}, False, "median 2"),
        ({"high": 1}, False, "median 2"),
        ({"low": 30, "of": "mean"}, True, "mean 34"),
        ({"high": 30, "of": "mean"}, False, "mean 34"),
    ],
)
def test_typical_bounds_the_middle(parameters: Any, holds: bool, words: str) -> None:
    evidence = look("typical", pa.array([1, 2, 99, None]), **parameters)
    assert (evidence.holds, evidence.observed) == (holds, words)


def test_typical_fails_text_and_skips_nothing() -> None:
    assert look("typical", text("x"), low=0).holds is False
    assert look("typical", pa.nulls(2), low=0).holds is None


def test_one_new_column_is_the_new_name_of_one_only() -> None:
    table = {"late_3": pa.array([1])}
    told = look("columns", table, expect=["late_1", "late_2"]).observed
    assert told == "late_1 may now be late_3; missing late_2"
