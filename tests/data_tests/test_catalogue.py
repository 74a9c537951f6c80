from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest

from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.catalogue.base import Notes, Rows
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.sql import Questions
from tidegate.data_tests.trial import try_test
from tidegate.data_tests.view import View

TEXT = pa.large_string()
LISTS = pa.large_list(pa.int64())
TABLE = {
    "number": pa.array([1, 2, None, 99]),
    "text": pa.array(["x", "y", "x", "q"], TEXT),
    "several": pa.array([[1], None, [2, 99], []], LISTS),
    "nothing": pa.nulls(4),
    "mixed": pa.array(["1", "x", "99", None], TEXT),
    "float": pa.array([0.1, 1.0, float("nan"), None], pa.float32()),
    "bytes": pa.array([b"\xff", b"x", None, b"y"], pa.large_binary()),
    "words": pa.array([["x"], ["y", "q"], None, []], pa.large_list(TEXT)),
}


def look(name: str, table: dict[str, Any] = TABLE, **parameters: Any) -> Evidence:
    test = CATALOGUE[name].model_validate(parameters)
    found = try_test(test, pa.table(table))
    in_pieces = try_test(test, pa.table(table), batch_rows=2)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    return found


def rows(evidence: Evidence) -> list[int]:
    assert evidence.rows is not None
    return [int(row) for row in evidence.rows.positions()]


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("number", [2]),
        ("text", []),
        ("several", [1, 3]),
        ("nothing", [0, 1, 2, 3]),
        ("words", [2, 3]),
    ],
)
def test_missing_finds_rows_without_a_value(column: str, broken: list[int]) -> None:
    evidence = look("missing", column=column, at_most=0)
    assert rows(evidence) == broken
    assert evidence.holds is not bool(broken)


@pytest.mark.parametrize(
    ("at_most", "holds"),
    [(0, False), (1, True), ("24.9%", False), ("25%", True), ("100%", True)],
)
def test_tolerance_is_the_most_that_is_allowed(at_most: object, holds: bool) -> None:
    assert look("missing", column="number", at_most=at_most).holds is holds


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("number", [3]),
        ("several", [2]),
        ("nothing", []),
        ("mixed", [1, 2]),
        ("float", [2]),
        ("text", [0, 1, 2, 3]),
    ],
)
def test_between_blames_rows_of_any_column(column: str, broken: list[int]) -> None:
    assert rows(look("between", column=column, low=0, high=2)) == broken


@pytest.mark.parametrize(
    ("bounds", "broken"),
    [({"low": 2}, [0]), ({"high": 2}, [3]), ({"low": 1, "high": 99}, [])],
)
def test_between_includes_its_bounds(bounds: Any, broken: list[int]) -> None:
    assert rows(look("between", column="number", **bounds)) == broken


def test_between_tells_how_far_values_reach_and_what_is_no_number() -> None:
    assert "99 to 99" in look("between", column="number", high=2).observed
    seen = look("between", column="mixed", high=2).observed
    assert seen == "50.0 % (2 rows), 99 to 99, not a number in 1"


@pytest.mark.parametrize(
    ("column", "values", "broken"),
    [
        ("text", ["x", "y"], [3]),
        ("number", [1, 2.0], [3]),
        ("number", ["1", "2"], [3]),
        ("float", [0.1, 1], [2]),
        ("words", ["x", "y"], [1]),
        ("bytes", ["x", "y"], [0]),
        ("nothing", ["x"], []),
    ],
)
def test_one_of_compares_values_not_their_spelling(
    column: str, values: list[object], broken: list[int]
) -> None:
    assert rows(look("one_of", column=column, values=values)) == broken


def test_one_of_names_the_strangest_values_by_frequency() -> None:
    text = pa.array(["b", "a", "b", "c", "d", "e\x1b"], TEXT)
    evidence = look("one_of", {"a": text}, column="a", values=["z"])
    assert evidence.observed == '"b", "a", "c" and 2 others on 6 rows'


@pytest.mark.parametrize(
    ("columns", "broken"),
    [
        (["text"], [2]),
        (["text", "number"], []),
        (["nothing"], [1, 2, 3]),
        (["several"], []),
    ],
)
def test_unique_blames_every_row_seen_before(
    columns: list[str], broken: list[int]
) -> None:
    assert rows(look("unique", columns=columns)) == broken


@pytest.mark.parametrize(("bounds", "holds"), [((4, 4), True), ((5, 9), False)])
def test_rows_counts_all_splits(bounds: tuple[int, int], holds: bool) -> None:
    low, high = bounds
    assert look("rows", at_least=low, at_most=high).holds is holds


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("number > 1", [1, 3]),
        ("number is null", [2]),
        ("number > 1 and text = 'q' -- a comment", [3]),
        ("NUMBER > 50 or Text = 'y'", [1, 3]),
        ("len(several) > 1", [2]),
        ("nothing > 3", []),
    ],
)
def test_rows_where_finds_rows_of_which_it_is_true(sql: str, broken: list[int]) -> None:
    assert rows(look("rows_where", sql=sql)) == broken


@pytest.mark.parametrize(
    "sql",
    [
        "exists (select * from read_text('/etc/hostname'))",
        "number > (select avg(number) from examples)",
        "number in (select 1)",
    ],
)
def test_condition_that_holds_a_query_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match="cannot hold a query"):
        look("rows_where", sql=sql)


def test_database_reaches_no_file() -> None:
    asked = Questions(("1 = (select count(*) from glob('/*'))",))
    (reason,) = asked.ask(pa.table({"a": [1]})).conditions.values()
    assert isinstance(reason, str)
    assert "disabled" in reason


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("numbr > 1", "no column numbr, but there is number"),
        ("sum(number) > 1", "aggregates"),
        ("text + 1 > 1", "cannot be evaluated"),
    ],
)
def test_condition_that_does_not_fit_fails_the_test(sql: str, words: str) -> None:
    evidence = look("rows_where", sql=sql)
    assert not evidence.holds
    assert words in evidence.observed


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("missing", {"column": "numbr", "at_most": 0}),
        ("between", {"column": "numbr", "low": 0}),
        ("one_of", {"column": "numbr", "values": [1]}),
        ("unique", {"columns": ["numbr"]}),
    ],
)
def test_column_that_is_gone_fails_with_the_near_one(
    name: str, parameters: Any
) -> None:
    evidence = look(name, **parameters)
    assert not evidence.holds
    assert evidence.observed == "no column numbr, but there is number"


def test_columns_named_like_our_own_do_no_harm() -> None:
    table = {"__row__": pa.array([7, 8]), 'odd "name"': pa.array([1, 1])}
    assert rows(look("rows_where", table, sql='"odd ""name""" = 1')) == [0, 1]
    assert rows(look("unique", table, columns=['odd "name"'])) == [1]


def test_new_test_is_one_class() -> None:
    class Even(RowTest):
        name: ClassVar[str] = "even_for_this_test"
        why: ClassVar[str] = "pairs"
        subject: ClassVar[str] = "number"
        expectation: ClassVar[str] = "even"

        def bad(self, view: View) -> tuple[Rows, Notes]:
            values = view.column("number").to_numpy()
            return np.flatnonzero(values % 2 == 1), Notes()

    try:
        assert rows(look("even_for_this_test", {"number": [2, 3]})) == [1]
    finally:
        CATALOGUE.pop("even_for_this_test")
