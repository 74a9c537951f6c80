"""The cards beside a ledger: where they are, and what it alone can tell."""

from __future__ import annotations

from datetime import datetime, timezone

from tidegate.ledger.destination import LEDGER, destination_of
from tidegate.ledger.events import Event
from tidegate.ledger.ledger import Ledger
from tidegate.model_card_gen import rendering
from tidegate.model_card_gen.assembling import card_of
from tidegate.model_card_gen.known import Known, finite
from tidegate.places import Place, Words, place_of

CARDS = "cards"
_WORDS = Words(
    "the model cards beside the ledger",
    "model card",
    "1763769600.html",
    "name the folder that models are pushed to: push_to of the pipeline",
)
_NAME = "model"


def cards_in(pushed: str) -> Place:
    """Where the cards of all versions are, beside the ledger's events.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
    """
    destination = destination_of(pushed)
    if destination.local is not None:
        return place_of(destination.local / LEDGER / CARDS, _WORDS)
    return place_of("/".join((destination.where, LEDGER, CARDS)), _WORDS)


def event_of(pushed: str | None, version: int | None) -> Event | None:
    """The push of a version; None where no ledger has it.

    Raises:
        TidegateError: The ledger is damaged, or does not answer.
    """
    if pushed is None or version is None:
        return None
    return Ledger(pushed).state().versions.get(version)


def from_ledger(event: Event) -> dict[str, str]:
    """The card of a push of which only the ledger knows: suffix to text."""
    origin = event.model.provenance if event.model else None
    known = Known(
        name=(origin.pipeline if origin else None) or _NAME,
        version=event.version,
        event=event,
        metrics=finite(origin.metrics) if origin else {},
    )
    card = card_of(known, datetime.now(timezone.utc))
    return {".html": rendering.html(card), ".md": rendering.markdown(card)}
