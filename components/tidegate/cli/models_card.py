"""`tidegate models card`: what a version is, what it is for and how good it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tidegate.cli.models_options import (
    Json,
    Pushed,
    Words,
    demand_models,
    one_version,
)
from tidegate.errors import UsageError

_SUFFIXES = (".html", ".md")
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write the card there: a .html page, or a .md file."
    ),
]


def card(
    words: Words,
    pushed: Pushed = None,
    output: _Output = None,
    json_output: Json = False,
) -> None:
    """Show the model card of a version, as Markdown, or write it as a page.

    It is the card that the run made; where it made none, that which the ledger
    alone can tell.

    Examples:

        tidegate models card 1763769600

        tidegate models card 1763769600 --output card.html

        tidegate models card 1763769600 --pushed gs://bucket/flights/pushed --json
    """
    from tidegate.report.model import write_whole

    suffix = _suffix(output)
    version, where = one_version(words, pushed, "card")
    demand_models(where)
    texts, made_by = _texts(where, version)
    if output is not None:
        write_whole(output, texts[suffix].encode())
    if json_output:
        told = {
            "version": version,
            "from": made_by,
            "output": None if output is None else str(output),
            "markdown": texts[".md"],
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
    elif output is None:
        print(texts[".md"], end="")
    else:
        print(output)


def _suffix(output: Path | None) -> str:
    if output is None:
        return ".md"
    if output.suffix in _SUFFIXES:
        return output.suffix
    raise UsageError(
        "a card is a page or Markdown",
        where=f"--output {output}",
        expected="a name that ends in .html or .md",
        got=output.suffix or "a name without an ending",
        fix=f"--output {output.with_suffix('.html')}",
    )


def _texts(where: str, version: int) -> tuple[dict[str, str], str]:
    """The card by suffix, and what it was made from: "run" or "ledger"."""
    from tidegate.ledger.ledger import Ledger
    from tidegate.ledger.refusals import unknown
    from tidegate.model_card_gen.beside import cards_in, from_ledger

    ledger = Ledger(where)
    state = ledger.state()
    if version not in state.versions:
        raise unknown(ledger.destination, version, state)
    place = cards_in(where)
    try:
        held = {end: place.read(f"{version}{end}").decode() for end in _SUFFIXES}
        return held, "run"
    except FileNotFoundError:
        return from_ledger(state.versions[version]), "ledger"
