from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import picture_factory as pictures
import pytest
import report_factory as factory
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.report import plots
from tidegate.report.html import page, write_page
from tidegate.report.model import (
    Curves,
    Intervals,
    Line,
    Outcome,
    Place,
    Plot,
    RowSample,
    TestReport,
    TestResult,
)

_KINDS = ("data", "drift", "model", "infra")
_TAGS = (
    "html head meta title style body main section h1 h2 p dl div dt dd footer "
    "figure figcaption span svg g path line text"
)
_SAFE = set(_TAGS.split())
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


def test_what_a_report_is_called_obeys_nobody_either() -> None:
    told = factory.rich_report(
        dataset=EVIL, suite_file=EVIL, schema_file=EVIL, reference=EVIL, sources=(EVIL,)
    )
    html = page(told)
    assert "<script" not in html
    assert not {"\x1b", "\u202e"} & set(html)


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


def test_figures_come_first_unless_a_test_failed() -> None:
    shut = text_of(page(pictures.model_report()))
    passed = pictures.model_report().results[1:]
    open_ = text_of(page(pictures.model_report(results=passed)))
    assert shut.index("Failed 1") < shut.index("The model") < shut.index("Passed 2")
    assert open_.index("The model") < open_.index("Passed 2")
    assert "The model" not in text_of(page(pictures.model_report(figures=())))


def test_models_are_called_candidate_and_champion_and_data_are_not() -> None:
    model = page(pictures.model_report())
    assert '<span class="now">candidate</span><span class="then">champion</span>' in (
        model
    )
    assert "champion 0.632" in model
    data = page(factory.rich_report())
    assert '<span class="now">now</span><span class="then">reference</span>' in data
    assert "candidate" not in data


def test_short_times_are_told_in_milliseconds() -> None:
    assert "time 40 ms" in text_of(page(pictures.model_report(seconds=0.04)))
    assert "time 2.2 s" in text_of(page(pictures.model_report()))


def test_every_figure_is_drawn_and_described() -> None:
    html = page(pictures.model_report())
    labels = re.findall(r'class="plot" role="img" aria-label="([^"]*)"', html)
    assert len(labels) == html.count("<svg") == 5
    assert labels[1].startswith("ROC curve: AUC 0.742, champion 0.731; candidate: ")


def test_figure_says_how_many_there_was_no_room_for() -> None:
    things = 1240
    many = pictures.by_carrier(
        labels=tuple(f"dest = {n}" for n in range(things)),
        now=(0.7,) * things,
        low=(0.6,) * things,
        high=(0.8,) * things,
        reference=None,
    )
    html = page(pictures.model_report(figures=(many,)))
    assert "and 1,210 more" in html
    assert len(html) < 100_000


_ODD = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [EVIL, "'\"><img src=x onerror=alert(1)>", "</svg></div>", "{{ 7 * 7 }}", "]]>"]
)
_ANY = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=25, deadline=None)
@given(text=_ODD, values=st.lists(_ANY, max_size=4), kind=st.sampled_from(_KINDS))
def test_no_picture_breaks_a_page_or_gets_out_of_it(
    text: str, values: list[float], kind: str
) -> None:
    numbers = tuple(values)
    names = (text,) * len(numbers)
    line = Line(name=text, x=numbers, y=numbers)
    figures = (
        Curves(title=text, lines=(line,), x_title=text, y_title=text),
        Intervals(title=text, labels=names, now=numbers, low=numbers, high=numbers),
        Plot(kind="values", title=text, labels=names, now=numbers, unit=text),
    )
    html = page(pictures.model_report(kind=kind, figures=figures, results=()))
    body = _Tags()
    body.feed(html)
    assert body.opened == 0
    assert body.seen <= _SAFE
    assert not {c for c in html if not c.isprintable()} - {"\n"}


class _Tags(HTMLParser):
    """Counts what is open at the end, and collects what there is."""

    _VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        self.opened += tag not in self._VOID

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        self.opened -= 1
