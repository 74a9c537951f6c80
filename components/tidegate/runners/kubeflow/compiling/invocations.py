"""The invocation of a step, and what KFP itself is told of its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.runners.beam_args import merged
from tidegate.runners.kubeflow.compiling import names
from tidegate.runners.kubeflow.compiling.pipeline import Pipeline
from tidegate.runners.kubeflow.compiling.runtime_parameters import Parameter
from tidegate.runners.kubeflow.compiling.steps import Step
from tidegate.runners.kubeflow.invocation import (
    PROJECT,
    Input,
    Invocation,
    Property,
    PropertyKind,
    Slot,
)

# Artifact type to the page in it that people look at.
PAGES = {
    "tidegate.ModelCard": "model-card.html",
    "tidegate.TestReport": "report.html",
}
_KINDS: dict[type, PropertyKind] = {
    bool: "bool",
    int: "int",
    float: "double",
    str: "string",
}
_PARAMETER_TYPES = {
    "bool": "BOOLEAN",
    "int": "NUMBER_INTEGER",
    "double": "NUMBER_DOUBLE",
    "string": "STRING",
    "json": "STRING",
}
_KIND_OF_PARAMETER: dict[str, PropertyKind] = {
    "BOOLEAN": "bool",
    "NUMBER_INTEGER": "int",
    "NUMBER_DOUBLE": "double",
    "STRING": "string",
}


@dataclass(frozen=True)
class Plan:
    """One step, ready to be written.

    Attributes:
        invocation: What its container is told.
        declared: KFP's input parameters of the component.
        given: What the task gives for them.
    """

    invocation: Invocation
    declared: dict[str, Any]
    given: dict[str, Any]


def invocation(step: Step, pipeline: Pipeline) -> Plan:
    """How the container of a step is called."""
    slots = _slots(step.id, pipeline.parameters)
    declared: dict[str, Any] = {}
    given: dict[str, Any] = {}
    properties: dict[str, Property] = {}
    for name, value in step.properties.items():
        if name in slots and slots[name][0][1] is None:
            continue
        kind = _KINDS[type(value)]
        declared[name] = {"parameterType": _PARAMETER_TYPES[kind]}
        given[name] = {"runtimeValue": {"constant": value}}
        inside = tuple(slot for _, slot in slots.get(name, ()) if slot)
        properties[name] = Property(kind=kind, slots=inside)
    for name, found in slots.items():
        for parameter, slot in found:
            key = name if slot is None else slot.parameter
            declared[key] = _declared(parameter)
            given[key] = {"componentInputParameter": parameter.name}
            if slot is None:
                kind = _KIND_OF_PARAMETER[parameter.type]
                properties[name] = Property(kind=kind, optional=parameter.optional)
    return Plan(
        Invocation(
            pipeline=pipeline.name,
            node=step.id,
            executor=step.executor,
            driver=step.driver,
            inputs={
                key: Input(type=kind, parts=_parts(key, len(origins)))
                for key, (kind, origins) in step.inputs.items()
            },
            outputs=dict(step.outputs),
            properties=dict(sorted(properties.items())),
            files=_files(step.properties, pipeline.files),
            beam_args=()
            if step.beam_args is None
            else tuple(merged(list(step.beam_args))),
            pages={
                f"{key}_page": f"{key}/{PAGES[kind.name]}"
                for key, kind in step.outputs.items()
                if kind.name in PAGES
            },
        ),
        declared,
        given,
    )


def _slots(
    node: str, parameters: Sequence[Parameter]
) -> dict[str, list[tuple[Parameter, Slot | None]]]:
    """Property to the parameters that fill it, or places in it; None: all of it."""
    found: dict[str, list[tuple[Parameter, Slot | None]]] = {}
    for parameter in parameters:
        for place in parameter.places:
            if place.node != node:
                continue
            whole = not (place.path or place.before or place.after)
            slot = Slot(
                parameter=names.CHANNEL + parameter.name,
                path=place.path,
                before=place.before,
                after=place.after,
                kind=_KIND_OF_PARAMETER[parameter.type],
                optional=parameter.optional,
            )
            found.setdefault(place.name, []).append(
                (parameter, None if whole else slot)
            )
    return found


def _declared(parameter: Parameter) -> dict[str, Any]:
    # See `kfp.declaration`: one without a value travels as an empty text.
    return {"parameterType": "STRING" if parameter.optional else parameter.type}


def _parts(key: str, producers: int) -> tuple[str, ...]:
    return (key, *(f"{key}--{number}" for number in range(1, producers)))


def _files(properties: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, str]:
    """The project files that the properties name, and the folders of modules."""
    text = json.dumps([str(one) for one in properties.values()])
    named = {file for file in files if PROJECT + file in text}
    folders = {file.rpartition("/")[0] for file in named if file.endswith(".py")}
    return {file: files[file] for file in sorted(named | (folders & files.keys()))}
