"""The word for each place of a spec: `executor.container.image` is the image."""

from __future__ import annotations

import re
from typing import Any

from tidegate.runners.kubeflow.planning.changes import Change, dotted, is_option
from tidegate.runners.kubeflow.planning.differences import ORDER, Difference
from tidegate.runners.kubeflow.planning.images import image_change
from tidegate.runners.kubeflow.planning.steps import Step, at, mapping

_OTHER = "other"
_WORD = re.compile(r"executor\.container\.(?P<key>args|command)\[(?P<index>\d+)\]")
_IN_GIGABYTES = (".resources.memoryLimit", ".resources.memoryRequest")
_INDEX = re.compile(r"^\[\d+\]")
_RESOURCES = {
    "cpuLimit": "CPU limit",
    "cpuRequest": "CPU request",
    "memoryLimit": "memory limit",
    "memoryRequest": "memory request",
    "resourceCpuLimit": "CPU limit",
    "resourceCpuRequest": "CPU request",
    "resourceMemoryLimit": "memory limit",
    "resourceMemoryRequest": "memory request",
}
_K8S = "platform.kubernetes"
# Path in a step's tree, kind, and the thing itself; {} is what follows the path.
_OF_A_STEP = (
    ("executor.container.image", "image", "image"),
    ("executor.container.resources.accelerator", "accelerator", "accelerator {}"),
    ("executor.container.resources", "resources", "{}"),
    ("executor.container.command", "command", "command {}"),
    ("executor.container.args", "command", "arguments {}"),
    ("executor.container.env", "environment", "environment {}"),
    ("executor.container.lifecycle", "command", "hook {}"),
    ("executor.importer", "import", "imported artifact {}"),
    ("executor.resolver", "import", "resolver {}"),
    ("invocation.files", "file", "code or data in {}"),
    ("invocation.executor", "code", "executor class"),
    ("invocation.driver", "code", "driver"),
    ("invocation.beam_args", "beam", "Beam arguments {}"),
    ("invocation.inputs", "type", "typed inputs {}"),
    ("invocation.outputs", "type", "typed outputs {}"),
    ("invocation.properties", "property", "how it takes {}"),
    ("invocation.pages", "page", "page {}"),
    ("invocation.node", "name", "name of the node"),
    ("invocation.pipeline", "name", "name of the pipeline"),
    ("invocation.version", "version", "form of the invocation"),
    ("invocation", _OTHER, "invocation {}"),
    ("task.cachingOptions.enableCache", "caching", "caching"),
    ("task.cachingOptions", "caching", "caching {}"),
    ("task.retryPolicy.maxRetryCount", "retries", "retries"),
    ("task.retryPolicy.backoffDuration", "retries", "wait before a retry"),
    ("task.retryPolicy.backoffFactor", "retries", "growth of that wait"),
    ("task.retryPolicy.backoffMaxDuration", "retries", "longest wait"),
    ("task.retryPolicy", "retries", "retries {}"),
    ("task.triggerPolicy.strategy", "condition", "runs when"),
    ("task.triggerPolicy", "condition", "{}"),
    ("task.dependentTasks", "order", "waits for"),
    ("task.taskInfo.name", "name", "shown name"),
    ("task.componentRef", "name", "component"),
    ("task.parameterIterator", "loop", "loop over {}"),
    ("task.artifactIterator", "loop", "loop over {}"),
    ("task.iteratorPolicy", "loop", "loop {}"),
    ("component.executorLabel", "name", "executor"),
    ("component.inputDefinitions.parameters", "type", "input parameter {}"),
    ("component.inputDefinitions", "type", "input {}"),
    ("component.outputDefinitions.parameters", "type", "output parameter {}"),
    ("component.outputDefinitions", "type", "output {}"),
    ("component.dag.outputs", "order", "outputs of the group {}"),
    (f"{_K8S}.nodeSelector.labels", "node selector", "node selector {}"),
    (f"{_K8S}.nodeSelector", "node selector", "node selector {}"),
    (f"{_K8S}.nodeAffinity", "node selector", "node affinity {}"),
    (f"{_K8S}.podAffinity", "node selector", "pod affinity {}"),
    (f"{_K8S}.tolerations", "toleration", "toleration {}"),
    (f"{_K8S}.secretAsEnv", "secret", "secret as environment {}"),
    (f"{_K8S}.secretAsVolume", "secret", "secret as volume {}"),
    (f"{_K8S}.imagePullSecret", "secret", "secret for pulling images {}"),
    (f"{_K8S}.imagePullPolicy", "image", "pulling of the image"),
    (f"{_K8S}.configMapAsEnv", "environment", "config map as environment {}"),
    (f"{_K8S}.configMapAsVolume", "volume", "config map as volume {}"),
    (f"{_K8S}.fieldPathAsEnv", "environment", "field as environment {}"),
    (f"{_K8S}.pvcMount", "volume", "volume {}"),
    (f"{_K8S}.genericEphemeralVolume", "volume", "ephemeral volume {}"),
    (f"{_K8S}.emptyDirMounts", "volume", "empty folder {}"),
    (f"{_K8S}.enabledSharedMemory", "volume", "shared memory {}"),
    (f"{_K8S}.podMetadata.labels", "label", "label of the pod {}"),
    (f"{_K8S}.podMetadata.annotations", "label", "annotation of the pod {}"),
    (f"{_K8S}.activeDeadlineSeconds", "retries", "longest run in seconds"),
    (f"{_K8S}.securityContext", "security", "security context {}"),
    (f"{_K8S}.initContainers", "command", "init container {}"),
    ("platform", "platform", "platform setting {}"),
)
_OF_THE_PIPELINE = (
    ("spec.pipelineInfo.name", "name", "name of the pipeline"),
    ("spec.pipelineInfo", "name", "{} of the pipeline"),
    ("spec.root.inputDefinitions.artifacts", "parameter", "input artifact {}"),
    ("spec.root.dag.outputs", "order", "outputs of the pipeline {}"),
    ("spec.sdkVersion", "version", "compiled by"),
    ("spec.schemaVersion", "version", "version of the form"),
    ("spec.defaultPipelineRoot", "root", "pipeline root"),
    ("spec.deploymentSpec.executors", "unused", "executor that no step uses, {}"),
    ("spec.components", "unused", "component that no step uses, {}"),
    ("job.displayName", "name", "shown name"),
    ("job.labels", "label", "label {}"),
    ("job.runtimeConfig.gcsOutputDirectory", "root", "pipeline root"),
    ("job.runtimeConfig.parameterValues", "parameter", "value of parameter {}"),
    ("job.runtimeConfig.parameters", "parameter", "value of parameter {}"),
    ("job.serviceAccount", "service account", "service account"),
    ("job", _OTHER, "job {}"),
    ("platform", "platform", "platform setting {}"),
)


