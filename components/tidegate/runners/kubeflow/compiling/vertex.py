"""Nodes as TFX's own runner compiles them for Vertex AI, with what it leaves out.

The runner writes a wheel of user code into the pipeline root at compile time, and
no defaults of parameters; here the wheels stay aside unless they are asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.runners.kubeflow.compiling.containers import resources, variables
from tidegate.runners.kubeflow.compiling.deployment import Deployment, Step
from tidegate.runners.kubeflow.compiling.kfp import declaration, retry_policy
from tidegate.runners.kubeflow.compiling.kubernetes import executor_config
from tidegate.runners.kubeflow.compiling.runtime_parameters import Parameter
from tidegate.runners.kubeflow.invocation import PROJECT

Job = dict[str, Any]
_EXECUTOR = "{}_executor"
_WHEELS = "_wheels"


def package(
    nodes: Sequence[Any],
    deployment: Deployment,
    stage: Callable[[Path, str], None] | None = None,
) -> None:
    """Packs user code as TFX does, and names the wheels as if they were in place.

    Args:
        nodes: As `steps.linked` gives them. They are changed.
        deployment: The environment; it needs a pipeline root.
        stage: Called with each wheel of user code and the URI where Vertex looks
            for it; None leaves that to somebody else.

    Raises:
        UsageError: There is no pipeline root.
    """
    from tfx.dsl.components.base import base_component

    root = _checked_root(deployment)
    folder = Path(tempfile.mkdtemp())
    try:
        for node in nodes:
            if isinstance(node, base_component.BaseComponent):
                _packed(node, folder)
                for key, value in node.spec.exec_properties.items():
                    if isinstance(value, str) and f"@{folder}/" in value:
                        moved = value.replace(f"@{folder}/", f"@{root}/")
                        node.spec.exec_properties[key] = moved
        for wheel in sorted((folder / _WHEELS).glob("*.whl")):
            if stage is not None:
                stage(wheel, f"{root}/{_WHEELS}/{wheel.name}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _packed(node: Any, folder: Path) -> None:
    """Has TFX pack the node's user code; what pip's tools print is kept from view."""
    with _printing_to(folder / "log.txt"):
        try:
            node._resolve_pip_dependencies(str(folder))
        except (RuntimeError, ValueError, OSError) as error:
            failed = error
        else:
            return
    raise UsageError(
        f"its user code cannot be packed: {failed}".splitlines()[0][:300],
        where=str(node.id),
        got="".join((folder / "log.txt").read_text(errors="replace")[-300:]) or None,
        fix="mend the module, or what is beside it in its folder",
    ) from failed


@contextmanager
def _printing_to(file: Path) -> Iterator[None]:
    """Within it, this process and its children print to a file."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with open(file, "ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            for number, one in zip((1, 2), kept, strict=True):
                os.dup2(one, number)
                os.close(one)


def pipeline_job(
    pipeline: Any, parameters: Sequence[Parameter], deployment: Deployment
) -> Job:
    """The PipelineJob of Vertex AI.

    Args:
        pipeline: As `steps.linked` gives it, with packaged nodes, and with the
            files of the project named as such. They are changed.
        parameters: What a run may change.
        deployment: The environment; it needs a pipeline root.

    Raises:
        UsageError: Vertex has nothing for something that the environment says.
    """
    nodes = list(pipeline.components)
    raise_all(
        "this cannot be had on Vertex AI",
        [
            *_unknown_needs(nodes, deployment),
            *(error for one in parameters for error in _not_whole(one)),
        ],
    )
    _point_into_image(nodes, deployment.project_folder)
    _set_parameters(nodes, parameters)
    job = _run_tfx(pipeline, deployment)
    spec = job["pipelineSpec"]
    if parameters:
        declared = spec["root"].setdefault("inputDefinitions", {})
        declared["parameters"] = {
            **declared.get("parameters", {}),
            **{one.name: declaration(one) for one in parameters},
        }
    for node in nodes:
        _equip(spec, node, deployment.step(node.id))
    # TFX's maps come in another order each time, and findings would, too.
    ordered: Job = json.loads(json.dumps(job, sort_keys=True))
    return ordered


