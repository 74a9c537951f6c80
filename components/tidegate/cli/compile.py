"""`tidegate compile`: a pipeline folder as a spec for Kubeflow or Vertex AI."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from tidegate.pipeline_folder import PipelineFolder
    from tidegate.runners.kubeflow.compiling.compile import Compiled
    from tidegate.runners.kubeflow.compiling.deployment import Deployment


class Target(str, Enum):
    """What `--target` may say."""

    KFP = "kfp"
    VERTEX = "vertex"


def compile_(
    folder: Annotated[
        Path, typer.Argument(help="Pipeline folder, such as `pipelines/flights`.")
    ],
    target: Annotated[
        Target, typer.Option(help="Open-source Kubeflow Pipelines v2, or Vertex AI.")
    ] = Target.KFP,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The file to write: .yaml, or .json for a PipelineJob of Vertex AI. "
            "- writes YAML to standard output.",
        ),
    ] = Path("spec.yaml"),
    env: Annotated[
        str,
        typer.Option(
            help="Environment file, or the name of one in the project's `kubeflow/`."
        ),
    ] = "dev",
    image: Annotated[
        str | None, typer.Option(help="Container image, instead of the environment's.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Overrides a setting of config.yaml."
        ),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            help="Folder of which the image has a copy. Default: the repository."
        ),
    ] = None,
    stage: Annotated[
        bool,
        typer.Option(
            "--stage",
            help="For Vertex AI: also upload wheels of user code to the pipeline root.",
        ),
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print what was compiled as JSON.")
    ] = False,
) -> int:
    """Compile a pipeline; nothing is written but the output file.

    The same inputs give the same bytes, on every machine. What would not run on the
    target is refused, with the component, the reason and the fix.

    Examples:

        tidegate compile pipelines/flights --target kfp -o spec.yaml

        tidegate compile pipelines/flights --env prod --image IMAGE@sha256:… -o -

        tidegate compile pipelines/flights --target vertex --env vertex -o job.json
    """
    from tidegate.cli.command_line import demand_writable, told_if_unwritable
    from tidegate.config import parse_settings
    from tidegate.pipeline_folder import PipelineFolder
    from tidegate.runners.kubeflow.compiling.writing import demand_form
    from tidegate.runners.kubeflow.project_files import root_of

    pipeline = PipelineFolder.find(folder)
    overrides = parse_settings(setting or [])
    root = root_of(pipeline.path) if project is None else project.absolute()
    deployment = _environment(env, pipeline, root, image)
    to_file = str(output) != "-"
    if to_file:
        demand_form(output.suffix, target.value)
        demand_writable([("--output", output)])
    console = Console(stderr=True, highlight=False)
    with console.status(f"{pipeline.path.name}: loading TFX"):
        compiled = _compiled(pipeline, deployment, overrides, target, root, stage)
    text = compiled.text(output.suffix if to_file else ".yaml")
    if to_file:
        from tidegate.report.model import write_whole

        with told_if_unwritable([("--output", output)]):
            write_whole(output, text.encode())
    elif not json_output:
        print(text, end="")
    if json_output:
        print(json.dumps(_summary(compiled, output, deployment), indent=2))
    else:
        _show(console, compiled, output)
    return 0


def _environment(
    env: str, pipeline: PipelineFolder, root: Path, image: str | None
) -> Deployment:
    from tidegate.runners.kubeflow.compiling.deployment import (
        find_environment,
        load_deployment,
    )

    file = find_environment(env, (pipeline.path, root))
    deployment = load_deployment(file, pipeline.config().name)
    return deployment.model_copy(update={"image": image}) if image else deployment


def _compiled(
    pipeline: PipelineFolder,
    deployment: Deployment,
    overrides: dict[str, Any],
    target: Target,
    root: Path,
    stage: bool,
) -> Compiled:
    from tidegate.runners.kubeflow.compiling.quiet import quiet_imports

    with quiet_imports():
        from tidegate.runners.kubeflow.compiling.compile import compile_folder
        from tidegate.runners.kubeflow.compiling.staging import upload

        return compile_folder(
            pipeline,
            deployment,
            overrides,
            target=target.value,
            project=root,
            stage=upload if stage else None,
        )


def _summary(
    compiled: Compiled, output: Path, deployment: Deployment
) -> dict[str, Any]:
    return {
        "pipeline": compiled.name,
        "target": compiled.target,
        "output": str(output),
        "image": deployment.image,
        "nodes": list(compiled.nodes),
        "parameters": {
            one.name: {"type": one.type, "default": one.default}
            for one in compiled.parameters
        },
        "findings": [one.as_dict() for one in compiled.findings],
    }


def _show(console: Console, compiled: Compiled, output: Path) -> None:
    from tidegate.runners.kubeflow.linting import as_text

    if told := as_text(compiled.findings):
        console.print(told, style="yellow", markup=False, soft_wrap=True)
    steps, runtime = len(compiled.nodes), [one.name for one in compiled.parameters]
    parameters = f", parameters {', '.join(runtime)}" if runtime else ""
    console.print(
        f"✓ {compiled.name} for {compiled.target}: {steps} components{parameters}"
        f" → {output}",
        style="bold green",
        markup=False,
        soft_wrap=True,
    )
