"""What a run is to be made of: a compiled pipeline or an uploaded version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.submission import parameters, spec_file
from tidegate.submission.connection import Connection


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes:
        spec: Compiled pipeline; None for an uploaded one.
        pipeline: Name of an uploaded pipeline.
        version: Name of its version; None for the latest.
        parameters: `NAME=VALUE` each.
        service_account: That the tasks run as.
        pipeline_root: Where artifacts go.
        cache: Caching on or off; None as it was compiled.
    """

    spec: Path | None = None
    pipeline: str | None = None
    version: str | None = None
    parameters: tuple[str, ...] = ()
    service_account: str | None = None
    pipeline_root: str | None = None
    cache: bool | None = None


@dataclass(frozen=True)
class Source:
    """What a run is made of, checked.

    Attributes:
        name: Of the pipeline.
        fields: The field of the API that says which pipeline.
        values: Parameters, typed.
    """

    name: str
    fields: Mapping[str, Any]
    values: Mapping[str, Any]

    def content(self, wanted: Request) -> dict[str, Any]:
        """The run as the API has it, without name and experiment."""
        config: dict[str, Any] = {"parameters": dict(self.values)}
        if wanted.pipeline_root:
            config["pipeline_root"] = wanted.pipeline_root
        content: dict[str, Any] = {**self.fields, "runtime_config": config}
        if wanted.service_account:
            content["service_account"] = wanted.service_account
        return content


def demand_source(wanted: Request) -> None:
    """Refuses a request that names no pipeline, or two.

    Raises:
        UsageError: It does; all that is wrong, as `Problems`.
    """
    errors: list[TidegateError] = []
    if (wanted.spec is None) == (wanted.pipeline is None):
        errors.append(
            UsageError(
                "name a compiled pipeline, or an uploaded one by --pipeline",
                got="both" if wanted.spec else "neither",
                fix="such as flights.yaml, or --pipeline flights",
            )
        )
    if wanted.version is not None and wanted.pipeline is None:
        errors.append(
            UsageError("--version is of an uploaded pipeline", fix="give --pipeline")
        )
    if wanted.cache is not None and wanted.spec is None:
        errors.append(
            UsageError(
                "an uploaded version has its caching as it was compiled",
                fix="leave --cache out, or submit the file",
            )
        )
    raise_all("the command cannot be carried out", errors)


def read_spec(wanted: Request, path: Path) -> spec_file.SpecFile:
    """The compiled pipeline of the request, with caching as it asks for."""
    spec = spec_file.read(path)
    return spec if wanted.cache is None else spec.cached(wanted.cache)


def local_source(wanted: Request) -> Source | None:
    """The compiled pipeline and its parameters, checked; None for an uploaded one.

    Raises:
        UsageError: It is no compiled pipeline, or one for Vertex AI, or its
            parameters do not fit.
    """
    if wanted.spec is None:
        return None
    spec = spec_file.demand_kubeflow(read_spec(wanted, wanted.spec))
    values = parameters.parse(
        wanted.parameters, parameters.declared(spec.pipeline), str(spec.path)
    )
    return Source(spec.name, {"pipeline_spec": spec.payload()}, values)


def uploaded_source(
    wanted: Request, connection: Connection, namespace: str | None
) -> Source:
    """The uploaded version and its parameters, checked.

    Raises:
        UsageError: There is none, or its parameters do not fit.
    """
    from tidegate.submission import uploads

    name = str(wanted.pipeline)
    named, spec = uploads.reference(connection, name, wanted.version, namespace)
    values = parameters.parse(
        wanted.parameters, parameters.declared(spec), f"pipeline {name}"
    )
    return Source(name, {"pipeline_version_reference": named}, values)