def _checked_root(deployment: Deployment) -> str:
    root = deployment.pipeline_root or ""
    if root.startswith("gs://"):
        return root.rstrip("/")
    raise UsageError(
        "Vertex AI needs a place for artifacts in Cloud Storage",
        where="pipeline_root",
        expected="gs://BUCKET/FOLDER",
        got=root or "none",
        fix="say pipeline_root: gs://… in the environment file",
    )


def _unknown_needs(nodes: Sequence[Any], deployment: Deployment) -> list[TidegateError]:
    errors: list[TidegateError] = []
    if deployment.notify is not None:
        errors.append(_refused("notify", "a secret of Kubernetes"))
    wanted: dict[str, list[str]] = {}
    for node in nodes:
        for need in executor_config(deployment.step(node.id)):
            wanted.setdefault(need, []).append(str(node.id))
    errors += [_refused(need, ", ".join(ids)) for need, ids in sorted(wanted.items())]
    return errors


def _refused(what: str, got: str) -> UsageError:
    return UsageError(
        f"{what} is of Kubernetes, which Vertex AI does not show",
        where="the environment file",
        got=got,
        fix="leave it to the environment files of KFP",
    )


def _not_whole(parameter: Parameter) -> list[TidegateError]:
    return [
        UsageError(
            "on Vertex AI a parameter can only be a whole property of a component",
            where=f"parameters: {parameter.name}",
            got=f"a place inside of {place.node}.{place.name}",
            fix="leave it out of `parameters` for Vertex AI",
        )
        for place in parameter.places
        if place.path or place.before or place.after
    ]


def _point_into_image(nodes: Sequence[Any], folder: str) -> None:
    for node in nodes:
        properties = getattr(getattr(node, "spec", None), "exec_properties", None) or {}
        for key, value in properties.items():
            if isinstance(value, str) and PROJECT in value:
                properties[key] = value.replace(PROJECT, folder.rstrip("/") + "/")


def _set_parameters(nodes: Sequence[Any], parameters: Sequence[Parameter]) -> None:
    from tfx.orchestration import data_types

    kinds = {"STRING": str, "NUMBER_INTEGER": int, "NUMBER_DOUBLE": float}
    by_id = {node.id: node for node in nodes}
    for parameter in parameters:
        for place in parameter.places:
            runtime = data_types.RuntimeParameter(
                name=parameter.name, ptype=kinds.get(parameter.type, str)
            )
            by_id[place.node].spec.exec_properties[place.name] = runtime


def _run_tfx(pipeline: Any, deployment: Deployment) -> Job:
    from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as runner

    images = {
        runner._DEFAULT_IMAGE_PATH_KEY: deployment.image,
        **{
            node.id: image
            for node in pipeline.components
            if (image := deployment.step(node.id).image) is not None
        },
    }
    config = runner.KubeflowV2DagRunnerConfig(
        default_image=images, use_pipeline_spec_2_1=True
    )
    job: Job = runner.KubeflowV2DagRunner(config).run(pipeline, write_out=False)
    return job


def _equip(spec: dict[str, Any], node: Any, needs: Step) -> None:
    executors = spec["deploymentSpec"]["executors"]
    container = executors.get(_EXECUTOR.format(node.id), {}).get("container")
    if container is None:
        return
    if given := variables(needs, container["image"]):
        container["env"] = given
    if wanted := resources(needs):
        container["resources"] = wanted
    task = spec["root"]["dag"]["tasks"][node.id]
    outside = getattr(type(node), "READS_OUTSIDE", False)
    if needs.cache is False or (needs.cache is None and outside):
        task["cachingOptions"] = {}
    if policy := retry_policy(needs):
        task["retryPolicy"] = policy
