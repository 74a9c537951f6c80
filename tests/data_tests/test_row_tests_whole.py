"""Order, references to other files, and outliers: rows seen beside others."""

from __future__ import annotations

import itertools
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar.dataset import Batch
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.outliers import Spread
from tidegate.data_tests.plan import Glance, Plan
from tidegate.data_tests.suite import load_suite
from tidegate.data_tests.trial import try_test
from tidegate.data_tests.whole import Whole
from tidegate.errors import UsageError

TEXT = pa.large_string()
ODD = {
    "lists": pa.array([[1, 2], [2, 1], [], None], pa.large_list(pa.int64())),
    "nothing": pa.nulls(4),
    "bytes": pa.array([b"\xff", b"", None, b"1"], pa.large_binary()),
    "float": pa.array([0.0, float("nan"), float("inf"), None], pa.float32()),
    "huge": pa.array([2**63 - 1, -(2**63), 0, None]),
    "words": pa.array([["a", "b"], ["a"], None, []], pa.large_list(TEXT)),
    "no_rows": pa.array([], pa.int64()),
    "one_row": pa.array([1]),
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


@pytest.mark.parametrize(
    ("values", "parameters", "broken"),
    [
        ([1, 2, 2, 5], {}, []),
        ([1, 2, 2, 5], {"strictly": True}, [2]),
        ([1, 3, 2, 2, 9], {}, [2]),
        ([1, None, 3, None, 2], {}, [4]),
        ([5, 4, 4, 6], {"direction": "down"}, [3]),
        ([5, 4, 4], {"direction": "down", "strictly": True}, [2]),
        ([2**62 + 1, 2**62], {}, [1]),
        ([-1.5, -0.5, -0.75, 0.0, -0.0], {}, [2]),
        ([-float("inf"), 0.0, float("inf"), 1e30], {}, [3]),
        ([1.0, float("nan"), 2.0], {}, [1]),
        (["2013-01-01", "2013-01-02T00:00:00Z", "2013-01-01 23:00"], {}, [2]),
        (["2013-01-01T00:00:00+02:00", "2012-12-31T22:30:00Z"], {}, []),
        (["9", "10", "8"], {}, [2]),
        (["a", "2013-01-01", "b"], {}, [0, 2]),
    ],
)
def test_values_out_of_order_are_blamed_where_they_go_back(
    values: list[Any], parameters: dict[str, Any], broken: list[int]
) -> None:
    found = look(make("in_order", column="a", **parameters), {"a": values})
    assert (rows(found), found.holds) == (broken, not broken)


def test_each_group_has_an_order_of_its_own() -> None:
    table = {"a": [1, 9, 2, 8, 3], "g": ["x", "y", "x", "y", "x"]}
    assert rows(look(make("in_order", column="a"), table)) == [2, 4]
    assert rows(look(make("in_order", column="a", by=["g"]), table)) == [3]


def test_order_is_of_the_slice() -> None:
    table = {"a": [1, 9, 2, 3], "g": [1, 2, 1, 1]}
    assert rows(look(make("in_order", column="a", where="g = 1"), table)) == []


@pytest.mark.parametrize("column", sorted(ODD))
@pytest.mark.parametrize("name", ["in_order", "outliers"])
def test_columns_of_any_kind_get_a_verdict(name: str, column: str) -> None:
    look(make(name, column="a", at_most=0), {"a": ODD[column]})


def test_splits_are_not_compared_and_files_only_if_asked() -> None:
    test = make("in_order", column="a")
    tables = {"train": pa.table({"a": [5, 6]}), "eval": pa.table({"a": [1, 2]})}
    assert try_test(test, tables).holds is True


def test_files_follow_each_other_unless_each_has_its_own_order() -> None:
    batches = [Batch(pa.table({"a": [5, 6]}), 0), Batch(pa.table({"a": [1, 7]}), 1)]
    for within, count in (("data", 1), ("file", 0)):
        test = make("in_order", column="a", within=within)
        plan = Plan([test], ("data", "data"))
        seen = reduce(Glance.merge, map(plan.look, batches)).seen[0]
        found = test.verdict(seen, Whole(4, ("a",), {"data": 4}))
        assert found.rows is not None
        assert len(found.rows) == count


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.integers(0, 4), st.integers(0, 1)), max_size=9),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_order_is_the_same_however_batches_are_cut_and_merged(
    held: list[tuple[int | None, int]], size: int, random: Any
) -> None:
    table = pa.table(
        {
            "a": pa.array([a for a, _ in held], pa.int64()),
            "g": pa.array([g for _, g in held], pa.int64()),
        }
    )
    test = make("in_order", column="a", by=["g"])
    plan = Plan([test], ("data",))
    cuts = range(0, max(len(held), 1), size)
    glances = [plan.look(Batch(table.slice(cut, size), 0, cut)) for cut in cuts]
    random.shuffle(glances)
    seen = reduce(Glance.merge, glances, Glance()).seen[0]
    found = test.verdict(seen, Whole(len(held), ("a", "g"), {"data": len(held)}))
    last: dict[int, int] = {}
    expected = []
    for row, (value, group) in enumerate(held):
        if value is not None:
            if value < last.get(group, value):
                expected.append(row)
            last[group] = value
    assert rows(found) == expected


