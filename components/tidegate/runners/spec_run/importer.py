"""What an importer gives: an artifact that exists already.

The rules: component/importer_launcher.go:Execute, ImportSpecToMLMDArtifact and
findOrNewArtifactToImport.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

from tidegate.runners.kubeflow.local_copies import FOLDERS
from tidegate.runners.spec_run import artifacts
from tidegate.runners.spec_run.cache import Cache, Outputs
from tidegate.runners.spec_run.state import DagRun
from tidegate.runners.spec_run.upstream import DriverError


def imported(
    dag: DagRun, task: Any, component: Any, importer: Any, pipeline: str, cache: Cache
) -> Outputs:
    """The outputs of an importer of `dag`.

    Raises:
        DriverError: It has no URI, or one that KFP does not take.
    """
    uri = _uri(dag, task, importer.artifact_uri)
    if not uri.startswith(tuple(FOLDERS)):
        raise DriverError(f"no provider scheme found in artifact URI: {uri}")
    try:
        metadata = artifacts.recorded(json_format.MessageToDict(importer.metadata))
        title = artifacts.title(json_format.MessageToDict(importer.type_schema))
    except ValueError as error:
        raise DriverError(f"failed to convert structValue : {error}") from error
    metadata[artifacts.SESSION] = artifacts.session_info(uri)
    artifact = artifacts.Artifact(uri=uri, type=title, metadata=metadata)
    if not importer.reimport:
        artifact = cache.imported(pipeline, artifact)
    (name,) = component.output_definitions.artifacts
    return Outputs(artifacts={name: artifact})


def _uri(dag: DagRun, task: Any, source: Any) -> str:
    if source.WhichOneof("value") == "constant":
        return str(source.constant.string_value)
    parameter = task.inputs.parameters[source.runtime_parameter]
    name = parameter.component_input_parameter
    value = dag.parameters.get(name)
    if not isinstance(value, str) or not value:
        raise DriverError(
            f"empty artifact URI runtime value for parameter {source.runtime_parameter}"
        )
    return value
