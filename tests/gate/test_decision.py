"""A gate opens only on reports in which something ran and nothing failed."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from tidegate.errors import ComponentError, GateShut
from tidegate.gate.decision import decide, write_decision
from tidegate.report.model import (
    Outcome,
    TestReport,
    TestResult,
    read_report,
    write_report,
)


def a_report(*outcomes: Outcome, kind: str = "data") -> TestReport:
    return TestReport(
        kind=kind,  # type: ignore[arg-type]
        dataset="flights",
        rows=100,
        results=tuple(
            TestResult(
                test="missing",
                subject=f"column_{number}",
                expectation="at most 5 %",
                observed="12 %",
                outcome=outcome,
            )
            for number, outcome in enumerate(outcomes)
        ),
    )


@pytest.mark.parametrize(
    "outcomes",
    [
        (Outcome.PASSED,),
        (Outcome.PASSED, Outcome.WARNED),
        (Outcome.PASSED, Outcome.SKIPPED),
    ],
)
def test_opens_when_nothing_failed(outcomes: tuple[Outcome, ...]) -> None:
    decision = decide({"/reports/1": a_report(*outcomes)})
    assert decision.tests == len(outcomes)
    assert decision.reports[0].folder == "/reports/1"


@pytest.mark.parametrize(
    "outcomes",
    [(Outcome.FAILED,), (Outcome.PASSED, Outcome.FAILED), (Outcome.SKIPPED,), ()],
)
def test_is_shut_when_a_test_failed_or_none_ran(outcomes: tuple[Outcome, ...]) -> None:
    with pytest.raises(GateShut) as shut:
        decide({"/reports/1": a_report(*outcomes)})
    assert shut.value.exit_code == 1
    assert shut.value.reports == ("/reports/1",)
    assert "/reports/1/report.html" in str(shut.value)


def test_one_bad_report_among_good_ones_shuts_it_and_all_are_named() -> None:
    reports = {"/a": a_report(Outcome.PASSED), "/b": a_report(Outcome.FAILED)}
    with pytest.raises(GateShut, match="1 of 1 data tests failed") as shut:
        decide(reports)
    assert shut.value.reports == ("/a", "/b")


def test_no_report_is_an_error_and_not_an_open_gate() -> None:
    with pytest.raises(ComponentError, match="no test report"):
        decide({})


def test_many_failures_are_counted_and_the_first_are_named() -> None:
    with pytest.raises(GateShut) as shut:
        decide({"/a": a_report(*[Outcome.FAILED] * 9)})
    assert "missing of column_4" in str(shut.value)
    assert "column_5" not in str(shut.value)
    assert "and 4 more" in str(shut.value)


def test_a_shut_gate_survives_pickling() -> None:
    with pytest.raises(GateShut) as shut:
        decide({"/a": a_report(Outcome.FAILED)})
    copy = pickle.loads(pickle.dumps(shut.value))
    assert (copy.reports, str(copy)) == (shut.value.reports, str(shut.value))


def test_a_decision_and_a_report_are_read_back_as_written(tmp_path: Path) -> None:
    report = a_report(Outcome.PASSED)
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report
    written = json.loads(write_decision(decide({"/a": report}), tmp_path).read_text())
    assert written["reports"][0]["tests"] == 1


@pytest.mark.parametrize("content", [b"", b"{", b'{"format_version": 2}'])
def test_a_report_that_is_not_whole_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(ComponentError, match="cannot be read"):
        read_report(tmp_path)