def register(folder: Path, text: str = "faa,n\nJFK,1\nEWR,2\nLGA,3\n") -> str:
    path = folder / "airports.csv"
    path.write_text(text)
    return str(path)


def test_values_that_refer_to_nothing_are_named_by_frequency(tmp_path: Path) -> None:
    file = register(tmp_path)
    table = {"dest": ["JFK", "XXX", None, "YYY", "XXX", "LGA"]}
    found = look(make("refers_to", column="dest", file=file, to="faa"), table)
    assert rows(found) == [1, 3, 4]
    assert found.observed == '"XXX", "YYY" on 3 rows'
    assert found.fix == "bring airports.csv up to date, or fix dest in the export"


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ([1, 2, 3, 4], [3]),
        (["1", "2", "03", "4"], [2, 3]),
        (pa.array([1.0, 2.5, None], pa.float32()), [1]),
        (pa.array([[1, 2], [1, 9], [], None], pa.large_list(pa.int64())), [1]),
        (pa.array([b"1", b"\xff"], pa.large_binary()), [1]),
        (pa.nulls(3), []),
    ],
)
def test_references_meet_by_value(
    tmp_path: Path, values: Any, broken: list[int]
) -> None:
    file = register(tmp_path)
    test = make("refers_to", column="n", file=file)
    assert rows(look(test, {"n": values})) == broken


def test_keys_of_several_columns_refer_together(tmp_path: Path) -> None:
    file = register(tmp_path)
    test = make("refers_to", column=["d", "m"], file=file, to=["faa", "n"])
    table = {"d": ["JFK", "JFK", "EWR", None], "m": [1, 2, 2, 9]}
    found = look(test, table)
    assert rows(found) == [1]
    assert found.observed == '"JFK / 2" on 1 row'


def test_changed_register_is_read_again(tmp_path: Path) -> None:
    test = make("refers_to", column="faa", file=register(tmp_path))
    assert look(test, {"faa": ["XXX"]}).holds is False
    register(tmp_path, "faa,n\nXXX,1\nand,2\n")
    assert look(test, {"faa": ["XXX"]}).holds is True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no file airports.csv to look up in"),
        ("fa,n\nx,1\n", "airports.csv has no column faa, but there is fa"),
        ("faa,n\nx,1,3\n", "airports.csv cannot be read"),
    ],
)
def test_register_that_cannot_be_used_fails(
    tmp_path: Path, text: str | None, told: str
) -> None:
    file = register(tmp_path) if text is None else register(tmp_path, text)
    if text is None:
        Path(file).unlink()
    found = look(make("refers_to", column="faa", file=file), {"faa": ["x"]})
    assert found.holds is False
    assert found.observed.startswith(told)
    assert found.fix is not None


