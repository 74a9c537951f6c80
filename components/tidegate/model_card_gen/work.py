"""ModelCardGen's work: reads what is known, writes the card."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tidegate.model_card_gen import keys, rendering
from tidegate.model_card_gen.assembling import card_of
from tidegate.model_card_gen.beside import cards_in, event_of
from tidegate.model_card_gen.known import known, pushed_to, version_of
from tidegate.report.model import write_whole
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance

_LOG = logging.getLogger("tidegate.model_card_gen")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes the card into its artifact, and beside the ledger.

    Raises:
        TidegateError: What was given cannot be read, or the card not written.
    """
    version, pushed = version_of(inputs), pushed_to(inputs, properties)
    event = event_of(pushed, version)
    card = card_of(known(inputs, properties, event), datetime.now(timezone.utc))
    files = {
        keys.HTML_FILE: rendering.html(card).encode(),
        keys.MARKDOWN_FILE: rendering.markdown(card).encode(),
    }
    output = get_single_instance(outputs[keys.CARD])
    for name, content in files.items():
        write_whole(Path(output.uri) / name, content)
    output.set_int_custom_property(keys.VERSION, version or 0)
    if pushed is not None and version is not None and event is not None:
        place = cards_in(pushed)
        for name, content in files.items():
            place.replace(f"{version}{Path(name).suffix}", content)
        _LOG.info("the card of version %d is in %s", version, place.where)
