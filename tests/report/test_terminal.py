from __future__ import annotations

import io
from datetime import date, datetime, timezone
from typing import Any

import picture_factory as pictures
import pytest
from rich.console import Console

from tidegate.report.model import (
    Level,
    Outcome,
    Place,
    RowSample,
    TestReport,
    TestResult,
    Waived,
)
from tidegate.report.terminal import render


def row(line: int, **values: str) -> RowSample:
    place = Place(row=line - 1, split="train", file="flights-09.csv", line=line)
    return RowSample(place=place, values=values)


def result(subject: str = "origin", **changes: Any) -> TestResult:
    about: dict[str, Any] = {
        "test": "one_of",
        "expectation": "one of EWR, JFK, LGA",
        "observed": '"JKF" on 212 rows',
        "outcome": Outcome.FAILED,
        "failing_rows": 212,
        "sample": tuple(row(n, **{subject: "JKF", "carrier": "UA"}) for n in (18, 44)),
        "fix": "fix the export",
    }
    return TestResult(subject=subject, **{**about, **changes})


def report(*results: TestResult, **changes: Any) -> TestReport:
    about: dict[str, Any] = {
        "kind": "data",
        "dataset": "flights",
        "span": 9,
        "rows": 27574,
        "seconds": 1.34,
        "failing_rows": 212,
    }
    return TestReport(results=results, **{**about, **changes})


PASSED = result(outcome=Outcome.PASSED, failing_rows=0, sample=(), fix=None)


def shown(
    what: TestReport, width: int = 80, encoding: str = "utf-8", **links: Any
) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=stream, width=width, force_terminal=False).print(render(what, **links))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_headline_tells_how_many_tests_failed_on_how_many_rows() -> None:
    text = shown(report(result(), PASSED, PASSED), width=100)
    assert text.splitlines()[0].strip() == (
        "✗ gate shut · flights · span 9 · 1 of 3 tests failed on 27,574 rows · 1.3 s"
    )


