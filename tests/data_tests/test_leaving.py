"""What lets bad rows through only if it says so: quarantine, slices, settings."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tidegate.columnar.table_dataset import TableDataset
from tidegate.data_tests.evaluate import Circumstances, Evaluation, evaluate
from tidegate.data_tests.suite import Suite
from tidegate.report.model import Outcome

ROWS = 200


def verdict(
    *tests: dict[str, Any], divides: bool = True, **settings: Any
) -> Evaluation:
    suite = Suite.model_validate({"dataset": "d", "tests": list(tests), **settings})
    table = pa.table({"n": list(range(ROWS)), "s": ["a"] * ROWS})
    dataset = TableDataset({"data": table})
    return evaluate(suite, dataset, given=Circumstances(divides=divides))


def leave(most: str = "1%", **limits: Any) -> dict[str, Any]:
    parameters = {"column": "n", "on_fail": "quarantine", **limits}
    return {"between": {**parameters, "quarantine_at_most": most}}


def test_few_bad_rows_leave_and_the_rest_go_on() -> None:
    found = verdict(leave(low=2))
    assert found.report.passed
    assert list(found.bad.positions()) == [0, 1]
    assert "left into quarantine" in found.report.warned[0].observed


def test_rows_that_nothing_takes_out_fail_their_test() -> None:
    found = verdict(leave(low=2), divides=False)
    assert not found.report.passed
    assert not len(found.bad)
    assert "--quarantine" in str(found.report.failed[0].fix)


def test_the_maximum_is_of_all_tests_together() -> None:
    found = verdict(leave(low=2), leave(high=197))
    assert {r.outcome for r in found.report.results} == {Outcome.FAILED}
    assert not len(found.bad)
    assert "4 rows of all tests together" in found.report.failed[0].observed


def test_rows_that_two_tests_blame_count_once() -> None:
    assert verdict(leave(low=2), leave(low=1)).report.passed


def test_a_data_set_of_which_nothing_is_left_fails() -> None:
    assert not verdict(leave("100%", low=ROWS)).report.passed


@pytest.mark.parametrize("where", ["s = 'A'", "false"])
@pytest.mark.parametrize(
    "test",
    [{"between": {"column": "n", "low": 900}}, {"unique": {"columns": ["s"]}}],
)
def test_a_slice_without_rows_is_told(where: str, test: dict[str, Any]) -> None:
    ((name, parameters),) = test.items()
    report = verdict({name: {**parameters, "where": where}}).report
    assert report.warned[0].observed == "the slice has no rows"


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ({"pii": ["S"]}, Outcome.FAILED),
        ({"key": ["idd"]}, Outcome.WARNED),
        ({"time": "at"}, Outcome.WARNED),
    ],
)
def test_a_setting_that_names_no_column_is_told(
    settings: dict[str, Any], outcome: Outcome
) -> None:
    report = verdict({"rows": {"at_least": 1}}, **settings).report
    assert report.results[0].outcome is outcome
    assert report.results[0].test in settings


def test_nothing_is_shown_while_a_private_column_goes_by_another_name() -> None:
    found = verdict({"one_of": {"column": "s", "values": ["b"]}}, pii=["S"])
    assert "'a'" not in found.report.model_dump_json()
    assert '"a"' not in found.report.model_dump_json()
    assert set(found.failing_rows["s"].to_pylist()) == {"(private)"}


@pytest.mark.parametrize(
    "test",
    [
        leave(low=2) | {},
        {"between": {"column": "n", "low": float("nan")}},
        {"rows_where": {"sql": "n =="}},
    ],
)
def test_what_cannot_be_meant_is_refused(test: dict[str, Any]) -> None:
    if "quarantine" in str(test):
        test["between"]["level"] = "warn"
    with pytest.raises(ValueError, match=r"level|finite|operator"):
        verdict(test)
