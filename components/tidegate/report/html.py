"""A test report as one HTML file that needs no network and no script."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from tidegate.report import overview, pages, plot_keys, wording
from tidegate.report.model import PAGE_FILE, TestReport, TestResult, write_whole

_TEMPLATE = "page.html.j2"
_MOST_CARDS = 50
_MOST_COLUMNS = 12
_MOST_LISTED = 12_000  # rows of a table; a browser opens them in a moment
_LONGEST_VALUE = 120
_LONGEST_CELL = 200
# What the pictures of a whole report show.
_PICTURED = {
    "data": "The data",
    "drift": "The span",
    "model": "The model",
    "infra": "The model, served",
}


def write_page(report: TestReport, folder: Path) -> Path:
    """Writes the report's page into `folder`, whole or not at all."""
    return write_whole(folder / PAGE_FILE, page(report).encode())


def page(report: TestReport) -> str:
    """The report's page as HTML text; all foreign text in it is escaped."""
    return pages.render(
        __package__,
        _TEMPLATE,
        report=report,
        things=wording.THINGS[report.kind],
        headline=wording.headline(report),
        verdict=wording.verdict(report),
        fixes=wording.fixes(report),
        ending=wording.ending(report),
        took=wording.duration(report.seconds),
        quarantined=wording.quarantined(report),
        families=overview.families(report),
        passed=overview.passed(report, _MOST_LISTED),
        most_cards=_MOST_CARDS,
        most_listed=_MOST_LISTED,
        columns=columns,
        subjects=subjects,
        value=functools.partial(wording.printable, longest=_LONGEST_VALUE),
        cell=pages.short,
        observed=functools.partial(wording.observed, longest=_LONGEST_CELL),
        pictured=_PICTURED[report.kind],
        **pages.pictures(plot_keys.words_of(report)),
        expectation=wording.expectation,
        waiver=wording.waiver,
        counted=wording.counted,
        percent=wording.percent,
    )


def columns(result: TestResult) -> list[str]:
    """Columns of a result's evidence, those that the test is about first.

    Of a wide table only as many of the others as a person looks at.
    """
    held = dict.fromkeys(name for row in result.sample for name in row.values)
    about = [name for name in subjects(result) if name in held]
    others = [name for name in held if name not in about]
    return [*about, *others[: max(_MOST_COLUMNS - len(about), 0)]]


def subjects(result: TestResult) -> Sequence[str]:
    """The names that a result is about."""
    return [part.strip() for part in result.subject.split(",")]
