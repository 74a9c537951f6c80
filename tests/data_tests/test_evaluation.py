from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.examples import Examples
from tidegate.columnar.provenance import Provenance
from tidegate.data_tests.evaluate import Evaluation, evaluate, unreadable
from tidegate.data_tests.suite import Suite
from tidegate.errors import DataError
from tidegate.report.html import page
from tidegate.report.model import Outcome
from tidegate.report.terminal import render

SECRET = "hunter2"


def examples(**columns: Any) -> Examples:
    """Three training rows of a known file, the rest evaluation rows of none."""
    table = pa.table(columns)
    lines = np.array([2, 3, 9], np.int64)
    known = Provenance(("a.csv",), np.zeros(3, np.int32), lines)
    splits = {"train": 3, "eval": table.num_rows - 3}
    return Examples(table, splits, {"train": known})


def suite(*tests: dict[str, Any], **details: Any) -> Suite:
    return Suite.model_validate({"dataset": "d", "tests": list(tests), **details})


def verdict(held: Examples, *tests: dict[str, Any], **details: Any) -> Evaluation:
    return evaluate(suite(*tests, **details), held)


def test_failing_rows_hold_every_row_once_with_place_and_all_its_tests() -> None:
    found = verdict(
        examples(a=[1, 99, 3, 99], s=["x", "y", "q", "q"]),
        {"between": {"column": "a", "high": 50}},
        {"one_of": {"column": "s", "values": ["x", "y"]}},
        {"rows_where": {"sql": "a = 3"}},
        {"rows_where": {"sql": "a > 98"}},
    )
    assert found.report.failing_rows == 3
    assert found.failing_rows.to_pylist() == [
        {
            "file": "a.csv",
            "line": 3,
            "split": "train",
            "row": 2,
            "tests": ["between: a", "rows_where: no row where a > 98"],
            "a": 99,
            "s": "y",
        },
        {
            "file": "a.csv",
            "line": 9,
            "split": "train",
            "row": 3,
            "tests": ["one_of: s", "rows_where: no row where a = 3"],
            "a": 3,
            "s": "q",
        },
        {
            "file": None,
            "line": None,
            "split": "eval",
            "row": 1,
            "tests": ["between: a", "one_of: s", "rows_where: no row where a > 98"],
            "a": 99,
            "s": "q",
        },
    ]


def test_columns_named_like_the_place_keep_their_values() -> None:
    held = examples(file=[1, 2, 3], file_=[4, 5, 6], tests=[7, 8, 9])
    rows = verdict(held, {"rows_where": {"sql": "file = 2"}}).failing_rows
    assert rows.column("file").to_pylist() == ["a.csv"]
    kept = {name for name in rows.column_names if rows.column(name).to_pylist() == [5]}
    assert kept == {"file_"}
    assert {2, 8} <= {value for column in rows.columns for value in _plain(column)}


def _plain(column: pa.ChunkedArray) -> list[Any]:
    return [value for value in column.to_pylist() if not isinstance(value, list)]


def test_key_must_be_unique_over_all_splits() -> None:
    found = verdict(examples(a=[1, 2, 3, 1]), {"unique": {"columns": ["a"]}})
    assert [str(s.place) for s in found.report.failed[0].sample] == ["eval row 1"]


def test_warning_leaves_the_gate_open_and_the_rows_out() -> None:
    test = {"between": {"column": "a", "high": 1, "level": "warn"}}
    found = verdict(examples(a=[1, 2, 3]), test)
    assert found.report.passed
    assert found.report.results[0].outcome is Outcome.WARNED
    assert found.report.results[0].sample
    assert found.failing_rows.num_rows == 0


def test_rows_within_the_tolerance_are_counted_but_not_blamed() -> None:
    test = {"between": {"column": "a", "high": 2, "at_most": 1}}
    found = verdict(examples(a=[1, 2, 3]), test)
    assert found.report.results[0].failing_rows == 1
    assert found.report.passed
    assert found.failing_rows.num_rows == 0


def test_no_rows_at_all_shut_the_gate() -> None:
    nothing = Examples(pa.table({"a": pa.array([], pa.int64())}), {"train": 0})
    found = evaluate(suite({"between": {"column": "a", "low": 0}}), nothing)
    assert not found.report.passed
    assert "0 rows" in [result.observed for result in found.report.failed]


@pytest.mark.parametrize(
    "test",
    [
        {"one_of": {"column": "s", "values": ["x"]}},
        {"between": {"column": "s", "low": 0}},
        {"unique": {"columns": ["s", "a"]}},
        {"missing": {"column": "s", "at_most": 0}},
        {"rows_where": {"sql": "cast(s as int) > 0"}},
        {"rows_where": {"sql": "s <> 'x'"}},
        {"rows_where": {"sql": "a = 2"}},
    ],
    ids=str,
)
def test_private_value_appears_nowhere(test: dict[str, Any]) -> None:
    from rich.console import Console

    held = examples(a=[2, 2, 1, 2], s=[SECRET, SECRET, None, SECRET])
    found = evaluate(suite(test, pii=["s"]), held)
    assert not found.report.passed
    console = Console(record=True, width=200, quiet=True)
    console.print(render(found.report))
    for text in (
        found.report.model_dump_json(),
        page(found.report),
        console.export_text(),
        str(found.failing_rows.to_pylist()),
    ):
        assert SECRET not in text


def test_unreadable_examples_are_a_failed_test() -> None:
    error = DataError("a record is cut short", where="x.gz", fix="run it again")
    report = unreadable(suite({"rows": {"at_least": 1}}), error, 3).report
    assert not report.passed
    assert "a record is cut short (x.gz)" in report.failed[0].observed
    assert report.failed[0].fix == "run it again"
    assert report.span == 3


def test_all_rows_may_fail_without_a_pause() -> None:
    n = 200_000
    held = Examples(pa.table({"a": np.arange(n)}), {"train": n})
    found = verdict(held, {"between": {"column": "a", "low": n}})
    assert found.failing_rows.num_rows == n
    assert found.report.seconds < 5


def test_sample_shows_what_tells_why_then_the_key_then_the_rest() -> None:
    held = examples(a=[1, 2, 3], id=["u", "v", "w"], z=[9, None, 9])
    test = {"missing": {"column": "z", "at_most": 0}}
    (result,) = verdict(held, test, key=["id", "absent"]).report.failed
    (row,) = result.sample
    assert list(row.values.items()) == [("z", "(missing)"), ("id", "v"), ("a", "2")]
    assert str(row.place) == "a.csv:3"