def test_register_without_rows_knows_nothing(tmp_path: Path) -> None:
    file = register(tmp_path, "faa,n\n")
    found = look(make("refers_to", column="faa", file=file), {"faa": ["x", None]})
    assert found.holds is False


def test_register_is_found_from_the_suite(tmp_path: Path) -> None:
    register(tmp_path)
    path = tmp_path / "data_tests.yaml"
    start = "dataset: d\ntests:\n  - refers_to: {column: d, to: faa, file: "
    path.write_text(start + "airports.csv}\n")
    (test,) = load_suite(path).tests
    assert look(test, {"d": ["JFK"]}).holds is True
    path.write_text(start + "airport.csv}\n")
    with pytest.raises(UsageError, match=r"data_tests.yaml:3: there is no airport.csv"):
        load_suite(path)


NORMAL = np.random.default_rng(5).normal(100, 5, 3000)


def test_outliers_are_far_from_the_others_in_any_cut() -> None:
    values = [*NORMAL, 100_000.0, -3000.0]
    found = look_large(make("outliers", column="a", at_most=1), values)
    assert (found.holds, rows(found)) == (False, [3000, 3001])
    assert "-3,000 to 100,000 outside" in found.observed
    assert look_large(make("outliers", column="a", at_most=2), values).holds is True


def look_large(test: DataTest, values: list[float]) -> Evidence:
    table = pa.table({"a": pa.array(values, pa.float32())})
    found, other = try_test(test, table), try_test(test, table, batch_rows=700)
    assert (other.holds, other.observed) == (found.holds, found.observed)
    return found


def test_outliers_can_be_many_and_still_be_seen() -> None:
    values = [*NORMAL[:1000], *(1000 * NORMAL[:300])]
    found = look_large(make("outliers", column="a", at_most="1%"), values)
    assert len(rows(found)) == 300


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.0] * 90 + [1.0] * 10, 1.0),
        ([0.0] * 60 + [4.0] * 40, 4.0),
        ([7.0] * 50, None),
        ([], None),
        ([1.0, 2.0, 3.0], 1.0),
    ],
)
def test_spread_is_of_most_numbers(values: list[float], scale: float | None) -> None:
    found = Spread.of(ColumnProfile.of(pa.array(values, pa.float64())))
    assert (found and found.scale) == scale


def test_flags_that_are_rare_are_no_outliers() -> None:
    found = look_large(make("outliers", column="a", at_most=0), [0.0] * 95 + [1.0] * 5)
    assert found.holds is True


def test_constant_has_no_outliers_to_tell() -> None:
    found = look_large(make("outliers", column="a", at_most=0), [4.0] * 20)
    assert found.holds is None


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("refers_to", {"column": ["a", "b"], "file": "x", "to": "a"}, "2 columns"),
        ("outliers", {"column": "a", "at_most": 0, "beyond": 0}, "greater than"),
        ("in_order", {"column": "a", "direction": "left"}, "up"),
    ],
)
def test_impossible_parameters_are_refused(
    name: str, parameters: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        make(name, **parameters)


def test_orders_of_merging_do_not_matter_for_outliers() -> None:
    table = pa.table({"a": pa.array([*NORMAL[:30], 1e6], pa.float32())})
    test = make("outliers", column="a", at_most=0)
    plan = Plan([test], ("data",))
    glances = [plan.look(Batch(table.slice(s, 8), 0, s)) for s in range(0, 31, 8)]
    spreads = {
        Spread.of(reduce(Glance.merge, order).profiles[None]["a"])
        for order in itertools.permutations(glances)
    }
    assert len(spreads) == 1
