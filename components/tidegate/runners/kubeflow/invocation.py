"""What a compiled step tells its container beyond what KFP itself carries.

Open-source KFP knows a handful of artifact types, hands inputs on without their
type, and has numbers of one kind only. A step's types, and where its parameters
go, are therefore in one JSON argument of the container: this is its form. The
compiler writes it and the entrypoint reads it, both by this module.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION = 1
# Scheme of a file that the image has a copy of, by its path in the project.
PROJECT = "project://"
# Keys of an artifact's metadata in KFP, beside its readable properties.
TYPED = "tfx"
ABSENT = "tidegate_absent"

PropertyKind = Literal["int", "double", "string", "bool", "json"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArtifactType(_Part):
    """A TFX artifact type, by which an artifact is made again in the container.

    Attributes:
        name: TFX's name of the type, such as `Examples`.
        path: Where its class is imported from.
        properties: Declared property to kind. Custom properties are not declared.
    """

    name: str
    path: str
    properties: dict[str, PropertyKind] = Field(default_factory=dict)


class Input(_Part):
    """One input of the step.

    Attributes:
        type: Type of the artifacts.
        parts: Names under which KFP hands over the artifacts: one for each
            producer, in order. Usually the key of the input itself.
    """

    type: ArtifactType
    parts: tuple[str, ...]


class Slot(_Part):
    """A place inside a property that a runtime parameter fills.

    Attributes:
        parameter: KFP's name of the step's input parameter.
        path: Keys and indices into the property, which is JSON; a text that is
            itself JSON is entered by the key "$json". Empty: the property as a
            whole.
        before: Text before the value, where the place holds more than the value.
        after: Text after it.
        kind: What the value is there: KFP has numbers of one kind.
        optional: Whether an empty text stands for no value. (A sub-pipeline of KFP
            cannot hand on a parameter without a value.)
    """

    parameter: str
    path: tuple[str | int, ...] = ()
    before: str = ""
    after: str = ""
    kind: PropertyKind = "string"
    optional: bool = False


class Property(_Part):
    """One execution property of the step.

    Its value is in KFP's input parameter of the same name, so that people see it;
    slots are filled in afterwards.

    Attributes:
        kind: What the executor expects.
        slots: Places that runtime parameters fill.
        optional: Whether an empty text stands for no value.
    """

    kind: PropertyKind
    slots: tuple[Slot, ...] = ()
    optional: bool = False


class Invocation(_Part):
    """How to run one step.

    Attributes:
        version: Of this form.
        pipeline: Name of the pipeline.
        node: Id of the node, as the pipeline's author knows it.
        executor: Import path of the executor class.
        driver: What a driver would do before the executor; None for nothing.
            "file_based" finds span, version and fingerprint of a stock,
            file-based ExampleGen.
        inputs: Input key to its type.
        outputs: Output key to its type.
        properties: Execution property to its kind.
        files: Project file (without `project://`) to the SHA-256 of its content;
            that of a folder is over all Python files in it.
        beam_args: Arguments for Beam.
        pages: Output of KFP that is one HTML page, to the output artifact and
            the file in it of which it is a copy, as `report/report.html`.
    """

    version: int = VERSION
    pipeline: str
    node: str
    executor: str
    driver: Literal["file_based"] | None = None
    inputs: dict[str, Input] = Field(default_factory=dict)
    outputs: dict[str, ArtifactType] = Field(default_factory=dict)
    properties: dict[str, Property] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)
    beam_args: tuple[str, ...] = ()
    pages: dict[str, str] = Field(default_factory=dict)

    def to_text(self) -> str:
        """The invocation as one line of JSON, the same for equal invocations."""
        import json

        said: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(
            {"version": self.version, **said}, sort_keys=True, separators=(",", ":")
        )
