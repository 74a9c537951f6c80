"""`tidegate submit`: starts a compiled pipeline's run, and makes no second one."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.cli.follow import TimeoutOption, detaching, outcome, show_end, watch
from tidegate.cli.server_options import (
    CaFileOption,
    CookieFileOption,
    EnvOption,
    HostOption,
    InsecureOption,
    JsonOption,
    NamespaceOption,
    TokenFileOption,
    connect,
    console_for,
    environment,
)

if TYPE_CHECKING:
    from tidegate.submission.connection import Connection
    from tidegate.submission.request import Request
    from tidegate.submission.runs import Submitted


class Target(str, Enum):
    """What `--target` may say."""

    KFP = "kfp"
    VERTEX = "vertex"


SpecArgument = Annotated[
    Path | None,
    typer.Argument(help="Compiled pipeline, of `tidegate compile`."),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE", help="A parameter of the pipeline; may be repeated."
    ),
]
PipelineOption = Annotated[
    str | None,
    typer.Option("--pipeline", help="Run an uploaded pipeline instead of a file."),
]
VersionOption = Annotated[
    str | None, typer.Option("--version", help="Its version; the latest by default.")
]
ServiceAccountOption = Annotated[
    str | None, typer.Option(help="Service account that the tasks run as.")
]
RootOption = Annotated[
    str | None, typer.Option(help="Where artifacts go, such as gs://bucket/flights.")
]
CacheOption = Annotated[
    bool | None,
    typer.Option("--cache/--no-cache", help="Overrides caching as it was compiled."),
]
TargetOption = Annotated[Target, typer.Option(help="Who runs it.")]
ProjectOption = Annotated[
    str | None, typer.Option(help="Google Cloud project, for --target vertex.")
]
RegionOption = Annotated[str | None, typer.Option(help="Region, for --target vertex.")]
ExperimentOption = Annotated[
    str | None,
    typer.Option(help="Experiment of the run, made if need be.  [default: Default]"),
]
DEFAULT_EXPERIMENT = "Default"


def submit(
    spec: SpecArgument = None,
    host: HostOption = None,
    experiment: ExperimentOption = None,
    env: EnvOption = None,
    run_name: Annotated[
        str | None,
        typer.Option(
            help="Name of the run, and its key: given again, it finds the run. "
            "By default pipeline, time and a token."
        ),
    ] = None,
    param: ParamOption = None,
    pipeline: PipelineOption = None,
    version: VersionOption = None,
    namespace: NamespaceOption = None,
    service_account: ServiceAccountOption = None,
    pipeline_root: RootOption = None,
    cache: CacheOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the end; exit as the run did.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait, and show tasks as they change.")
    ] = False,
    timeout: TimeoutOption = None,
    target: TargetOption = Target.KFP,
    project: ProjectOption = None,
    region: RegionOption = None,
    token_file: TokenFileOption = None,
    cookie_file: CookieFileOption = None,
    ca_file: CaFileOption = None,
    insecure: InsecureOption = False,
    json_output: JsonOption = False,
) -> int:
    """Submit a run to Kubeflow Pipelines or Vertex AI, once although answers get lost.

    A lost answer makes no second run. With --run-name the same command finds the
    run that it made before, even after it was killed; another pipeline or other
    parameters under the same name are refused.

    Exit codes with --wait or --follow: 0 it succeeded · 1 a gate was shut · 3 a
    task failed · 4 time was up · 130 it was cancelled, or Ctrl-C, which leaves the
    run alone.

    Examples:

        tidegate submit flights.yaml --host https://kubeflow.example.com/pipeline

        tidegate submit flights.yaml --env prod --run-name 2013-09 --follow

        tidegate submit --pipeline flights --version 1.4.0 --wait --json

        tidegate submit flights.json --target vertex --project p --region europe-west4
    """
    from tidegate.submission import request

    console = console_for(json_output)
    said = environment(env, spec)
    host, namespace = host or said.host, namespace or said.namespace
    experiment = experiment or said.experiment or DEFAULT_EXPERIMENT
    project, region = project or said.project, region or said.region
    wanted = request.Request(
        spec=spec,
        pipeline=pipeline,
        version=version,
        parameters=tuple(param or ()),
        service_account=service_account or said.service_account,
        pipeline_root=pipeline_root,
        cache=cache,
    )
    request.demand_source(wanted)
    if target is Target.VERTEX:
        from tidegate.cli import vertex

        return vertex.submit(
            wanted, run_name, project, region, console, json_output,
            waiting=wait or follow, shown=follow, timeout=timeout,
        )  # fmt: skip
    if run_name is not None:
        from tidegate.submission.names import demand_name

        demand_name(run_name, "--run-name")
    local = request.local_source(wanted)
    with connect(
        host, console, token_file, cookie_file, ca_file, insecure
    ) as connection:
        source = local or request.uploaded_source(wanted, connection, namespace)
        done = _submitted(connection, wanted, source, experiment, run_name, namespace)
        page = connection.host.page("runs", str(done.run["run_id"]))
        if not json_output:
            _show(console, done, page)
        if not (wait or follow):
            if json_output:
                print(json.dumps(_as_dict(done, page, experiment), indent=2))
            return 0
        return _to_the_end(
            console, connection, done, page, experiment, timeout,
            shown=follow, json_output=json_output,
        )  # fmt: skip


def _submitted(
    connection: Connection,
    wanted: Request,
    source: Any,
    experiment: str,
    run_name: str | None,
    namespace: str | None,
) -> Submitted:
    from tidegate.submission import experiments, marks, names, runs

    where = experiments.find_or_make(connection, experiment, namespace)
    token = marks.new_token()
    submission = runs.Submission(
        name=run_name or names.own_name(source.name, token),
        named=run_name is not None,
        experiment_id=str(where["experiment_id"]),
        content=source.content(wanted),
        token=token,
    )
    return runs.submit(connection, submission)


def _to_the_end(
    console: Console,
    connection: Connection,
    done: Submitted,
    page: str,
    experiment: str,
    timeout: float | None,
    *,
    shown: bool,
    json_output: bool,
) -> int:
    from tidegate.submission.following import exit_code, looker

    identity = str(done.run["run_id"])
    again = f"tidegate follow {identity} --host {connection.host.url}"
    with detaching(again):
        look = looker(connection, identity)
        run = watch(console, look, connection.tell, timeout, shown=shown)
    if json_output:
        said = {**_as_dict(done, page, experiment), **outcome(run, page)}
        print(json.dumps(said, indent=2))
    else:
        show_end(console, run, page)
    return exit_code(run)


def _show(console: Console, done: Submitted, page: str) -> None:
    name = done.run.get("display_name")
    if done.found:
        state = str(done.run.get("state", "unknown")).lower()
        text = f"= {name}: there already, {state}; nothing was submitted"
    elif done.recovered:
        text = f"✓ {name}: submitted; its answer was lost, the run was found"
    else:
        text = f"✓ {name}: submitted"
    console.print(text, style="bold green", markup=False)
    console.print(f"  page      {page}", markup=False)
    for double in done.ended:
        console.print(f"  ended     {double}, a younger double", markup=False)


def _as_dict(done: Submitted, page: str, experiment: str) -> dict[str, Any]:
    return {
        "run_id": done.run.get("run_id"),
        "name": done.run.get("display_name"),
        "experiment": experiment,
        "state": done.run.get("state"),
        "url": page,
        "found": done.found,
        "recovered": done.recovered,
        "ended": list(done.ended),
    }
