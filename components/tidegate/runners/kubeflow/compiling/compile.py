"""A pipeline folder and an environment, compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tidegate.compiling import compiling
from tidegate.config import PipelineConfig
from tidegate.errors import TidegateError, UsageError
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners.beam_args import demand_understood
from tidegate.runners.kubeflow.compiling import (
    exit_handler,
    kfp,
    names,
    steps,
    vertex,
    writing,
)
from tidegate.runners.kubeflow.compiling.deployment import Deployment, Step
from tidegate.runners.kubeflow.compiling.kubernetes import platform_spec
from tidegate.runners.kubeflow.compiling.pipeline import Pipeline
from tidegate.runners.kubeflow.compiling.project_paths import ProjectPaths
from tidegate.runners.kubeflow.compiling.runtime_parameters import (
    Build,
    Parameter,
    trace,
)
from tidegate.runners.kubeflow.compiling.tracing import Place
from tidegate.runners.kubeflow.linting import Finding, as_error, lint_nodes, lint_spec

Target = Literal["kfp", "vertex"]


@dataclass(frozen=True)
class Compiled:
    """A compiled pipeline.

    Attributes:
        name: Of the pipeline.
        target: What it was compiled for.
        spec: The PipelineSpec.
        platform: The platform spec; None where it needs none.
        job: The PipelineJob, for Vertex AI.
        parameters: What a run may change.
        nodes: Ids of the nodes, in the order in which they run.
        findings: What the linter warns of.
    """

    name: str
    target: Target
    spec: dict[str, Any]
    platform: dict[str, Any] | None
    job: dict[str, Any] | None
    parameters: tuple[Parameter, ...]
    nodes: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def text(self, suffix: str) -> str:
        """The file's content.

        Args:
            suffix: `.yaml` or `.yml` for a PipelineSpec, `.json` for a PipelineJob.

        Raises:
            UsageError: There is no such form for the target.
        """
        writing.demand_form(suffix, self.target)
        if suffix == ".json" and self.job is not None:
            return writing.as_json(self.job)
        return writing.as_yaml(self.spec, self.platform)


def compile_folder(
    folder: PipelineFolder,
    deployment: Deployment,
    overrides: Mapping[str, Any],
    *,
    target: Target,
    project: Path,
    stage: Callable[[Path, str], None] | None = None,
) -> Compiled:
    """Compiles what is in a pipeline folder. Imports TFX.

    Args:
        folder: The pipeline.
        deployment: The environment.
        overrides: Settings laid over those of the environment.
        target: For open-source KFP v2, or for Vertex AI.
        project: Folder of the project, of which the image has a copy.
        stage: See `vertex.package`.

    Raises:
        UsageError: The pipeline cannot be compiled; says everything that is wrong.
    """
    settings = {**deployment.settings, **overrides}
    demand_understood(deployment.beam_args)
    create = folder.create_components()
    base = _built(folder, create, settings, deployment)
    _demand_known_components(deployment, base.nodes)
    parameters = trace(
        deployment.parameters,
        base.config,
        lambda setting, value: _built(
            folder, create, {**settings, setting: value}, deployment
        ).as_build(),
        base.as_build(),
    )
    if target == "vertex":
        # Before files have names that TFX cannot open.
        vertex.package(base.nodes, deployment, stage)
    paths = ProjectPaths(project)
    _into_project(base.nodes, paths)
    linted = lint_nodes(
        base.nodes, project=project, target=target, ignore=deployment.ignore
    )
    _demand_portable(linted)
    made = tuple(parameters) + _declared_by_nodes(base.nodes)
    common: dict[str, Any] = {
        "name": base.config.name,
        "target": target,
        "parameters": made,
        "nodes": tuple(node.id for node in base.nodes),
    }
    if target == "vertex":
        job = vertex.pipeline_job(base.pipeline, made, deployment)
        return _linted(
            Compiled(spec=job["pipelineSpec"], platform=None, job=job, **common),
            linted,
            deployment,
        )
    listed = steps.as_steps(base.nodes)
    spec = kfp.pipeline_spec(
        Pipeline(base.config.name, listed, made, paths.files, deployment)
    )
    platform = _platform(listed, deployment)
    return _linted(
        Compiled(spec=spec, platform=platform, job=None, **common), linted, deployment
    )


def _linted(
    compiled: Compiled, found: Sequence[Finding], deployment: Deployment
) -> Compiled:
    """What was compiled, with what the linter says of nodes and spec."""
    more = lint_spec(
        compiled.spec,
        compiled.platform,
        target=compiled.target,
        ignore=deployment.ignore,
        image_folder=deployment.project_folder.rstrip("/") + "/",
    )
    _demand_portable(more)
    return replace(compiled, findings=(*found, *more))


def _demand_portable(findings: Sequence[Finding]) -> None:
    error = as_error(findings)
    if error is not None:
        raise error


@dataclass(frozen=True)
class _Built:
    config: PipelineConfig
    pipeline: Any

    @property
    def nodes(self) -> list[Any]:
        return list(self.pipeline.components)

    def as_build(self) -> Build:
        return Build(steps.properties_of(self.nodes), steps.shape_of(self.nodes))


def _built(
    folder: PipelineFolder,
    create: Callable[[PipelineConfig], list[Any]],
    settings: Mapping[str, Any],
    deployment: Deployment,
) -> _Built:
    config = folder.config(settings)
    try:
        with compiling():
            nodes = create(config)
    except TidegateError:
        raise
    except Exception as error:
        raise UsageError(
            f"the pipeline cannot be built: {error}".splitlines()[0][:300],
            where=str(folder.path / "pipeline.py"),
            got=type(error).__name__,
            fix="mend create_components, or the settings that it was given",
        ) from error
    root = deployment.pipeline_root or "minio://mlpipeline/v2/artifacts"
    linked = steps.linked(nodes, config.name, root, deployment.beam_args)
    return _Built(config, linked)


def _into_project(nodes: Sequence[Any], paths: ProjectPaths) -> None:
    """Makes paths of files in the project paths of the project."""
    for node in nodes:
        spec = getattr(node, "spec", None)
        if spec is not None:
            spec.exec_properties.update(paths.replaced(spec.exec_properties))


def _declared_by_nodes(nodes: Sequence[Any]) -> tuple[Parameter, ...]:
    """The RuntimeParameters that nodes were built with."""
    from tfx.orchestration import data_types

    kinds: dict[Any, Any] = {
        int: "NUMBER_INTEGER",
        float: "NUMBER_DOUBLE",
        bool: "BOOLEAN",
    }
    found: dict[str, Parameter] = {}
    for node in nodes:
        for name, value in sorted(node.exec_properties.items()):
            if not isinstance(value, data_types.RuntimeParameter):
                continue
            place = Place(node.id, name)
            known = found.get(value.name)
            default = value.default
            found[value.name] = Parameter(
                value.name,
                kinds.get(value.ptype, "STRING"),
                default if isinstance(default, (str, int, float, bool)) else None,
                False,
                (*(known.places if known else ()), place),
            )
    return tuple(found.values())


def _platform(
    listed: Sequence[steps.Step], deployment: Deployment
) -> dict[str, Any] | None:
    needs: dict[str, Step] = {
        names.executor_name(names.task_name(step.id)): deployment.step(step.id)
        for step in listed
        if step.imported is None
    }
    if deployment.notify is not None:
        notify = names.executor_name(exit_handler.NOTIFY)
        needs[notify] = exit_handler.needs(deployment)
    return platform_spec(needs)


def _demand_known_components(deployment: Deployment, nodes: Sequence[Any]) -> None:
    known = {str(node.id) for node in nodes}
    unknown = sorted(set(deployment.components) - known)
    if unknown:
        raise UsageError(
            f"the pipeline has no component {', '.join(unknown)}",
            where="components in the environment file",
            expected=", ".join(sorted(known)),
            got=", ".join(unknown),
            fix="correct the id, or say it under pipelines: NAME: components:",
        )
