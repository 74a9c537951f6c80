from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.label.counts import MOST_SLICES, LabelCounts, Tally
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.trial import try_test

TEXT = pa.large_string()


def look(name: str, table: dict[str, Any], **parameters: Any) -> Evidence:
    test = CATALOGUE[name].model_validate(parameters)
    found = try_test(test, pa.table(table))
    in_pieces = try_test(test, pa.table(table), batch_rows=3)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    if found.rows is not None and in_pieces.rows is not None:
        assert rows(found) == rows(in_pieces)
    return found


def rows(evidence: Evidence) -> list[int]:
    assert evidence.rows is not None
    return [int(row) for row in evidence.rows.positions()]


def flights(late: int, of: int, origin: str = "EWR") -> dict[str, Any]:
    return {
        "arr_delay": pa.array([30] * late + [0] * (of - late) + [None] * 5, pa.int64()),
        "origin": pa.array([origin] * (of + 5), TEXT),
    }


@pytest.mark.parametrize(
    ("late", "holds"), [(0, False), (20, True), (35, True), (80, False)]
)
def test_share_is_that_of_rows_with_a_label(late: int, holds: bool) -> None:
    found = look(
        "label_share",
        flights(late, 100),
        **{"is": "arr_delay > 15", "low": "15%", "high": "35%"},
    )
    assert found.holds is holds
    assert f"{late} % of 100 rows" in found.observed.replace(".0", "")


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        (pa.array([1, 0, 0, None]), True),
        (pa.array([1, 0, 0, None]), 1),
        (pa.array([1.0, 0.0, 0.0, float("nan")], pa.float32()), 1),
        (pa.array(["true", "false", "false", None], TEXT), True),
        (pa.array(["yes", "no", "no", None], TEXT), "yes"),
        (pa.array([[1], [0], [0], []], pa.large_list(pa.int64())), 1),
        (pa.array([b"1", b"0", b"0", None], pa.large_binary()), True),
    ],
    ids=["int", "one", "float", "text", "word", "lists", "bytes"],
)
def test_share_meets_the_label_however_it_is_stored(
    labels: pa.Array, value: object
) -> None:
    found = look("label_share", {"y": labels}, column="y", value=value, low="1%")
    assert found.observed == "33.3 % of 3 rows"


def test_a_large_slice_with_another_share_is_named() -> None:
    table = {
        "late": pa.array([1, 0, 0, 0] * 500 + [1] * 400),
        "origin": pa.array(["EWR"] * 2000 + ["JFK"] * 400, TEXT),
    }
    of_all = {"column": "late", "low": "10%", "high": "50%"}
    assert look("label_share", table, **of_all).holds
    found = look("label_share", table, by=["origin"], **of_all)
    assert found.holds is False
    assert "100 % of 400 rows with origin JFK" in found.observed
    assert "origin" in found.columns
    assert found.plot is not None
    assert found.plot.labels[found.plot.marked[0]]


def test_small_slices_do_not_cry_wolf() -> None:
    generator = np.random.default_rng(1)
    table = {
        "late": pa.array((generator.random(4000) < 0.3).astype(np.int64)),
        "dest": pa.array([f"D{n % 400}" for n in range(4000)], TEXT),
    }
    found = look(
        "label_share",
        table,
        column="late",
        low="25%",
        high="35%",
        by=["dest"],
        at_least_rows=5,
    )
    assert found.holds


def test_a_column_with_too_many_values_is_said() -> None:
    many = MOST_SLICES + 1
    table = {"y": pa.array([1, 0] * many), "id": pa.array(list(range(2 * many)))}
    test = CATALOGUE["label_share"].model_validate(
        {"column": "y", "low": "10%", "by": ["id"]}
    )
    for batch_rows in (100_000, 700):
        found = try_test(test, pa.table(table), batch_rows=batch_rows)
        assert found.holds
        assert "id: too many values" in found.observed


