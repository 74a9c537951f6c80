from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.trial import try_test
from tidegate.testing import corrupt
from tidegate.testing.splits import join_splits, leak_future, overlap_splits

TEXT = pa.large_string()
Tables = dict[str, pa.Table]


def look(name: str, data: pa.Table | Tables, **parameters: Any) -> Evidence:
    test = CATALOGUE[name].model_validate(parameters)
    found = try_test(test, data)
    in_pieces = try_test(test, data, batch_rows=7)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    assert rows(in_pieces) == rows(found)
    return found


def rows(evidence: Evidence) -> list[int]:
    if evidence.rows is None:
        return []
    return [int(row) & ((1 << 40) - 1) for row in evidence.rows.positions()]


def trips(first: int, number: int = 50) -> pa.Table:
    days = np.datetime64("2013-01-01") + np.arange(first, first + number)
    return pa.table(
        {
            "id": pa.array(range(first, first + number)),
            "time": pa.array([f"{day}T10:00:00Z" for day in days], TEXT),
        }
    )


def apart() -> Tables:
    return {"train": trips(0), "eval": trips(50)}


@pytest.mark.parametrize("name", ["splits_apart", "splits_in_time"])
@pytest.mark.parametrize(
    "how", [{}, {"by": "split"}, {"train": "id < 50", "eval": "id >= 50"}], ids=str
)
def test_splits_apart_in_rows_and_time_hold(name: str, how: dict[str, str]) -> None:
    more = {"column": "time"} if name == "splits_in_time" else {}
    data = join_splits(apart()) if how else apart()
    assert look(name, data, **how, **more).holds is True


def test_rows_of_eval_that_are_in_train_are_blamed() -> None:
    tables = apart()
    tables["eval"] = pa.concat_tables([tables["eval"], trips(10, 3)])
    found = look("splits_apart", tables)
    assert found.holds is False
    assert rows(found) == [50, 51, 52]
    assert found.observed == "5.7 % (3 rows) of eval also in train"
    assert look("splits_apart", tables, at_most=3).holds


def test_the_same_key_is_enough() -> None:
    tables = apart()
    eval_ = tables["eval"].set_column(0, "id", pa.array([7, *range(51, 100)]))
    tables["eval"] = eval_
    assert look("splits_apart", tables).holds
    found = look("splits_apart", tables, columns=["id"])
    assert rows(found) == [0]
    assert found.columns == ("id",)


def test_missing_keys_are_not_alike() -> None:
    one = pa.table({"id": pa.array([None, 1])})
    other = pa.table({"id": pa.array([None, 2])})
    assert look("splits_apart", {"train": one, "eval": other}, columns=["id"]).holds


def test_every_later_split_is_compared_with_all_before() -> None:
    tables = {"eval": trips(0, 5), "test": trips(3, 5), "train": trips(7, 5)}
    found = look("splits_apart", tables)
    assert "of test also in train and eval" in found.observed
    assert len(rows(found)) == 3


def test_a_row_to_train_and_to_evaluate_on_is_blamed() -> None:
    found = look("splits_apart", trips(0), train="id < 30", eval="id >= 28")
    assert rows(found) == [28, 29]


def test_train_after_the_start_of_eval_is_blamed() -> None:
    tables = {"train": pa.concat_tables([trips(0), trips(60, 2)]), "eval": trips(49)}
    found = look("splits_in_time", tables, column="time")
    assert found.holds is False
    assert rows(found) == [50, 51]
    assert "up to 2013-03-03 10:00; the others begin 2013-02-19" in found.observed
    assert look("splits_in_time", tables, column="time", at_most="4%").holds


@pytest.mark.parametrize("seed", range(3))
def test_what_users_can_corrupt_is_found(seed: int) -> None:
    joined = join_splits(apart())
    broken, faults = corrupt(joined, [overlap_splits("split", 0.1)], seed=seed)
    found = look("splits_apart", broken, by="split")
    assert found.holds is False
    assert rows(found) == faults[0].rows.tolist()
    broken, faults = corrupt(joined, [leak_future("time", "split", 0.1)], seed=seed)
    found = look("splits_in_time", broken, by="split", column="time")
    assert found.holds is False
    assert rows(found) == faults[0].rows.tolist()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("splits_apart", trips(0)),
        ("splits_in_time", trips(0)),
        ("splits_apart", {"train": trips(0), "eval": trips(0, 0)}),
        ("splits_in_time", {"train": trips(0), "eval": trips(0, 0)}),
    ],
    ids=["rows", "times", "no eval", "no eval in time"],
)
def test_one_split_says_nothing_but_how_to_part(name: str, data: Any) -> None:
    more = {"column": "time"} if name == "splits_in_time" else {}
    found = look(name, data, **more)
    assert found.holds is None
    assert "`by: split`" in found.observed


def test_key_and_time_are_those_of_the_suite() -> None:
    suite = Suite.model_validate(
        {
            "dataset": "x",
            "key": ["id"],
            "time": "time",
            "tests": [{"splits_apart": {}}, {"splits_in_time": None}],
        }
    )
    assert [test.subject for test in suite.tests] == ["id", "time"]
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"train": "id < 3"}, "go together"),
        ({"by": "split", "train": "id < 3", "eval": "id > 3"}, "give one"),
        ({"train": "id <", "eval": "id > 3"}, "not a valid SQL condition"),
    ],
    ids=["half", "both", "syntax"],
)
def test_impossible_ways_to_part_are_refused(
    parameters: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        CATALOGUE["splits_apart"].model_validate(parameters)


ODD = {
    "nothing": pa.nulls(4),
    "nan": pa.array([float("nan"), float("inf"), None, -1.0], pa.float32()),
    "huge": pa.array([2**62, -(2**62), 0, None]),
    "bytes": pa.array([b"\xff", b"", None, b"x"], pa.large_binary()),
    "lists": pa.array([[1, 2], [], None, [3]], pa.large_list(pa.int64())),
    "empty": pa.array([], pa.int64()),
    "one": pa.array([1]),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_columns_are_no_crash(kind: str) -> None:
    table = pa.table({"x": ODD[kind]})
    for how in ({"by": "x"}, {"train": "x is null", "eval": "x is not null"}):
        look("splits_apart", table, **how)
        look("splits_in_time", table, column="x", **how)
    look("splits_in_time", {"train": table, "eval": table}, column="x")
    found = look("splits_apart", {"train": table, "eval": table})
    assert found.holds in (True, False, None)
