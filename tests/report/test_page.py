from __future__ import annotations

import re
from pathlib import Path

import pytest
import report_factory as factory

from tidegate.report import plots
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


def test_page_tells_the_verdict_first_and_what_passed_last() -> None:
    results = (result(outcome.value, outcome) for outcome in Outcome)
    text = text_of(page(report(*results)))
    order = [
        "gate shut",
        "1 of 4 tests failed, 1 waived, 1 skipped",
        "Failed",
        "Warned",
        "Waived",
        "Skipped",
        "Passed",
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
    html = page(factory.rich_report())
    assert "<script" not in html
    assert not re.search(r"https?://|\ssrc=|<link|url\(", html)


def test_report_without_a_test_does_not_read_as_open() -> None:
    text = text_of(page(report()))
    assert "gate shut" in text
    assert "no test ran" in text


def test_page_is_one_file_in_the_folder(tmp_path: Path) -> None:
    written = write_page(report(result("origin", Outcome.FAILED)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_page_tells_all_that_the_report_knows() -> None:
    text = text_of(page(factory.rich_report()))
    for part in (
        "where carrier = 'UA' and month = 9".replace("'", "&#39;"),
        "schemas/flights/data_tests.yaml:12",
        "flights team, expired on 2029-12-31",
        "fleet team, until 2030-02-03 : the feed is being moved",
        "the waiver of missing on tailnum ends in 3 days",
        "in quarantine 212 rows, 0.8 %",
        "the rows in quarantine are in reports/09/quarantine",
        "compared with 11 spans, newest 11",
        "private, never shown passenger_email, card",
        "part-0.parquet row 12",
        "needs 3 earlier spans, has 1",
        "24 tests passed on 8 subjects",
    ):
        assert part in text, part


def test_family_strip_counts_the_worst_first() -> None:
    text = text_of(page(factory.rich_report()))
    assert "columns 2 failed , 1 warned , 2 waived , 24 passed" in text
    assert "tests by family" not in page(report(result("a", Outcome.PASSED)))


def test_plots_are_described_for_those_who_do_not_see_them() -> None:
    html = page(factory.rich_report())
    assert html.count("<svg") == 3
    labels = re.findall(r'class="plot" role="img" aria-label="([^"]*)"', html)
    assert labels[2] == (
        "rows a span; highest at 2029-04: 31,330, reference 29,900; "
        "breaks the test: 2029-11"
    )


def test_plot_that_cannot_be_drawn_leaves_its_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: object) -> str:
        raise ValueError("no")

    monkeypatch.setattr(plots, "svg", broken)
    html = page(factory.rich_report())
    assert "<svg" not in html
    assert "highest at 2029-04: 31,330" in text_of(html)


def test_page_of_many_columns_stays_small_and_says_what_it_leaves_out() -> None:
    many = tuple(
        factory.result(test, f"column_{n}", outcome)
        for outcome in (Outcome.FAILED, Outcome.PASSED)
        for n in range(2500)
        for test in ("missing", "between", "type", "regex", "length", "nan")
    )
    html = page(factory.rich_report(results=many))
    assert len(html) < 3_000_000
    assert html.count("<article") == 50
    assert "14,950 tests more failed" in html
    assert "3,000 more in report.json" in html


def test_columns_of_wide_rows_are_capped_but_never_the_blamed_one() -> None:
    values = {f"c{n}": "v" for n in range(300)} | {"blamed": "x" * 1000}
    wide = factory.result(
        "between", "blamed", Outcome.FAILED, sample=(factory.row(2, **values),)
    )
    html = page(report(wide))
    assert 'class="about">blamed</th>' in html
    assert ">c10</th>" in html
    assert ">c11</th>" not in html
    assert "x" * 121 not in html