def test_counts_merge_in_any_order() -> None:
    pieces = [
        LabelCounts(Tally(n, 1), {"a": {str(n % 3): Tally(n, 1)}}) for n in range(1, 7)
    ]
    forwards = LabelCounts()
    for piece in pieces:
        forwards = forwards.merge(piece)
    backwards = LabelCounts()
    for piece in reversed(pieces):
        backwards = piece.merge(backwards)
    assert forwards == backwards
    assert forwards.total == Tally(21, 6)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"column": "y"}, "needs low, high or both"),
        ({"column": "y", "is": "y > 1", "low": "1%"}, "give one"),
        ({"is": "y >", "low": "1%"}, "not a valid SQL expression"),
        ({"is": "y > (select 1)", "low": "1%"}, "cannot hold a query"),
        ({"column": "y", "low": "50%", "high": "20%"}, "above high"),
        ({"column": "y", "low": "500%"}, "must be a share"),
    ],
    ids=["no bounds", "both", "syntax", "subquery", "crossed", "share"],
)
def test_impossible_parameters_are_refused(
    parameters: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        CATALOGUE["label_share"].model_validate(parameters)


def test_the_label_is_that_of_the_suite_unless_the_test_says_another() -> None:
    suite = Suite.model_validate(
        {
            "dataset": "x",
            "label": "late",
            "tests": [
                {"label_share": {"low": "5%"}},
                {"label_share": {"low": "5%", "column": "other"}},
                {"label_share": {"low": "5%", "is": "arr_delay > 15"}},
                CATALOGUE["label_share"].model_validate({"low": "5%"}),
            ],
        }
    )
    subjects = [test.subject for test in suite.tests]
    assert subjects == ["late", "other", "arr_delay > 15", "late"]
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


def test_without_a_named_label_nothing_is_said() -> None:
    found = look("label_share", {"y": pa.array([1])}, low="5%")
    assert found.holds is None
    assert found.fix is not None
    assert "label: late" in found.fix


def test_a_label_that_is_not_there_fails_and_says_how_to_derive_it() -> None:
    found = look("label_share", {"lata": pa.array([1])}, low="5%", column="late")
    assert found.holds is False
    assert "there is lata" in found.observed
    assert found.fix is not None
    assert "is:" in found.fix


@pytest.mark.parametrize(
    ("parameters", "broken"),
    [
        ({"column": "y", "values": ["a", "b"]}, [3]),
        ({"column": "y", "values": ["a"], "at_most": 2}, [1, 3]),
        ({"column": "n", "values": [0, 1]}, [3]),
        ({"column": "n", "values": [True, False]}, [3]),
        ({"is": "n > 1", "values": [False]}, [3]),
        ({"is": "y || 'x'", "values": ["ax", "bx", "cx"]}, []),
    ],
    ids=["text", "tolerated", "numbers", "booleans", "condition", "expression"],
)
def test_other_labels_are_blamed(parameters: dict[str, Any], broken: list[int]) -> None:
    table = {
        "y": pa.array(["a", "b", None, "c"], TEXT),
        "n": pa.array([0, 1, None, 2]),
    }
    found = look("label_values", table, **parameters)
    assert rows(found) == broken
    assert found.holds is (len(broken) <= parameters.get("at_most", 0))


def test_a_quantity_is_no_class() -> None:
    found = look("label_values", {"y": pa.array(range(3000))}, column="y", values=[1])
    assert found.holds is False
    assert "different labels" in found.observed


def test_without_values_and_reference_nothing_is_said_of_labels() -> None:
    assert look("label_values", {"y": pa.array([1])}, column="y").holds is None


ODD = {
    "nothing": pa.nulls(4),
    "nan": pa.array([float("nan"), float("inf"), None, -1.0], pa.float32()),
    "huge": pa.array([2**62, -(2**62), 0, None]),
    "bytes": pa.array([b"\xff", b"", None, b"x"], pa.large_binary()),
    "lists": pa.array([[1, 2], [], None, [3]], pa.large_list(pa.int64())),
    "empty": pa.array([], pa.int64()),
    "one": pa.array([1]),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("test", ["label_share", "label_values"])
def test_odd_labels_are_no_crash(test: str, name: str) -> None:
    more = {"low": "1%", "by": ["x"]} if test == "label_share" else {"values": [1]}
    column = {"x": ODD[name]}
    assert look(test, column, column="x", **more).holds in (True, False)
    assert look(test, column, **{"is": "x is null", **more}).holds in (True, False)