def test_failed_test_tells_column_rule_evidence_and_places() -> None:
    text = shown(report(result()), page="r/report.html", rows_file="r/rows.parquet")
    for part in (
        "origin",
        "one of EWR, JFK, LGA",
        '"JKF" on 212 rows',
        "flights-09.csv:18, 44 …",
        "rows  r/rows.parquet (212)",
        "page  r/report.html",
        "next  fix the export",
    ):
        assert part in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_output_keeps_to_the_width_and_loses_no_evidence(width: int) -> None:
    text = shown(report(result()), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "JKF" in text
    assert "flights-09.csv:18" in text


def test_passed_report_is_one_line() -> None:
    lines = shown(report(PASSED, PASSED, failing_rows=0), page="p").splitlines()
    assert [line.strip() for line in lines] == [
        "✓ flights · span 9 · 2 tests passed on 27,574 rows · 1.3 s"
    ]


def test_warnings_are_told_although_the_gate_is_open() -> None:
    warned = result("distance", outcome=Outcome.WARNED, level=Level.WARN)
    text = shown(report(PASSED, warned))
    assert text.startswith("✓ flights")
    assert "1 test passed, 1 warned" in text
    assert "distance" in text


TODAY = datetime(2030, 1, 31, 9, 30, tzinfo=timezone.utc)


def waived(day: int, **changes: Any) -> TestResult:
    waiver = Waived(owner="fleet team", reason="moved", expires=date(2030, 2, day))
    return result(outcome=Outcome.WAIVED, waiver=waiver, fix=None, **changes)


def test_waived_tests_are_told_with_owner_and_day_although_the_gate_is_open() -> None:
    text = shown(report(PASSED, waived(28), failing_rows=0), width=120)
    assert text.startswith("✓ flights")
    assert "1 test passed, 1 waived" in text
    line = next(line for line in text.splitlines() if "JKF" in line)
    assert "flights-09.csv:18, 44" in line
    assert "fleet team, until 2030-02-28" in text
    assert text.index("  waived") < text.index("fleet team")


def test_failed_test_with_an_expired_waiver_says_so() -> None:
    waiver = Waived(
        owner="fleet team", reason="x", expires=date(2030, 1, 1), state="expired"
    )
    text = shown(report(result(waiver=waiver)), width=100)
    assert "waiver: fleet team, expired on 2030-01-01" in " ".join(text.split())


@pytest.mark.parametrize(
    ("day", "told"), [(1, "in 1 day "), (14, "in 14 days "), (15, None)], ids=str
)
def test_waiver_that_ends_soon_is_announced(day: int, told: str | None) -> None:
    text = shown(report(PASSED, waived(day), created=TODAY), width=120)
    assert ("ends" in text) is (told is not None)
    assert (told or "") in text


def test_slice_stands_with_the_rule() -> None:
    text = shown(report(result(slice="origin = 'JFK'")), width=160)
    assert "one of EWR, JFK, LGA where origin = 'JFK'" in text


def test_quarantine_is_told_although_the_gate_is_open() -> None:
    changes = {"quarantined": 212, "quarantine": "r/quarantine", "failing_rows": 0}
    assert "quarantine  r/quarantine (212 rows, 0.8 %)" in shown(
        report(PASSED, **changes)
    )


def test_place_in_the_suite_stands_where_there_is_room() -> None:
    placed = report(result(source="schemas/x.yaml:12"))
    assert "schemas/x.yaml:12" in shown(placed, width=170)
    assert "schemas/x.yaml:12" not in shown(placed, width=120)


def test_wide_column_does_not_keep_narrow_ones_from_the_rows() -> None:
    sample = (row(18, origin="JKF", wide="w" * 24, narrow="n"),)
    header = shown(report(result(sample=sample)), width=50).split("\n\n")[2]
    assert "narrow" in header
    assert "wide" not in header


def test_report_without_any_test_is_shut() -> None:
    assert "gate shut · flights · span 9 · no test ran" in shown(report())


def test_values_are_neither_markup_nor_control_sequences() -> None:
    evil = result("[red]a[/red]\x1b[31m", observed="\u202eabc\r\n[link=x]")
    text = shown(report(evil), width=160)
    assert "[red]a[/red]\\x1b[31m" in text
    assert "\\u202eabc\\r\\n[link=x]" in text
    assert "\x1b" not in text


def test_encodings_without_the_signs_get_plain_ones() -> None:
    text = shown(report(result("größe")), encoding="ascii")
    assert text.startswith("x gate shut - flights")
    assert "gr\\xf6\\xdfe" in text


def test_rows_show_each_failing_test_in_turn_and_none_twice() -> None:
    one = result("a", sample=tuple(row(n, a="1", key="k") for n in range(2, 12)))
    two = result("b", sample=(row(2, b="x"), row(90, b="2", key="k")))
    table = shown(report(one, two)).split("\n\n")[2]
    places = [line.split()[0] for line in table.splitlines()[1:]]
    assert places == [f"flights-09.csv:{n}" for n in (2, 3, 90, 4, 5)]


def test_many_failed_tests_are_capped_with_a_count() -> None:
    text = shown(report(*(result(f"column{n}") for n in range(300))))
    assert "280 more" in text


def test_rows_without_a_source_file_are_named_by_split() -> None:
    place = Place(row=7, split="eval")
    text = shown(report(result(sample=(RowSample(place=place, values={}),))))
    assert "eval row 7" in text


def skipped(test: str, reason: str) -> TestResult:
    return result(test=test, outcome=Outcome.SKIPPED, observed=reason, fix=None)


def test_skipped_tests_are_told_by_reason() -> None:
    tests = ["unit", "relations", "unit", "a", "b", "c"]
    results = [skipped(test, "no accepted span") for test in tests]
    late = skipped("late_rows", "needs 3 earlier spans\x1b[31m")
    text = shown(report(PASSED, late, *results, failing_rows=0), width=120)
    lines = [line.strip() for line in text.splitlines()[2:]]
    assert lines == [
        "skipped  6 tests: no accepted span (unit ×2, relations, a, b, …)",
        "1 test: needs 3 earlier spans\\x1b[31m (late_rows)",
    ]


def test_many_reasons_for_skipping_are_capped_with_a_count() -> None:
    results = [skipped("unit", f"reason {n}") for n in range(9)]
    lines = shown(report(PASSED, *results)).rstrip().splitlines()[2:]
    assert len(lines) == 5
    assert lines[-1].strip() == "5 tests for 5 other reasons"


def test_failing_rows_are_named_only_where_there_are_some() -> None:
    shut = pictures.model_report()
    assert "rows.parquet" not in shown(shut, rows_file="rows.parquet")
    some = shut.model_copy(update={"failing_rows": 3})
    assert "rows.parquet (3)" in shown(some, rows_file="rows.parquet")
