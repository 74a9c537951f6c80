"""Templates of pages: foreign text is escaped, and control signs are shown.

A page is one file in the style of the test reports; its pictures are drawn
within it.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import jinja2

from tidegate.report import plots, wording
from tidegate.report.model import Picture

_LONGEST_CELL = 200


def render(package: str, template: str, **about: Any) -> str:
    """The page as text.

    Args:
        package: Where the template is: "tidegate.report".
        template: Its name; it may include those of the reports.
        **about: What it shows.
    """
    return _environment(package).get_template(template).render(**about)


def pictures(words: tuple[str, str]) -> dict[str, Any]:
    """What templates draw pictures with.

    Args:
        words: What was tested, and what it is compared with: "candidate",
            "champion".
    """
    return {
        "picture": picture,
        "described": functools.partial(plots.described, reference=words[1]),
        "key_of": functools.partial(plots.key_of, words=words),
        "hidden": plots.hidden,
    }


def picture(plot: Picture) -> str | None:
    """The picture as an element, its text escaped; None where it cannot be drawn."""
    try:
        return plots.svg(plot)
    except (ImportError, ValueError):
        # The description still says what it showed; a picture never costs a page.
        return None


def short(text: str) -> str:
    """Text for a cell: printable, and cut where it is very long."""
    return wording.printable(text, _LONGEST_CELL)


@functools.cache
def _environment(package: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(functools.partial(_source, package)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Control characters and marks that turn text around are shown, not obeyed.
        finalize=lambda value: (
            wording.printable(value) if type(value) is str else value
        ),
    )
    environment.filters["short"] = short
    return environment


def _source(package: str, name: str) -> str | None:
    """The text of a template of the package, or else of one of the reports'."""
    for home in (package, __package__):
        file = resources.files(home).joinpath(name)
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
