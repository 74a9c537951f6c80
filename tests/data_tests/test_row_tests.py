"""Duplicate rows, and rules between columns in SQL and in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.data_tests.catalogue import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.rows import RowsWhere
from tidegate.data_tests.row_hashes import row_hashes
from tidegate.data_tests.suite import load_suite, parse_suite
from tidegate.data_tests.trial import try_test
from tidegate.errors import Problems, UsageError

TEXT = pa.large_string()
ODD = {
    "lists": pa.array([[1, 2], [2, 1], [], None, [1, 2]], pa.large_list(pa.int64())),
    "nothing": pa.nulls(5),
    "bytes": pa.array([b"\xff", b"", None, b"\xff", b"\xff"], pa.large_binary()),
    "float": pa.array([0.0, float("nan"), float("inf"), None, -0.0], pa.float32()),
    "huge": pa.array([2**63 - 1, -(2**63), 0, None, 2**63 - 1]),
    "words": pa.array([["a", "b"], ["a"], None, [], ["a", "b"]], pa.large_list(TEXT)),
}


def make(name: str, **parameters: Any) -> DataTest:
    return CATALOGUE[name].model_validate(parameters)


def look(test: DataTest, table: dict[str, Any]) -> Evidence:
    found = try_test(test, pa.table(table))
    for pieces in (1, 2, 3):
        other = try_test(test, pa.table(table), batch_rows=pieces)
        assert (other.holds, other.observed) == (found.holds, found.observed)
        assert rows(other) == rows(found)
    return found


def rows(evidence: Evidence) -> list[int]:
    if evidence.rows is None:
        return []
    return [int(row) for row in evidence.rows.positions()]


def test_duplicate_rows_are_those_like_an_earlier_one() -> None:
    table = {"a": [1, 2, 1, 1, 1], "b": ["x", "y", "x", None, None]}
    found = look(make("no_duplicates"), table)
    assert (found.holds, rows(found)) == (False, [2, 4])
    assert found.observed == "40.0 % (2 rows) seen before"


@pytest.mark.parametrize(
    ("left_out", "broken"), [([], []), (["id"], [2]), (["id", "b"], [2, 3])]
)
def test_duplicate_rows_may_differ_in_columns_left_out(
    left_out: list[str], broken: list[int]
) -> None:
    table = {"id": [1, 2, 3, 4], "a": [1, 2, 1, 1], "b": [0, 0, 0, 9]}
    assert rows(look(make("no_duplicates", **{"except": left_out}), table)) == broken


def test_duplicate_rows_need_a_column_to_be_compared_by() -> None:
    found = look(make("no_duplicates", **{"except": ["a"]}), {"a": [1, 1]})
    assert found.holds is False
    assert found.observed == "no column is left to compare rows by"


@pytest.mark.parametrize(("at_most", "holds"), [(1, False), (2, True), ("40%", True)])
def test_duplicate_rows_are_tolerated_up_to_a_number(
    at_most: object, holds: bool
) -> None:
    found = look(make("no_duplicates", at_most=at_most), {"a": [1, 1, 1, 2, 3]})
    assert found.holds is holds


@pytest.mark.parametrize("column", sorted(ODD))
def test_duplicate_rows_are_found_in_columns_of_any_kind(column: str) -> None:
    found = look(make("no_duplicates"), {"n": [0, 1, 2, 3, 0], column: ODD[column]})
    assert rows(found) == [4]


@pytest.mark.parametrize("column", sorted(set(ODD) - {"nothing"}))
def test_rows_that_differ_in_a_column_of_any_kind_are_no_duplicates(
    column: str,
) -> None:
    table = pa.table({column: ODD[column].slice(0, 2)})
    assert rows(try_test(make("no_duplicates"), table)) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 2),
            st.none() | st.sampled_from(["", "a", "ab", "b"]),
            st.none() | st.lists(st.integers(0, 1), max_size=2),
        ),
        max_size=12,
    )
)
def test_hashes_of_rows_are_equal_where_rows_are(held: list[Any]) -> None:
    kinds = (pa.int64(), TEXT, pa.large_list(pa.int64()))
    columns = {
        name: pa.array([row[n] for row in held], kind)
        for n, (name, kind) in enumerate(zip("abc", kinds, strict=True))
    }
    hashes = row_hashes(pa.table(columns), ("a", "b", "c"))
    # A list without values is missing, in every format that has lists.
    plain = [(a, b, tuple(c or ())) for a, b, c in held]
    groups = {row: hashes[plain.index(row)] for row in plain}
    assert [groups[row] for row in plain] == list(hashes)
    assert len(set(groups.values())) == len(groups)
    turned = row_hashes(pa.table(columns), ("c", "a", "b", "missing"))
    assert np.array_equal(turned, hashes)


RULES = """
import pyarrow as pa
import pyarrow.compute as pc
import numpy as np

def late(table):
    return pc.greater(table["delay"], 100)

def late_numpy(table):
    return np.asarray(table["delay"].to_pylist(), float) > 100

def wrong_type(table):
    return table["delay"]

def wrong_length(table):
    return [True]

def nothing(table):
    pass

def leaks(table):
    raise ValueError(f"bad value {table['delay'][0]} hunter2")

def no_column(table):
    return table["dalay"]

def leaves(table):
    raise SystemExit(3)

def in_pyarrow(table):
    return pc.greater(table["delay"], "hunter2")

