"""Champion's work: finds the model that is served, copies and describes it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.champion import keys
from tidegate.champion.absence import mark_absent
from tidegate.champion.champion import copy_version, newest_version
from tidegate.errors import InfrastructureError
from tidegate.ledger.folders import Version
from tidegate.runners import progress
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance

# Where a Model artifact has its SavedModel.
SERVING = "Format-Serving"
_NONE = "none"
_LOG = logging.getLogger("tidegate.champion")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes the model that is served; where there is none, the artifact says so.

    Raises:
        InfrastructureError: The store does not answer, or there is another
            champion than when the run was put together.
    """
    pushed = properties[keys.PUSHED]
    version = newest_version(pushed)
    expected = properties.get(keys.NEWEST)
    if expected is not None and expected != state_of(version):
        raise _changed(pushed)
    output = get_single_instance(outputs[keys.MODEL])
    if version is None:
        _LOG.info("no model was pushed to %s yet", pushed)
        mark_absent(output)
        return
    progress.stage("copying")
    copy_version(version, Path(output.uri) / SERVING, _tell)
    output.set_int_custom_property(keys.VERSION, version.number)
    output.set_string_custom_property(keys.SOURCE, version.uri)
    _LOG.info("the champion is version %d: %s", version.number, version.uri)


def state_of(version: Version | None) -> str:
    """What changes when the champion does."""
    return _NONE if version is None else version.state


def _tell(done: int, total: int) -> None:
    progress.report(bytes_done=done, bytes_total=total)


def _changed(pushed: str) -> InfrastructureError:
    return InfrastructureError(
        "another model serves than when this run was put together",
        where=pushed,
        expected="the champion that was there then",
        got="another one",
        fix="run it again, so that the new model is held against the new champion",
    )
