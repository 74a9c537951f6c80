"""Tells KFP's launcher what came out of a step."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.report.model import write_whole
from tidegate.runners.kubeflow.entrypoint.metadata import Properties, to_metadata
from tidegate.runners.kubeflow.entrypoint.places import Places
from tidegate.runners.kubeflow.entrypoint.step import Step
from tidegate.steps.artifact import Typed

_LOG = logging.getLogger("tidegate.entrypoint")


def tell(step: Step, made: Mapping[str, Properties], values: Mapping[str, Any]) -> None:
    """Copies pages, and writes ExecutorOutput: whole, and last of all.

    Args:
        step: The step that is done.
        made: Properties of each output.
        values: The value of each output that is one.
    """
    _copy_pages(step)
    content = json.dumps(_message(step, made, values), sort_keys=True)
    write_whole(step.given.output_file, content.encode())


def _message(
    step: Step, made: Mapping[str, Properties], values: Mapping[str, Any]
) -> dict[str, Any]:
    artifacts = {}
    for key, properties in made.items():
        here = step.outputs[key]
        shown = _shown(properties, step.places)
        artifacts[key] = {
            "artifacts": [
                {
                    "name": step.given.outputs[key][0].name,
                    "uri": here.uri,
                    "metadata": to_metadata(here.kind.name, shown),
                }
            ]
        }
    message: dict[str, Any] = {"artifacts": artifacts}
    if parameters := _parameters(step, values):
        message["parameterValues"] = parameters
    return message


def _parameters(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """Output parameters: outputs that are a value, by the same name."""
    found = {}
    for name in step.given.output_parameters:
        value = values.get(name)
        if value is None:
            _LOG.warning("the step gave no value for the parameter %s", name)
        else:
            found[name] = value.decode() if isinstance(value, bytes) else value
    return found


def _shown(properties: Properties, places: Places) -> Properties:
    """The properties with places in the store instead of local copies."""
    return Properties(
        _with_places(properties.declared, places),
        _with_places(properties.custom, places),
    )


def _with_places(properties: Mapping[str, Typed], places: Places) -> dict[str, Typed]:
    return {
        name: Typed(kind, places.shown(value) if kind == "string" else value)
        for name, (kind, value) in properties.items()
    }


def _copy_pages(step: Step) -> None:
    """Copies pages to outputs of their own, which KFP's UI can show."""
    for output, source in step.invocation.pages.items():
        key, _, file = source.partition("/")
        handed = step.given.outputs.get(output, ())
        page = Path(step.outputs[key].path) / file
        if handed and page.is_file():
            write_whole(Path(step.places.of_output(handed[0])), page.read_bytes())
