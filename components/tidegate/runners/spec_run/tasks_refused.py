"""What is refused of loops, retries and importers.

The rules: argocompiler/dag.go:DAG and iteratorTask, driver/dag.go:DAG, argocompiler/
container.go:getTaskRetryParametersWithValues with argo-workflows operator.go:
processNodeRetries, importer_launcher.go:ImportSpecToMLMDArtifact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToJson

from tidegate.errors import TidegateError, UsageError
from tidegate.runners.kubeflow.argo_tags import argo_tags
from tidegate.runners.kubeflow.local_copies import FOLDERS

_NO_RUN = "the backend runs it, run-spec does not"


def refused(where: str, message: str, fix: str = "", **more: str | None) -> UsageError:
    """The error for something that is refused; its fix is to compile again."""
    return UsageError(
        message, where=where, fix=fix or "compile the pipeline again", **more
    )


def argo_problems(path: str, *parts: Any) -> Iterator[TidegateError]:
    """Tags in the parts of a task that Argo Workflows takes for its own."""
    found = {
        tag
        for part in parts
        if part is not None
        for tag in argo_tags(MessageToJson(part, ensure_ascii=False))
    }
    for tag in sorted(found):
        yield refused(
            path,
            f"Argo Workflows, under KFP, fills in {tag} or fails to resolve it",
            "write the text otherwise, or put it into a file of the project",
        )


def iterator_problems(path: str, task: Any, component: Any) -> Iterator[TidegateError]:
    """Loops that KFP, or this runner, cannot go round."""
    which = task.WhichOneof("iterator")
    if which == "artifact_iterator":
        yield refused(path, "artifact iterator not implemented yet")
    elif which == "parameter_iterator":
        yield from _loop(path, task, component)


def _loop(path: str, task: Any, component: Any) -> Iterator[TidegateError]:
    items = task.parameter_iterator.items
    if component.WhichOneof("implementation") != "dag":
        yield refused(path, f"a loop over something else than a pipeline: {_NO_RUN}")
    which = items.WhichOneof("kind")
    if which is None:
        yield refused(path, "cannot find parameter iterator")
    elif which == "input_parameter":
        if items.input_parameter not in task.inputs.parameters:
            yield refused(path, "iterating failed: cannot find input parameter")
    elif not _is_list(items.raw):
        yield refused(path, "error unmarshall raw string: the items are no JSON list")


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


def retry_problems(path: str, task: Any) -> Iterator[TidegateError]:
    """Retry policies that Argo cannot follow, or that come to nothing."""
    if not task.HasField("retry_policy") or task.retry_policy.max_retry_count <= 0:
        return
    policy = task.retry_policy
    if not float(policy.backoff_factor).is_integer():
        yield refused(
            path,
            "Argo takes whole numbers only as the factor between retries",
            "take a whole retryPolicy.backoffFactor",
            got=f"{policy.backoff_factor:g}",
        )
    if policy.backoff_max_duration.seconds <= 0:
        yield refused(
            path,
            "it would never be retried: without backoffMaxDuration KFP gives Argo 0 s",
            "set retryPolicy.backoffMaxDuration, such as 3600s",
        )


def importer_problems(
    path: str, task: Any, component: Any, importer: Any
) -> Iterator[TidegateError]:
    """Importers that KFP refuses, or fails on."""
    if task.trigger_policy.condition:
        yield refused(path, "triggerPolicy.condition on importer task is not supported")
    if len(component.output_definitions.artifacts) != 1:
        yield refused(
            path, "failed to extract output artifact name from componentOutputSpec"
        )
    if importer.type_schema.WhichOneof("kind") in (None, "schema_uri"):
        yield refused(path, "failed to get schema from importer spec")
    if getattr(importer, "download_to_workspace", False):
        yield refused(path, f"an importer with downloadToWorkspace: {_NO_RUN}")
    address = importer.artifact_uri
    which = address.WhichOneof("value")
    if which == "constant":
        uri = address.constant.string_value
        if not uri:
            yield refused(path, "empty Artifact URI constant value")
        elif not uri.startswith(tuple(FOLDERS)):
            yield refused(path, f"no provider scheme found in artifact URI: {uri}")
    elif which == "runtime_parameter":
        name = address.runtime_parameter
        if name not in task.inputs.parameters:
            yield refused(
                path,
                f"cannot find parameter {name} in task input to fetch artifact uri",
            )
        elif not task.inputs.parameters[name].component_input_parameter:
            yield refused(
                path,
                "error resolving artifact URI: parent DAG does not have input "
                f"parameter: KFP takes {name} of an importer from its parent only",
                "put a constant into the importer's own artifactUri",
            )
    else:
        yield refused(path, "artifact uri not provided")
