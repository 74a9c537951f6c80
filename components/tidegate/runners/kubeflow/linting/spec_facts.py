"""What rules ask of a compiled spec: its steps, their containers, its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidegate.runners.kubeflow.planning.reading import of
from tidegate.runners.kubeflow.planning.steps import (
    Parts,
    Step,
    at,
    mapping,
    take_apart,
)

PIPELINE = "pipeline"
_PLACEHOLDER = re.compile(r"\{\{\$.*?\}\}")


@dataclass(frozen=True)
class Spec:
    """A compiled spec, as rules look at it.

    Attributes:
        spec: The PipelineSpec.
        platform: The platform spec; empty without one.
        parts: The spec taken apart.
        job: What a PipelineJob says beside its spec.
        image_folder: Folder of the image that has the project; None if it has none.
    """

    spec: dict[str, Any]
    platform: dict[str, Any]
    parts: Parts
    job: dict[str, Any]
    image_folder: str | None = None

    @classmethod
    def of(
        cls,
        document: dict[str, Any],
        platform: dict[str, Any] | None,
        image_folder: str | None = None,
    ) -> Spec:
        """The spec of a PipelineSpec or a PipelineJob.

        Raises:
            UsageError: It is neither.
        """
        compiled = of(document, platform, "the compiled spec")
        parts = take_apart(compiled)
        return cls(compiled.spec, compiled.platform, parts, compiled.job, image_folder)

    def steps(self) -> list[Step]:
        """All steps, groups of steps too."""
        return list(self.parts.steps.values())

    def executors(self, kind: str) -> Iterator[tuple[Step, dict[str, Any]]]:
        """Steps with an executor of a kind, such as "container"."""
        for step in self.steps():
            found = at(step.tree.get("executor"), kind)
            if isinstance(found, dict):
                yield step, found

    def parameters(self) -> dict[str, Any]:
        """The pipeline's parameters by name."""
        return mapping(at(self.spec, "root", "inputDefinitions", "parameters"))

    def constants(self) -> Iterator[tuple[str, str, Any]]:
        """(step, name, value) of all values that are written into the spec."""
        for step in self.steps():
            given = mapping(at(step.tree.get("task"), "inputs", "parameters"))
            for name, source in given.items():
                constant = at(source, "runtimeValue", "constant")
                old = mapping(at(source, "runtimeValue", "constantValue"))
                for value in (constant, *old.values()):
                    if isinstance(value, str | int | float | dict | list):
                        yield step.name, name, value
        for name, parameter in self.parameters().items():
            default = mapping(parameter).get("defaultValue")
            if default is not None:
                yield PIPELINE, name, default
        values = mapping(at(self.job, "runtimeConfig", "parameterValues"))
        for name, value in values.items():
            yield PIPELINE, name, value


def words(container: dict[str, Any]) -> list[str]:
    """Command and arguments of a container."""
    found: list[str] = []
    for key in ("command", "args"):
        given = container.get(key)
        if isinstance(given, list):
            found += [one for one in given if isinstance(one, str)]
    return found


def variables(container: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Environment variables of a container, those with a value."""
    given = container.get("env")
    for one in given if isinstance(given, list) else []:
        value = mapping(one).get("value")
        if isinstance(value, str):
            yield str(one.get("name", "")), value


def placeholders(text: str) -> list[str]:
    """The placeholders of KFP in a text."""
    return _PLACEHOLDER.findall(text)


def taken(step: Step) -> set[str]:
    """Parameters of its group that a step takes."""
    given = mapping(at(step.tree.get("task"), "inputs", "parameters"))
    found = (mapping(one).get("componentInputParameter") for one in given.values())
    return {one for one in found if isinstance(one, str)}
