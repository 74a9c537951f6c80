"""A model card as HTML in the style of the test reports, and as Markdown."""

from __future__ import annotations

import functools
import re
from importlib import resources

import jinja2

from tidegate.model_card_gen.card import Card
from tidegate.report import pages, plot_keys, plots, wording

_HTML = "templates/card.html.j2"
_MARKDOWN = "templates/card.md.j2"
_WORDS = plot_keys.WORDS["model"]
# What Markdown or the HTML in it gives a meaning to wherever it stands; what it
# makes links of; what makes lists and headings where it stands first.
_SIGNS = re.compile(
    r"[\\`*\[\]<>|~&$!@]|(?<!\w)_|_(?!\w)"
    r"|(?<=http):|(?<=https):|(?<=ftp):|(?<=mailto):|(?<=xmpp):|(?<=www)\.",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^(\d*)(#|[.)](?=\s|$)|[-+=]+(?=\s|$))")


def html(card: Card) -> str:
    """The card as one HTML file; all foreign text in it is escaped."""
    return pages.render(__package__, _HTML, card=card, **pages.pictures(_WORDS))


def markdown(card: Card) -> str:
    """The card as Markdown; all foreign text in it is escaped, pictures told."""
    return _template().render(
        card=card, described=functools.partial(plots.described, reference=_WORDS[1])
    )


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    line = wording.printable(" ".join(text.split()))
    return _FIRST.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", line))


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: escaped(value) if isinstance(value, str) else value,
    )
    source = resources.files(__package__).joinpath(_MARKDOWN)
    return environment.from_string(source.read_text(encoding="utf-8"))
