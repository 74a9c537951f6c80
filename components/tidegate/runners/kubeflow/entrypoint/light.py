"""Runs the work of a light component: without TFX, and so at once."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from tidegate.runners.kubeflow.entrypoint.metadata import Properties
from tidegate.runners.kubeflow.entrypoint.places import make_input, make_output
from tidegate.runners.kubeflow.entrypoint.step import Here, Step
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context

_TFX_VERSION = "tfx_version"


def run(step: Step, module: str) -> dict[str, Properties]:
    """Does the work; returns the properties of each output.

    Raises:
        NeedsExecutor: Only the step's TFX executor can do it.
        Exception: Whatever the work raises.
    """
    inputs = {key: [_artifact(one) for one in all] for key, all in step.inputs.items()}
    outputs = {key: [_artifact(one)] for key, one in step.outputs.items()}
    for listed in step.inputs.values():
        for one in listed:
            make_input(one.path)
    for one in step.outputs.values():
        make_output(one.path)
    context = Context(
        run=step.run,
        pipeline=step.invocation.pipeline,
        temporary=str(step.temporary),
    )
    work: Any = importlib.import_module(module)
    work.do(inputs, outputs, step.properties, context)
    return _properties(outputs)


def _artifact(here: Here) -> Artifact:
    made = Artifact(here.kind, here.path, shown_uri=here.uri, id=here.id)
    for name, typed in here.properties.declared.items():
        setattr(made, name, typed.value)
    for name, typed in here.properties.custom.items():
        made.set_custom(name, typed)
    return made


def _properties(outputs: Mapping[str, list[Artifact]]) -> dict[str, Properties]:
    version = _tfx_version()
    found = {}
    for key, (artifact,) in outputs.items():
        if version is not None and not artifact.has_custom_property(_TFX_VERSION):
            # As TFX marks whatever it makes.
            artifact.set_string_custom_property(_TFX_VERSION, version)
        found[key] = Properties(artifact.properties, artifact.custom_properties)
    return found


def _tfx_version() -> str | None:
    try:
        return metadata.version("tfx")
    except metadata.PackageNotFoundError:
        return None
