from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_factory import result, rich_report, row

from tidegate.report.junit import junit_xml, write_junit
from tidegate.report.model import Outcome, TestReport


def suite_of(report: TestReport) -> ElementTree.Element:
    root = ElementTree.fromstring(junit_xml(report))
    suite = root.find("testsuite")
    assert suite is not None
    return suite


def case_of(outcome: Outcome) -> ElementTree.Element:
    report = rich_report()
    number = [one.outcome for one in report.results].index(outcome)
    return suite_of(report).findall("testcase")[number]


def test_counts_of_the_suite_are_those_of_the_report() -> None:
    suite = suite_of(rich_report())
    assert suite.get("tests") == str(len(suite.findall("testcase"))) == "35"
    assert suite.get("failures") == str(len(suite.findall("*/failure"))) == "4"
    assert suite.get("skipped") == str(len(suite.findall("*/skipped"))) == "3"


def test_failed_case_tells_rule_evidence_rows_and_fix() -> None:
    case = case_of(Outcome.FAILED)
    assert case.get("classname") == "flights.columns"
    assert case.get("name") == "dep_delay: missing at most 5 %"
    assert case.get("file") == "schemas/flights/data_tests.yaml"
    assert case.get("line") == "12"
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "12.4 % (3,419 rows)"
    for part in ("flights-09.csv:18", "fix the export", "3,414 rows more"):
        assert part in str(failure.text)


def test_warned_case_passes_and_says_so() -> None:
    case = case_of(Outcome.WARNED)
    assert [child.tag for child in case] == ["system-out"]
    assert "2 rows above, up to 9,999" in str(case.findtext("system-out"))


def test_waived_case_is_skipped_and_names_who_answers_for_it() -> None:
    skipped = case_of(Outcome.WAIVED).find("skipped")
    assert skipped is not None
    message = str(skipped.get("message"))
    assert message.startswith("waived by fleet team, until 2030-02-03")
    assert "3.1 %" in message


def test_passed_case_is_empty() -> None:
    assert list(case_of(Outcome.PASSED)) == []


def test_properties_tell_rows_quarantine_and_verdict() -> None:
    told = {
        one.get("name"): one.get("value")
        for one in suite_of(rich_report()).findall("properties/property")
    }
    assert told["verdict"] == "gate shut"
    assert told["rows"] == "27574"
    assert told["rows.train"] == "20113"
    assert told["quarantined"] == "212"
    assert "columns" in told


def test_slice_tells_cases_of_one_rule_apart() -> None:
    cases = suite_of(rich_report()).findall("testcase")
    assert cases[1].get("name") == (
        "origin: one of EWR, JFK, LGA where carrier = 'UA' and month = 9"
    )


@pytest.mark.parametrize(
    "sign",
    ["\x00", "\x1b", "\ud800", "\ufffe", "\r", "]]>", "<!--", "\u202e"],
    ids=ascii,
)
def test_signs_that_xml_forbids_are_made_visible(sign: str) -> None:
    case = suite_of(_with(f"a{sign}b")).find("testcase")
    assert case is not None
    shown = str(case.get("name"))
    assert shown.startswith("a")
    assert sign in shown if sign.isprintable() else sign not in shown


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_document_is_well_formed_whatever_the_data_holds(text: str) -> None:
    suite = suite_of(_with(text))
    assert len(suite.findall("testcase")) == len(Outcome)


def test_file_is_written_whole(tmp_path: Path) -> None:
    written = write_junit(rich_report(), tmp_path / "ci" / "junit.xml")
    assert written.read_bytes() == junit_xml(rich_report())
    assert [path.name for path in written.parent.iterdir()] == ["junit.xml"]


def _with(text: str) -> TestReport:
    """A report in which `text` stands everywhere that foreign text can."""
    sample = (row(2, file=text, value=text),)
    foreign: dict[str, Any] = {
        "expectation": text,
        "observed": text,
        "fix": text,
        "why": text,
        "slice": text,
        "source": f"{text}:3",
        "sample": sample,
        "failing_rows": 9,
    }
    return rich_report(
        dataset=text,
        splits={text: 1},
        quarantine=text,
        results=tuple(result(text, text, one, **foreign) for one in Outcome),
    )