def worded(
    difference: Difference, step: Step | None, before: Step | None = None
) -> Change:
    """A difference in a step's tree, or in the rest of the spec, as a change.

    Args:
        difference: Where, and between what.
        step: The step after; None for the rest of the spec.
        before: The step before.
    """
    path = dotted(difference.path)
    kind, what = _word(path, _OF_A_STEP if step else _OF_THE_PIPELINE)
    if "serviceaccount" in path.lower():
        kind = "service account"
    if step is not None and kind == "file":
        file = str(difference.path[-1])
        what = f"{_file_kind(file)} of {step.name} ({file})"
    if kind == "command":
        known = [option for one in (step, before) if (option := _option(one, path))]
        what = f"argument {known[0]}" if known else what
    said = ""
    if difference.path[-1:] == (ORDER,):
        said = "in another order"
    elif kind == "file":
        said = _of_a_file(difference)
    elif path.endswith(_IN_GIGABYTES):
        said = _arrow(*(_gigabytes(one) for one in (difference.old, difference.new)))
    elif path.startswith(f"{_K8S}.secretAsEnv") and kind == "secret":
        said = _arrow(*(_variables(one) for one in (difference.old, difference.new)))
    elif path.startswith("invocation.properties.") and path.endswith(".slots"):
        kind, what = "property", path.split(".")[2]
        said = f"set by a run: {_arrow(*map(_slots, (difference.old, difference.new)))}"
    elif what == "image":
        said = image_change(difference.old, difference.new)
    return Change(
        step=step.path if step else "",
        name=step.name if step else "",
        kind=kind,
        what=what,
        old=difference.old,
        new=difference.new,
        path=path,
        said=said,
    )


def _word(path: str, words: tuple[tuple[str, str, str], ...]) -> tuple[str, str]:
    for start, kind, what in words:
        if path == start or path.startswith((f"{start}.", f"{start}[")):
            rest = _INDEX.sub("", path[len(start) :]).lstrip(".")
            rest = _RESOURCES.get(rest, rest)
            return kind, what.replace("{}", rest).strip().rstrip(",")
    return _OTHER, path


def _arrow(old: str, new: str) -> str:
    """Two texts as a change; empty where one is wanting a word, or both are one."""
    if old and new:
        return f"{old} → {new}" if old != new else ""
    return old or new


def _gigabytes(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.4g} GB" if number else ""


def _variables(value: Any) -> str:
    """`access_key as AWS_ACCESS_KEY_ID`, for each key of a secret."""
    keys = mapping(value).get("keyToEnv")
    return ", ".join(
        f"{mapping(one).get('secretKey')} as {mapping(one).get('envVar')}"
        for one in (keys if isinstance(keys, list) else [])
    )


def _slots(value: Any) -> str:
    """The parameters that fill places of a property; "nothing" without one."""
    filled = [
        str(mapping(one).get("parameter", "")).removeprefix("pipelinechannel--")
        for one in (value if isinstance(value, list) else [])
    ]
    return ", ".join(filled) or "nothing"


def _option(step: Step | None, path: str) -> str | None:
    """The option of which a word of a command line is the value."""
    found = _WORD.fullmatch(path)
    if found is None or step is None:
        return None
    words = at(step.tree.get("executor"), "container", found["key"])
    before = int(found["index"]) - 1
    if not isinstance(words, list) or not 0 <= before < len(words):
        return None
    return words[before] if is_option(words[before]) else None


def _file_kind(file: str) -> str:
    name = file.rpartition("/")[2]
    return "user code" if name.endswith(".py") or "." not in name else "file"


def _of_a_file(difference: Difference) -> str:
    sign = Change("", "", "", "", difference.old, difference.new).sign
    return {"+": "is new", "-": "is gone", "~": "changed"}[sign]
