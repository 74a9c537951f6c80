from __future__ import annotations

import re
from pathlib import Path

from tidegate.report.html import page, write_page
from tidegate.report.model import Outcome, Place, RowSample, TestReport, TestResult

EVIL = "<script>alert(1)</script>\x1b\u202e"


def result(subject: str, outcome: Outcome, value: str = "JKF") -> TestResult:
    place = Place(row=1, split="train", file="a.csv", line=2)
    return TestResult(
        test="one_of",
        subject=subject,
        expectation="one of EWR",
        observed=f"{value} on 2 rows",
        outcome=outcome,
        failing_rows=2,
        sample=(RowSample(place=place, values={"key": "k", subject: value}),),
        fix="fix the export",
    )


def report(*results: TestResult) -> TestReport:
    return TestReport(
        kind="data", dataset="flights", results=results, rows=10, failing_rows=2
    )


def text_of(html: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)
    )


def test_page_tells_the_verdict_first_then_failed_warned_skipped_passed() -> None:
    every = (Outcome.PASSED, Outcome.SKIPPED, Outcome.WARNED, Outcome.FAILED)
    text = text_of(page(report(*(result(o.value, o) for o in every))))
    order = [
        "gate shut",
        "1 of 3 tests failed, 1 skipped",
        "Failed",
        "Warned",
        "Skipped",
    ]
    found = [text.index(word) for word in [*order, "1 test passed"]]
    assert found == sorted(found)


def test_evidence_shows_the_blamed_column_first_and_the_place() -> None:
    html = page(report(result("origin", Outcome.FAILED)))
    assert html.index('class="about">origin</th>') < html.index(">key</th>")
    assert "a.csv:2" in html
    assert "the first 1 of 2 rows" in html


def test_foreign_text_is_escaped_everywhere() -> None:
    html = page(report(*(result(EVIL, outcome, EVIL) for outcome in Outcome)))
    assert "<script" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;" in html


def test_page_loads_nothing_from_anywhere() -> None:
    html = page(report(result("origin", Outcome.FAILED)))
    assert not re.search(r"https?://|\ssrc=|<link|url\(", html)


def test_report_without_a_test_does_not_read_as_open() -> None:
    text = text_of(page(report()))
    assert "gate shut" in text
    assert "no test ran" in text


def test_page_is_one_file_in_the_folder(tmp_path: Path) -> None:
    written = write_page(report(result("origin", Outcome.FAILED)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")
