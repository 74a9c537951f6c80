"""Rows are split by hash, by key, by value or by time, and never dropped."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.dataset import Batch, Part
from tidegate.errors import DataError, UsageError
from tidegate.example_gen.split_rules import as_splits, from_text, to_text
from tidegate.example_gen.splits import GivenSplits, HashSplit, Splits
from tidegate.example_gen.value_splits import ColumnSplit, TimeSplit


def batch(**columns: Any) -> Batch:
    """Rows, the first of which is on line 2."""
    made = {}
    for name, given in columns.items():
        values = given if isinstance(given, pa.Array) else pa.array(given)
        is_text = pa.types.is_string(values.type)
        made[name] = values.cast(pa.large_string()) if is_text else values
    table = pa.table(made)
    return Batch(table, lines=np.arange(2, table.num_rows + 2))


def split_of(rule: Splits, rows: Batch, given: str = "data") -> list[str]:
    """Name of each row's split."""
    file = Part("a.csv", given)
    made = [str(row).encode() for row in rows.table.to_pylist()]
    return [rule.names[place] for place in rule.places(rows, made, file)]


def test_a_key_keeps_its_rows_together() -> None:
    rows = batch(tail=[f"N{i % 50}" for i in range(500)], x=list(range(500)))
    found = split_of(HashSplit(train=2, eval=1, by="tail"), rows)
    by_key: dict[str, set[str]] = {}
    for tail, split in zip(rows.table["tail"].to_pylist(), found, strict=True):
        by_key.setdefault(tail, set()).add(split)
    assert {len(splits) for splits in by_key.values()} == {1}
    assert {"train", "eval"} == set(found)


def test_rows_are_split_by_their_values() -> None:
    rows = batch(origin=["EWR", "LGA", "JFK", None], month=[1, 11, 12, 3])
    rule = ColumnSplit("origin", train=["EWR", "JFK"], eval=["LGA"], test=None)
    assert split_of(rule, rows) == ["train", "eval", "train", "test"]
    by_month = ColumnSplit("month", train=range(1, 11), eval=None)
    assert split_of(by_month, rows) == ["train", "eval", "eval", "train"]


@pytest.mark.parametrize(
    "times",
    [
        ["2013-09-30T23:59:59Z", "2013-10-01T00:00:00Z", "2014-01-01"],
        ["2013-09-30 23:59", "2013-10-01 00:00", "2013-12-31 05:00:00"],
        [1380585599, 1380585600, 1388552400],
        [20130930, 20131001, 20140101],
    ],
    ids=["zoned", "plain", "seconds", "digits"],
)
def test_rows_are_split_by_time(times: list[Any]) -> None:
    for cut in ("2013-10-01", datetime.date(2013, 10, 1)):
        rule = TimeSplit("t", train=cut, eval="2013-12-01T00:00", test=None)
        assert split_of(rule, batch(t=times)) == ["train", "eval", "test"]


def test_files_in_splits_stay_there() -> None:
    rule = GivenSplits(["train", "eval"])
    assert split_of(rule, batch(x=[1, 2]), "eval") == ["eval", "eval"]


@pytest.mark.parametrize(
    "rule",
    [
        HashSplit(train=2, eval=1),
        HashSplit({"a-b": 1}, by="x"),
        ColumnSplit("x", {"train": [1, 2], "eval": None}),
        TimeSplit("x", train="2013-10-01", eval=None),
        TimeSplit("x", train=datetime.datetime(2013, 10, 1, 5), eval=None),
        GivenSplits(["train", "eval"]),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_a_rule_survives_as_text(rule: Splits) -> None:
    again = from_text(to_text(rule))
    assert to_text(again) == to_text(rule)
    assert again.names == rule.names
    assert type(again) is type(rule)


def test_buckets_alone_are_a_hash() -> None:
    assert to_text(as_splits({"train": 4, "eval": 1})) == to_text(
        HashSplit(train=4, eval=1)
    )
    assert as_splits(None).names == ("train", "eval")


WRONG: list[Callable[[], object]] = [
    lambda: HashSplit(),
    lambda: HashSplit(train=0),
    lambda: HashSplit({"a/b": 1}),
    lambda: ColumnSplit("x"),
    lambda: ColumnSplit("x", train=[1], eval=[1]),
    lambda: ColumnSplit("x", train=None, eval=None),
    lambda: ColumnSplit("x", train=[], eval=None),
    lambda: ColumnSplit("x", train=[1.5], eval=None),  # type: ignore[list-item]
    lambda: ColumnSplit("x", {"a/b": [1]}),
    lambda: TimeSplit("x", train="2013-10-01"),
    lambda: TimeSplit("x", train="2013-10-01", eval="2013-12-01"),
    lambda: TimeSplit("x", train="autumn", eval=None),
    lambda: TimeSplit("x", train="2013-10-01", eval="2013-09-01", test=None),
    lambda: TimeSplit("x", train=None, eval=None),
    lambda: as_splits("train"),  # type: ignore[arg-type]
    lambda: HashSplit(["train"]),  # type: ignore[arg-type]
    lambda: HashSplit(train=1, by=5),  # type: ignore[arg-type]
    lambda: HashSplit({"a" * 101: 1}),
    lambda: ColumnSplit("x", train="EWR", eval=None),
    lambda: ColumnSplit("x", train=5, eval=None),  # type: ignore[arg-type]
    lambda: ColumnSplit(5, train=[1], eval=None),  # type: ignore[arg-type]
    lambda: TimeSplit("", train="2013-10-01", eval=None),
]


@pytest.mark.parametrize("make", WRONG, ids=range(len(WRONG)))
def test_rules_that_make_no_sense_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="cannot be used") as caught:
        make()
    assert caught.value.fix


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (HashSplit(train=1, by="gone"), "no column 'gone'"),
        (HashSplit(train=1, by="holes"), r"a\.csv, line 3"),
        (HashSplit(train=1, by="half"), "text or whole numbers"),
        (ColumnSplit("x", train=[1]), "lines 3, 4"),
        (ColumnSplit("x", train=["1"], eval=None), "of another type"),
        (ColumnSplit("name", train=["a", 2], eval=None), "of another type"),
        (ColumnSplit("half", train=[1]), "text or whole numbers"),
        (ColumnSplit("gone", train=[1]), "no column 'gone'"),
        (TimeSplit("holes", train="2013-10-01", eval=None), r"a\.csv, line 3"),
        (TimeSplit("digits", train="2013-10-01", eval=None), "no times"),
        (TimeSplit("name", train="2013-10-01", eval=None), "no times"),
        (TimeSplit("many", train="2013-10-01", eval=None), "one time a row"),
    ],
    ids=range(12),
)
def test_rows_without_a_split_are_told(rule: Splits, says: str) -> None:
    rows = batch(
        x=[1, 2, 3],
        holes=["2013-01-01", None, "2013-01-01"],
        half=pa.array([0.5, 1.0, 1.5], pa.float32()),
        name=["a", "b", "c"],
        digits=[20130131, 20131301, 20130230],
        many=pa.array([[1], [2], [3]], pa.large_list(pa.int64())),
    )
    with pytest.raises(DataError, match=says) as caught:
        split_of(rule, rows)
    assert caught.value.fix
