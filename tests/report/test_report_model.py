from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tidegate.report.model import (
    REPORT_FILE,
    Outcome,
    Place,
    Plot,
    TestReport,
    TestResult,
    Waived,
    read_report,
    write_report,
)

WAIVER = Waived(owner="flights team", reason="new radar", expires=date(2030, 1, 31))


def result(outcome: Outcome, **changes: Any) -> TestResult:
    return TestResult(
        test="missing",
        subject="dep_delay",
        expectation="missing at most 5 %",
        observed="12.4 %",
        outcome=outcome,
        **changes,
    )


def report(*results: TestResult, **changes: Any) -> TestReport:
    return TestReport(
        kind="data", dataset="flights", results=results, rows=10, **changes
    )


def plot(**changes: Any) -> Plot:
    about: dict[str, Any] = {
        "kind": "numbers",
        "title": "delay",
        "labels": ("low", "high"),
        "now": (0.5, 0.5),
        "edges": (0, 1, 2),
    }
    return Plot(**{**about, **changes})


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(row=7, split="eval"), "eval row 7"),
        (Place(row=7, split="eval", file="a.parquet"), "a.parquet row 7"),
        (Place(row=7, split="eval", file="a.csv", line=8), "a.csv:8"),
    ],
    ids=["split", "file", "line"],
)
def test_place_names_the_nearest_thing_that_is_known(place: Place, text: str) -> None:
    assert str(place) == text


def test_waived_test_neither_shuts_a_gate_nor_passes() -> None:
    waived = result(Outcome.WAIVED, waiver=WAIVER)
    told = report(waived, result(Outcome.PASSED))
    assert told.passed
    assert told.waived == (waived,)
    assert not told.failed
    assert not report(waived, result(Outcome.FAILED)).passed


def test_report_in_which_every_test_is_waived_is_open() -> None:
    assert report(result(Outcome.WAIVED, waiver=WAIVER)).passed
    assert not report(result(Outcome.SKIPPED)).passed


def test_every_field_survives_the_file(tmp_path: Path) -> None:
    full = result(
        Outcome.WAIVED,
        plot=plot(reference=(0.25, 0.75), marked=(1,), limits=(0, 1), unit="minutes"),
        slice="origin = 'JFK'",
        waiver=WAIVER,
        source="schemas/x.yaml:12",
        family="columns",
    )
    told = report(
        full,
        quarantined=3,
        quarantine="out/quarantine",
        schema_file="schema.pbtxt",
        suite_file="tests.yaml",
        reference="11 spans, newest 11",
        columns=20,
        private=("name",),
    )
    write_report(told, tmp_path)
    assert read_report(tmp_path) == told


def test_report_written_before_the_newer_fields_is_still_read(tmp_path: Path) -> None:
    new = {"quarantined", "quarantine", "schema_file", "suite_file", "reference"}
    newer = {"plot", "slice", "waiver", "source", "family"}
    told = report(result(Outcome.PASSED))
    old = json.loads(told.model_dump_json(exclude=new | {"columns", "private"}))
    old["results"] = [
        {name: value for name, value in one.items() if name not in newer}
        for one in old["results"]
    ]
    (tmp_path / REPORT_FILE).write_text(json.dumps(old))
    assert read_report(tmp_path) == told


def test_infinite_numbers_of_the_data_survive_the_file(tmp_path: Path) -> None:
    endless = plot(limits=(-math.inf, 3), now=(0.5, math.nan))
    write_report(report(result(Outcome.FAILED, plot=endless)), tmp_path)
    read = read_report(tmp_path).results[0].plot
    assert read is not None
    assert read.limits == (-math.inf, 3)
    assert math.isnan(read.now[1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": ("low",)},
        {"reference": (1.0,)},
        {"edges": (0.0, 1.0)},
        {"kind": "values"},
        {"limits": (1.0,)},
        {"marked": (2,)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_plot_whose_parts_do_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plot with 2 bins"):
        plot(**wrong)


def test_json_says_the_verdict_and_counts_every_outcome(tmp_path: Path) -> None:
    shut = report(result(Outcome.FAILED), result(Outcome.PASSED))
    told = json.loads(write_report(shut, tmp_path).read_bytes())
    assert told["verdict"] == "shut"
    none = {"warned": 0, "skipped": 0, "waived": 0}
    assert told["counts"] == {"passed": 1, "failed": 1, **none}
    assert read_report(tmp_path) == shut
    assert TestReport.model_validate(shut.model_dump()) == shut
    assert report(result(Outcome.PASSED)).verdict == "open"


def test_verdict_follows_from_the_results_whatever_the_file_says() -> None:
    shut = report(result(Outcome.FAILED))
    told = shut.model_dump_json().replace('"shut"', '"open"')
    assert TestReport.model_validate_json(told).verdict == "shut"


def test_unknown_keys_are_still_refused() -> None:
    told = json.loads(report(result(Outcome.PASSED)).model_dump_json())
    with pytest.raises(ValueError, match="verdicts"):
        TestReport.model_validate({**told, "verdicts": "open"})
