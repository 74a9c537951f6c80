"""Uploads pipelines and their versions, each once by its name.

The server keeps names of pipelines, and of versions within a pipeline, unique: an
answer that was lost is replaced by looking the name up.

The file goes up byte for byte. The server reads it into its own form and keeps that
(`CreatePipelineVersion` in backend/src/apiserver/resource/resource_manager.go of
kubeflow/pipelines), so the file's SHA-256 is told beside it, in the description.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import yaml

from tidegate.errors import UsageError
from tidegate.submission.connection import Connection, equals
from tidegate.submission.experiments import CONFLICT
from tidegate.submission.marks import Mark, mark_of, new_token
from tidegate.submission.retrying import CallFailed
from tidegate.submission.spec_file import SpecFile, digest

_FILE = "{mark}, file sha256 {sha256}"
_SHA256 = re.compile(r", file sha256 ([0-9a-f]{64})")


@dataclass(frozen=True)
class Uploaded:
    """A version of a pipeline on the server.

    Attributes:
        pipeline: As the server has it.
        version: As the server has it.
        found: The version was there before, with the same content.
    """

    pipeline: dict[str, Any]
    version: dict[str, Any]
    found: bool

    @property
    def sha256(self) -> str | None:
        """Of the file that was uploaded; None if another client uploaded it."""
        said = _SHA256.search(str(self.version.get("description") or ""))
        return said and said[1]


def upload(
    connection: Connection,
    spec: SpecFile,
    pipeline: str,
    version: str,
    namespace: str | None,
) -> Uploaded:
    """The version of that name with this content, uploaded if need be.

    Raises:
        UsageError: A version of that name has another content.
        InfrastructureError: The server was not reached in time.
    """
    try:
        for attempt in connection.policy.calls(connection.heard):
            with attempt:
                owner = find_pipeline(connection, pipeline, namespace)
                if owner is None:
                    owner = _make_pipeline(connection, pipeline, namespace)
                return _upload(connection, spec, owner, version)
    except CallFailed as failure:
        raise connection.error(failure) from None
    raise AssertionError("there is always a first call")


def find_pipeline(
    connection: Connection, name: str, namespace: str | None
) -> dict[str, Any] | None:
    """The pipeline of that name; None if there is none."""
    query = {"namespace": namespace, "filter": equals(display_name=name)}
    for pipeline in connection.pages("/pipelines", "pipelines", query):
        if pipeline.get("display_name") == name:
            return pipeline
    return None


def find_version(
    connection: Connection, pipeline_id: str, name: str
) -> dict[str, Any] | None:
    """The version of that name; None if there is none."""
    path = f"/pipelines/{pipeline_id}/versions"
    query = {"filter": equals(display_name=name)}
    for version in connection.pages(path, "pipeline_versions", query):
        if version.get("display_name") == name:
            return version
    return None


def reference(
    connection: Connection, pipeline: str, version: str | None, namespace: str | None
) -> tuple[dict[str, str], dict[str, Any]]:
    """An uploaded version as a run refers to it, and its PipelineSpec.

    Args:
        connection: To the server.
        pipeline: Name of the pipeline.
        version: Name of the version; None for the latest.
        namespace: Where it is looked for.

    Raises:
        UsageError: There is no such pipeline or version.
    """
    owner = find_pipeline(connection, pipeline, namespace)
    if owner is None:
        raise _missing(connection, f"there is no pipeline {pipeline!r}")
    identity = str(owner["pipeline_id"])
    found = (
        _latest(connection, identity)
        if version is None
        else find_version(connection, identity, version)
    )
    if found is None:
        wanted = f"version {version!r}" if version else "version"
        raise _missing(connection, f"pipeline {pipeline!r} has no {wanted}")
    said = found.get("pipeline_spec") or {}
    named = {
        "pipeline_id": identity,
        "pipeline_version_id": str(found["pipeline_version_id"]),
    }
    return named, said.get("pipeline_spec", said)


def _latest(connection: Connection, pipeline_id: str) -> dict[str, Any] | None:
    """The version made last: named in the run, so that a repetition is the same."""
    query = {"sort_by": "created_at desc"}
    path = f"/pipelines/{pipeline_id}/versions"
    return next(connection.pages(path, "pipeline_versions", query), None)


def _make_pipeline(
    connection: Connection, name: str, namespace: str | None
) -> dict[str, Any]:
    body = {"display_name": name}
    if namespace:
        body["namespace"] = namespace
    try:
        return connection.once("POST", "/pipelines", body=body)
    except CallFailed as failure:
        found = None
        if failure.status == CONFLICT:  # Someone else was faster.
            found = find_pipeline(connection, name, namespace)
        if found is None:
            raise
        return found


def _upload(
    connection: Connection, spec: SpecFile, pipeline: dict[str, Any], name: str
) -> Uploaded:
    identity = str(pipeline["pipeline_id"])
    mark = Mark(new_token(), digest(spec.payload()))
    there = find_version(connection, identity, name)
    if there is None:
        content = _package(spec)
        sha256 = hashlib.sha256(content).hexdigest()
        line = _FILE.format(mark=mark.line, sha256=sha256)
        query = {"name": name, "pipelineid": identity, "description": line}
        try:
            made = connection.once(
                "POST",
                "/pipelines/upload_version",
                query=query,
                file=("pipeline.yaml", content),
            )
            return Uploaded(pipeline, made, found=False)
        except CallFailed as failure:
            # Older servers answer 500 for a name that exists.
            there = find_version(connection, identity, name)
            if there is None:
                raise failure from None
    _demand_same(connection, pipeline, there, mark)
    was = mark_of(there)
    return Uploaded(pipeline, there, found=was is None or was.token != mark.token)


def _demand_same(
    connection: Connection,
    pipeline: dict[str, Any],
    version: dict[str, Any],
    mark: Mark,
) -> None:
    was = mark_of(version)
    there = was.digest if was else digest(version.get("pipeline_spec") or {})
    if there == mark.digest:
        return
    raise UsageError(
        f"version {version.get('display_name')!r} is there already, of another content",
        where=connection.host.page("pipelines", str(pipeline["pipeline_id"])),
        expected="the same specification",
        fix="choose another --version",
    )


def _package(spec: SpecFile) -> bytes:
    if spec.own is not None:
        return spec.own
    documents = [spec.pipeline, *([spec.platform] if spec.platform else [])]
    text: str = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    return text.encode()


def _missing(connection: Connection, message: str) -> UsageError:
    return UsageError(
        message,
        where=connection.host.url,
        fix="upload it first: tidegate upload SPEC --pipeline NAME --version NAME",
    )
