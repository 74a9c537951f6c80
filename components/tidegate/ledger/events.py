"""What the ledger says: one event a file, numbered, written once. Pure.

Everything about the models of a folder follows from its events alone: versions,
champion and canary are those after the last of them.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION: Literal[1] = 1
Kind = Literal["push", "canary", "promote", "rollback", "abandon"]


class Record(BaseModel):
    """A part of the ledger: never changed, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class FileDigest(Record):
    """One file of a model.

    Attributes:
        size: Bytes.
        sha256: Of its content, in hexadecimal.
    """

    size: int
    sha256: str


class ExamplesRecord(Record):
    """Examples that a model was trained or judged on.

    Attributes:
        uri: Where they were.
        span: Span of the data; None where it has none.
        version: Version of the span; None where it has none.
        splits: Names of the splits.
        rows: Rows of each split, where they are known.
        fingerprint: What ExampleGen says of the input: names, sizes, checksums.
        digest: SHA-256 over the files of the examples; None where it is not known.
    """

    uri: str
    span: int | None = None
    version: int | None = None
    splits: tuple[str, ...] = ()
    rows: dict[str, int] = Field(default_factory=dict)
    fingerprint: str | None = None
    digest: str | None = None


class SchemaRecord(Record):
    """The schema of the data.

    Attributes:
        uri: Where it was.
        sha256: Of the file `schema.pbtxt`.
    """

    uri: str
    sha256: str


class ReportRecord(Record):
    """A test report that the model passed.

    Attributes:
        kind: data, drift, model or infra.
        uri: Where it is.
        sha256: Of its `report.json`.
        passed: Whether its gate was open.
        tests: Number of its tests.
        failed: How many of them failed.
        warned: How many of them warned.
    """

    kind: str
    uri: str
    sha256: str
    passed: bool
    tests: int
    failed: int = 0
    warned: int = 0


class CodeRecord(Record):
    """The code that made the model.

    Attributes:
        tidegate: Version of the package.
        commit: Commit of the project's git; None where there is none.
        dirty: Whether files differed from the commit; None where nobody knows.
        digest: SHA-256 over the pipeline's own Python files; None without any.
    """

    tidegate: str
    commit: str | None = None
    dirty: bool | None = None
    digest: str | None = None


class EnvironmentRecord(Record):
    """Where the model was made.

    Attributes:
        python: Version of Python.
        platform: System and machine, "Linux x86_64".
        packages: Versions of what decides the result: tfx, tensorflow, numpy, …
        image: The container image with its digest; None outside of one.
    """

    python: str
    platform: str
    packages: dict[str, str] = Field(default_factory=dict)
    image: str | None = None


class Provenance(Record):
    """Where a model comes from, as far as the pipeline told.

    Attributes:
        pipeline: Name of the pipeline.
        run: Id of the run.
        source: URI of the Model artifact.
        examples: What it was trained and judged on.
        data_schema: The schema; None where none was given.
        reports: The test reports that let it through.
        metrics: The evaluation over all rows: metric to value.
        parameters: Settings of the run.
        code: The code; None where it was not looked for.
        environment: The environment; None where it was not looked for.
    """

    pipeline: str | None = None
    run: str | None = None
    source: str | None = None
    examples: tuple[ExamplesRecord, ...] = ()
    data_schema: SchemaRecord | None = None
    reports: tuple[ReportRecord, ...] = ()
    metrics: dict[str, float] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    code: CodeRecord | None = None
    environment: EnvironmentRecord | None = None


class PushedModel(Record):
    """A model as it was pushed.

    Attributes:
        digest: SHA-256 over names, sizes and digests of its files.
        files: Name, relative to the version's folder, to what it holds.
        signature: File of its signature below the ledger; None if unsigned.
        provenance: Where it comes from.
    """

    digest: str
    files: dict[str, FileDigest]
    signature: str | None = None
    provenance: Provenance = Provenance()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


class CanaryShare(Record):
    """A version that serves a share of the traffic beside the champion.

    Attributes:
        version: The version.
        percent: Its share of the requests, 1 to 99; 0 replays a sample only.
    """

    version: int
    percent: int = Field(ge=0, le=99)


class Event(Record):
    """One event of the ledger.

    Attributes:
        number: Place in the ledger, counted from 1.
        kind: "push" adds a version, which may become champion or canary at once;
            "canary" gives a version a share of the traffic; "promote" makes one
            the champion; "rollback" goes back to an earlier one; "abandon" takes a
            canary out.
        version: The version that it is about.
        champion: The champion after it; None where there is none.
        canary: The canary after it; None where there is none.
        by: Who answers for it: a person, or the component.
        reason: Why.
        at: When, in UTC.
        run: Id of the pipeline run; None outside of one.
        model: The model, for "push"; else None.
    """

    format_version: Literal[1] = FORMAT_VERSION
    number: int = Field(ge=1)
    kind: Kind
    version: int = Field(ge=1)
    champion: int | None
    canary: CanaryShare | None = None
    by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    run: str | None = None
    model: PushedModel | None = None


class Pointer(Record):
    """What `champion.json` says; made from the events, replaced in one step.

    Attributes:
        event: Number of the event that it follows from.
        champion: The version that serves; None where there is none.
        canary: The version beside it; None where there is none.
        digest: The champion's digest.
    """

    format_version: Literal[1] = FORMAT_VERSION
    event: int
    champion: int | None
    canary: CanaryShare | None = None
    digest: str | None = None
