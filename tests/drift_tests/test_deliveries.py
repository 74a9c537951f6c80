"""Which spans paths and patterns stand for, and which day each began."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tidegate.data_tests.random_sample import RandomSample
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.deliveries import every_delivery, one_delivery
from tidegate.drift_tests.span_dates import day_of, demand_rule
from tidegate.errors import UsageError


def files(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("n\n1\n")


def test_a_pattern_stands_for_all_its_spans(tmp_path: Path) -> None:
    files(tmp_path, "10.csv", "9.csv", "other.csv")
    found = every_delivery(["{SPAN}.csv"], tmp_path)
    assert [(one.name, one.span, one.start) for one in found] == [
        ("09", 9, None),
        ("10", 10, None),
    ]
    assert found[1].data == (str(tmp_path / "10.csv"),)


def test_spans_by_dates_are_named_by_them(tmp_path: Path) -> None:
    files(tmp_path, "2030-01-31.csv", "2030-02-01.csv")
    found = every_delivery(["{YYYY}-{MM}-{DD}.csv"], tmp_path)
    assert [one.name for one in found] == ["2030-01-31", "2030-02-01"]
    assert found[1].start == date(2030, 2, 1)
    assert found[1].span == (date(2030, 2, 1) - date(1970, 1, 1)).days


def test_of_several_patterns_a_span_has_all_its_parts(tmp_path: Path) -> None:
    files(tmp_path, "a/1.csv", "a/2.csv", "b/2.csv", "b/3.csv")
    (one,) = every_delivery(["a/{SPAN}.csv", "b/{SPAN}.csv"], tmp_path)
    assert (one.name, len(one.data)) == ("02", 2)
    with pytest.raises(UsageError, match="span"):
        every_delivery(["a/{SPAN}.csv", "c/{SPAN}.csv"], tmp_path)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("flights-09.csv.gz", "flights-09"),
        ("a b.parquet", "a-b"),
        ("ü.csv", "data"),
        ("day.1.tfrecord.gz", "day.1"),
        ("folder", "folder"),
    ],
)
def test_a_file_without_a_span_names_it(file: str, name: str) -> None:
    (one,) = every_delivery([file])
    assert (one.name, one.span) == (name, None)


def test_a_person_can_say_what_a_file_is(tmp_path: Path) -> None:
    one = one_delivery(["x.csv"], 7, name="july", start=date(2030, 7, 1))
    assert (one.name, one.span, one.start) == ("july", 7, date(2030, 7, 1))
    with pytest.raises(UsageError, match="cannot have this name") as caught:
        one_delivery(["x.csv"], 7, name="a/b")
    assert caught.value.fix == "--name a-b"


def whole_of(times: list[str | None]) -> Whole:
    table = pa.table({"at": pa.array(times, pa.string()), "n": range(len(times))})
    drawn = RandomSample.of(table, np.arange(table.num_rows))
    return Whole(len(times), ("at", "n"), {"data": len(times)}, drawn=drawn)


DAY = whole_of(["2030-01-05T23:59:00Z", *["2030-01-06T10:00:00Z"] * 20, None, "?"])


@pytest.mark.parametrize(
    ("rule", "span", "day"),
    [
        (None, 20_000, None),
        ("days", 20_000, date(2024, 10, 4)),
        ("days", None, None),
        ("days", 10**12, None),
        ("yyyymmdd", 20300131, date(2030, 1, 31)),
        ("yyyymmdd", 20301331, None),
        ("column:at", 3, date(2030, 1, 6)),
        ("column:n", None, date(1970, 1, 1)),
        ("column:gone", 3, None),
    ],
)
def test_a_rule_finds_the_first_day(
    rule: str | None, span: int | None, day: date | None
) -> None:
    assert day_of(rule, span, DAY) == day


def test_a_column_without_times_has_no_day() -> None:
    assert day_of("column:at", None, whole_of([None, None])) is None
    assert day_of("column:at", None, whole_of([])) is None


def test_a_rule_that_there_is_not_is_refused() -> None:
    for rule in ("column:", "week"):
        with pytest.raises(UsageError, match="no such rule"):
            demand_rule(rule)
    with pytest.raises(UsageError) as caught:
        demand_rule("yyymmdd")
    assert caught.value.fix == 'dates="yyyymmdd"'
