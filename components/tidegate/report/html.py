"""A test report as one HTML file that needs no network and no script."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import jinja2

from tidegate.report import overview, plots, wording
from tidegate.report.model import PAGE_FILE, Plot, TestReport, TestResult, write_whole

_TEMPLATE = "page.html.j2"
_MOST_CARDS = 50
_MOST_COLUMNS = 12
_MOST_LISTED = 12_000  # rows of a table; a browser opens them in a moment
_LONGEST_VALUE = 120
_LONGEST_CELL = 200


def write_page(report: TestReport, folder: Path) -> Path:
    """Writes the report's page into `folder`, whole or not at all."""
    return write_whole(folder / PAGE_FILE, page(report).encode())


def page(report: TestReport) -> str:
    """The report's page as HTML text; all foreign text in it is escaped."""
    return _template().render(
        report=report,
        headline=wording.headline(report),
        verdict=wording.verdict(report),
        fixes=wording.fixes(report),
        ending=wording.ending(report),
        quarantined=wording.quarantined(report),
        families=overview.families(report),
        passed=overview.passed(report, _MOST_LISTED),
        most_cards=_MOST_CARDS,
        most_listed=_MOST_LISTED,
        columns=columns,
        subjects=subjects,
        picture=picture,
        value=functools.partial(wording.printable, longest=_LONGEST_VALUE),
        cell=functools.partial(wording.printable, longest=_LONGEST_CELL),
        observed=functools.partial(wording.observed, longest=_LONGEST_CELL),
        described=plots.described,
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


def picture(plot: Plot) -> str | None:
    """The plot as an element, its text escaped; None where it cannot be drawn."""
    try:
        return plots.svg(plot)
    except (ImportError, ValueError):
        # The description still says what it showed; a picture never costs a page.
        return None


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Control characters and marks that turn text around are shown, not obeyed.
        finalize=lambda value: (
            wording.printable(value) if type(value) is str else value
        ),
    )
    source = resources.files(__package__).joinpath(_TEMPLATE)
    return environment.from_string(source.read_text(encoding="utf-8"))
