"""SpanPusher's work: reads summary and decision, writes into the history."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tidegate.span_pusher import keys
from tidegate.span_pusher.push import push
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_uri


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes one file into the history, if it is not there."""
    written = push(
        Path(get_single_uri(inputs[keys.SUMMARY])),
        Path(get_single_uri(inputs[keys.GATE])),
        properties[keys.HISTORY],
        by=properties[keys.BY],
        run=context.run,
    )
    what = "accepted" if written.new else "was accepted before"
    logging.info("%s: %s", written.path, what)
