"""A test report as one HTML file that needs no network and no script."""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

import jinja2

from tidegate.report import wording
from tidegate.report.model import (
    PAGE_FILE,
    Outcome,
    TestReport,
    TestResult,
    write_whole,
)

_TEMPLATE = "page.html.j2"


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
        passed=[r for r in report.results if r.outcome is Outcome.PASSED],
        columns=columns,
        subjects=subjects,
        places=wording.places,
        counted=wording.counted,
        percent=wording.percent,
    )


def columns(result: TestResult) -> list[str]:
    """Columns of a result's evidence, those that the test is about first."""
    held = dict.fromkeys(name for row in result.sample for name in row.values)
    about = [name for name in subjects(result) if name in held]
    return [*about, *(name for name in held if name not in about)]


def subjects(result: TestResult) -> list[str]:
    """The names that a result is about."""
    return [part.strip() for part in result.subject.split(",")]


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
