"""Pusher's work: gathers where a model comes from, pushes it, describes it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.ledger.digests import digest_of
from tidegate.ledger.events import Event, Provenance
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.model_folder import demand_whole
from tidegate.ledger.pushing import push
from tidegate.pusher import keys
from tidegate.pusher.code import code_record
from tidegate.pusher.environment import environment_record
from tidegate.pusher.evidence import gathered, read_reports
from tidegate.pusher.gatekeeping import demand_let_through
from tidegate.report.model import write_whole
from tidegate.runners import progress
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance, get_single_uri

_REASON = "every gate before it was open"
_LOG = logging.getLogger("tidegate.pusher")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Pushes the model, or says why not; nothing is skipped in silence.

    Raises:
        GateShut: A report or a blessing that is given speaks against the model.
        TidegateError: The model cannot be pushed.
    """
    reports = read_reports(inputs)
    demand_let_through(reports, inputs.get(keys.MODEL_BLESSING, ()))
    model = demand_whole(Path(get_single_uri(inputs[keys.MODEL])))
    pushed = str(properties[keys.PUSH_TO])
    event = _pushed_before(model, pushed, context.run)
    if event is None:
        progress.stage("gathering")
        provenance = gathered(
            inputs,
            reports,
            properties,
            run=context.run,
            pipeline=context.pipeline,
            code=code_record(properties.get(keys.CODE), os.environ),
            environment=environment_record(os.environ),
        )
        event = _push(model, pushed, provenance, properties)
    else:
        # Whoever pushed it may have been stopped before servers were told.
        heal(pushed)
        _LOG.info("version %d is this run's own: nothing to push", event.version)
    _describe(get_single_instance(outputs[keys.PUSHED_MODEL]), event, pushed)


def _push(
    model: Path, pushed: str, provenance: Provenance, properties: Mapping[str, Any]
) -> Event:
    progress.stage("pushing")
    key = properties.get(keys.KEY)
    return push(
        model,
        pushed,
        provenance,
        by=str(properties[keys.BY]),
        reason=str(properties.get(keys.REASON) or _REASON),
        run=provenance.run,
        becomes=properties[keys.BECOMES],
        percent=int(properties[keys.PERCENT]),
        key=Path(key) if key else None,
        tell=_tell,
    )


def _pushed_before(model: Path, pushed: str, run: str | None) -> Event | None:
    """What this very run pushed before it was stopped and tried again."""
    if run is None:
        return None
    own = [one for one in Ledger(pushed).state().versions.values() if one.run == run]
    digest = digest_of(model).digest if own else None
    for event in own:
        if event.model is not None and event.model.digest == digest:
            return event
    return None


def _describe(output: Any, event: Event, pushed: str) -> None:
    """Sets what the stock Pusher sets, and keeps the event."""
    destination = f"{pushed.rstrip('/')}/{event.version}"
    write_whole(
        Path(output.uri) / keys.EVENT_FILE, event.model_dump_json(indent=2).encode()
    )
    output.set_int_custom_property(keys.PUSHED, 1)
    output.set_string_custom_property(keys.PUSHED_DESTINATION, destination)
    output.set_string_custom_property(keys.PUSHED_VERSION, str(event.version))
    _LOG.info("pushed version %d to %s", event.version, destination)


def _tell(done: int, total: int) -> None:
    progress.report(bytes_done=done, bytes_total=total)
