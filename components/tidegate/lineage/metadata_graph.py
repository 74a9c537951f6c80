"""What ML Metadata has on runs, as plain values: artifacts, executions, events.

Pure. A cached execution has events of the artifacts that another one made, so that an
artifact may have several executions as its source: the one that completed made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

METADATA = "metadata.sqlite"
MADE = ("COMPLETE", "RUNNING")
PUSHED_VERSION = "pushed_version"
PUSHED_DESTINATION = "pushed_destination"

Value = str | int | float | bool


@dataclass(frozen=True)
class Artifact:
    """An artifact.

    Attributes:
        id: Its number.
        type: Name of its type, such as "Model".
        uri: Where it is.
        state: As MLMD has it, such as "LIVE".
        properties: Its properties, custom ones too.
    """

    id: int
    type: str
    uri: str
    state: str = ""
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Execution:
    """A node of a run.

    Attributes:
        id: Its number.
        type: Name of its type, the class of the component.
        node: Name of the node.
        run: Id of the run; None where no context says so.
        pipeline: Name of the pipeline.
        state: As MLMD has it, such as "COMPLETE" or "CACHED".
        properties: Settings of the component.
        inputs: Artifacts that it took, by key.
        outputs: Artifacts that it gave, by key.
        started: Seconds since 1970.
        ended: The same, of its last change.
    """

    id: int
    type: str
    node: str
    run: str | None
    pipeline: str | None
    state: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    started: float = 0.0
    ended: float = 0.0

    @property
    def taken(self) -> tuple[int, ...]:
        """All artifacts that it took."""
        return tuple(dict.fromkeys(one for ids in self.inputs.values() for one in ids))

    @property
    def given(self) -> tuple[int, ...]:
        """All artifacts that it gave."""
        return tuple(dict.fromkeys(one for ids in self.outputs.values() for one in ids))

    @property
    def component(self) -> str:
        """Class of the component, without its module."""
        return self.type.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class MetadataGraph:
    """All that a metadata store has."""

    artifacts: Mapping[int, Artifact]
    executions: Mapping[int, Execution]

    @cached_property
    def _makers(self) -> Mapping[int, list[Execution]]:
        found: dict[int, list[Execution]] = {}
        for one in sorted(self.executions.values(), key=lambda each: each.id):
            for artifact in one.given:
                found.setdefault(artifact, []).append(one)
        return found

    @cached_property
    def _takers(self) -> Mapping[int, list[Execution]]:
        found: dict[int, list[Execution]] = {}
        for one in sorted(self.executions.values(), key=lambda each: each.id):
            for artifact in one.taken:
                found.setdefault(artifact, []).append(one)
        return found

    def producer(self, artifact: int) -> Execution | None:
        """The execution that made an artifact; None where none is known."""
        makers = self._makers.get(artifact, [])
        made = [one for one in makers if one.state in MADE]
        return next(iter(made or makers), None)

    def consumers(self, artifact: int) -> list[Execution]:
        """The executions that took an artifact, in order."""
        return self._takers.get(artifact, [])

    def of_run(self, run: str) -> list[Execution]:
        """The executions of a run, in order."""
        found = [one for one in self.executions.values() if one.run == run]
        return sorted(found, key=lambda one: one.id)

    def pushed_model(self, version: int, pushed: str | None) -> Artifact | None:
        """The artifact that stands for the push of a version; None if none does.

        Args:
            version: The version.
            pushed: The destination, where several may have the same version.
        """
        found = [
            one
            for one in self.artifacts.values()
            if str(one.properties.get(PUSHED_VERSION)) == str(version)
        ]
        where = f"{(pushed or '').rstrip('/')}/{version}"
        exact = [
            one for one in found if one.properties.get(PUSHED_DESTINATION) == where
        ]
        return max(exact or found, key=lambda one: one.id, default=None)

    def by_uri(self, uri: str, type_: str) -> Artifact | None:
        """The newest artifact of a type at a place; None if there is none."""
        found = [
            one
            for one in self.artifacts.values()
            if one.type == type_ and one.uri.rstrip("/") == uri.rstrip("/")
        ]
        return max(found, key=lambda one: one.id, default=None)