def of_a_value(table):
    return {}[table["delay"][0].as_py()]

assigned = late
broken_default = None
"""


def rule(function: str, **parameters: Any) -> DataTest:
    return make("rows_where", python=f"rules.py:{function}", source=RULES, **parameters)


@pytest.mark.parametrize("function", ["late", "late_numpy", "assigned"])
def test_rules_in_python_blame_rows(function: str) -> None:
    found = look(rule(function), {"delay": [1, 200, None, 101]})
    assert (found.holds, rows(found)) == (False, [1, 3])
    assert found.columns == ("delay",)


def test_rules_in_python_look_at_the_slice_only() -> None:
    table = {"delay": [1, 200, None, 101], "origin": ["a", "a", "a", "b"]}
    assert rows(look(rule("late", where="origin = 'b'"), table)) == [3]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("wrong_type", "wrong_type gave values of int64, not true or false"),
        ("nothing", "nothing gave a NoneType, not a mask of rows"),
        ("leaks", "ValueError in rules.py:22"),
        ("no_column", "KeyError in rules.py:25: no column dalay"),
        ("leaves", "SystemExit in rules.py:28"),
        ("in_pyarrow", "ArrowNotImplementedError in rules.py:31"),
        ("broken_default", "TypeError in rules.py"),
        ("gone", "KeyError in rules.py"),
        ("of_a_value", "KeyError in rules.py:34"),
    ],
)
def test_rules_that_break_fail_without_a_value_of_the_data(
    function: str, told: str
) -> None:
    found = look(rule(function), {"delay": [77123, 200, 3]})
    assert (found.holds, found.observed) == (False, told)
    assert found.fix is not None
    assert "rule" in found.fix


def test_rules_that_give_too_few_values_fail() -> None:
    found = try_test(rule("wrong_length"), pa.table({"delay": [1, 2]}))
    assert (found.holds, found.observed) == (
        False,
        "wrong_length gave 1 values for 2 rows",
    )


def test_rules_are_not_called_without_rows() -> None:
    empty = {"delay": pa.array([], pa.int64())}
    assert try_test(rule("leaks"), pa.table(empty)).holds is True


def test_rules_that_do_not_compile_fail() -> None:
    test = make("rows_where", python="rules.py:f", source="import not_there_at_all")
    told = try_test(test, pa.table({"a": [1]})).observed
    assert told == "ModuleNotFoundError in rules.py:1"


def test_says_replaces_the_condition_in_words() -> None:
    test = make("rows_where", sql="a > 1", says="a is above one")
    assert test.expectation == "no row where a is above one"
    assert "a > 1" in test.purpose
    assert make("rows_where", sql="a > 1").expectation == "no row where a > 1"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, "needs sql or python, and not both"),
        ({"sql": "a", "python": "r.py:f"}, "needs sql or python, and not both"),
        ({"python": "rules.f"}, "rules.py:function"),
        ({"sql": "a", "source": "x"}, "there is none"),
    ],
)
def test_rows_where_takes_one_condition(parameters: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make("rows_where", **parameters)


def suite(folder: Path, *lines: str) -> Path:
    path = folder / "data_tests.yaml"
    path.write_text("dataset: d\ntests:\n" + "".join(f"  - {line}\n" for line in lines))
    return path


def test_suite_takes_its_rules_along(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES)
    held = load_suite(suite(tmp_path, "rows_where: {python: rules.py:late}"))
    (tmp_path / "rules.py").unlink()
    (test,) = parse_suite(held.model_dump_json()).tests
    assert isinstance(test, RowsWhere)
    assert rows(look(test, {"delay": [1, 101]})) == [1]


def test_everything_wrong_with_rules_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES)
    (tmp_path / "bad.py").write_text("def f(table):\n  return (\n")
    (tmp_path / "latin.py").write_bytes(b"# \xff")
    path = suite(
        tmp_path,
        "rows_where: {python: rules.py:late}",
        "rows_where: {python: rules.py:lat}",
        "rows_where: {python: gone.py:late}",
        "rows_where: {python: bad.py:f}",
        "rows_where: {python: latin.py:f}",
    )
    with pytest.raises(Problems) as found:
        load_suite(path)
    told = [(error.where, error.message) for error in found.value.errors]
    assert told == [
        (f"{path}:4", "rules.py has no function lat, did you mean late?"),
        (f"{path}:5", "the rules in gone.py cannot be read"),
        (f"{path}:6", "bad.py is not valid Python"),
        (f"{path}:7", "latin.py is not UTF-8"),
    ]
    assert found.value.exit_code == UsageError.exit_code


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("cast(s as int) > 1", {"s": ["hunter2"]}),
        ("n * 3037000500 > 0", {"n": [9223372036854775123]}),
        ("strptime(s, '%Y') is null", {"s": ["hunter2"]}),
        ("regexp_matches('x', s)", {"s": ["(hunter2"]}),
        ("s::date is null", {"s": ["hunter2"]}),
        ("error(s) is null", {"s": ["hunter2"]}),
    ],
)
def test_conditions_that_choke_on_a_value_do_not_show_it(
    sql: str, table: dict[str, Any]
) -> None:
    found = try_test(make("rows_where", sql=sql), pa.table(table))
    assert found.holds is False
    assert "hunter2" not in found.observed
    assert "9223372036854775123" not in found.observed
