"""`tidegate schedule`: recurring runs, made once, listed, paused and deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.cli.schedule_changes import delete, list_, pause, resume
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
from tidegate.cli.submit import (
    DEFAULT_EXPERIMENT,
    CacheOption,
    ExperimentOption,
    ParamOption,
    PipelineOption,
    ProjectOption,
    RegionOption,
    RootOption,
    ServiceAccountOption,
    SpecArgument,
    Target,
    TargetOption,
    VersionOption,
)
from tidegate.errors import TidegateError, UsageError, raise_all

if TYPE_CHECKING:
    from tidegate.submission.request import Request
    from tidegate.submission.timing import Timing

app = typer.Typer(
    name="schedule",
    help="Run a pipeline again and again: create, list, pause, resume, delete.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command()
def create(
    name: Annotated[
        str,
        typer.Option("--name", help="Name of the schedule, and its key."),
    ],
    spec: SpecArgument = None,
    cron: Annotated[
        str | None,
        typer.Option(help="Minute hour day month weekday, in UTC: '0 6 * * *'."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="An interval instead: 30m, 6h, 1d.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="No run before, such as 2026-11-01T06:00:00Z.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="No run after.")] = None,
    at_once: Annotated[
        int, typer.Option(min=1, max=10, help="Runs that may be under way at once.")
    ] = 1,
    catch_up: Annotated[
        bool,
        typer.Option(
            "--catch-up/--no-catch-up",
            help="Make up for times missed while it was paused or late.",
        ),
    ] = False,
    experiment: ExperimentOption = None,
    env: EnvOption = None,
    param: ParamOption = None,
    pipeline: PipelineOption = None,
    version: VersionOption = None,
    namespace: NamespaceOption = None,
    service_account: ServiceAccountOption = None,
    pipeline_root: RootOption = None,
    cache: CacheOption = None,
    host: HostOption = None,
    target: TargetOption = Target.KFP,
    project: ProjectOption = None,
    region: RegionOption = None,
    token_file: TokenFileOption = None,
    cookie_file: CookieFileOption = None,
    ca_file: CaFileOption = None,
    insecure: InsecureOption = False,
    json_output: JsonOption = False,
) -> int:
    """Create a schedule; the same one again changes nothing.

    Five fields of cron are the usual ones. Kubeflow itself wants six, seconds
    first; they are sent so.

    Examples:

        tidegate schedule create flights.yaml --name nightly --cron '0 6 * * *'

        tidegate schedule create --pipeline flights --name hourly --every 1h
    """
    from tidegate.submission import request, schedules
    from tidegate.submission.names import demand_name

    console = console_for(json_output)
    said = environment(env, spec)
    host, namespace = host or said.host, namespace or said.namespace
    experiment = experiment or said.experiment or DEFAULT_EXPERIMENT
    project, region = project or said.project, region or said.region
    wanted = request.Request(
        spec, pipeline, version, tuple(param or ()),
        service_account or said.service_account, pipeline_root, cache,
    )  # fmt: skip
    request.demand_source(wanted)
    demand_name(name, "--name")
    vertex_too = target is Target.VERTEX
    timing = _timing(cron, every, start, end, at_once, catch_up, vertex_too)
    if vertex_too:
        return _create_on_vertex(
            wanted, name, timing, project, region, console, json_output
        )
    local = request.local_source(wanted)
    with connect(
        host, console, token_file, cookie_file, ca_file, insecure
    ) as connection:
        from tidegate.submission import experiments

        source = local or request.uploaded_source(wanted, connection, namespace)
        where = experiments.find_or_make(connection, experiment, namespace)
        content = {**source.content(wanted), **timing.body()}
        identity = str(where["experiment_id"])
        done = schedules.create(connection, name, identity, content)
        made = str(done.recurring["recurring_run_id"])
        page = connection.host.page("recurringrun", made)
    _show_created(console, name, made, page, done.found, json_output)
    return 0


app.command("list")(list_)
for change in (pause, resume, delete):
    app.command()(change)


def _create_on_vertex(
    wanted: Request,
    name: str,
    timing: Timing,
    project: str | None,
    region: str | None,
    console: Console,
    json_output: bool,
) -> int:
    from tidegate.cli.vertex import job_of, place_of
    from tidegate.submission import vertex_schedules

    job = job_of(wanted, name)
    place = place_of(project, region, console)
    made, found = vertex_schedules.create(place, job, timing)
    identity = str(vertex_schedules.shown(made)["id"])
    _show_created(console, name, identity, None, found, json_output)
    return 0


def _timing(
    cron: str | None,
    every: str | None,
    start: str | None,
    end: str | None,
    at_once: int,
    catch_up: bool,
    vertex: bool,
) -> Timing:
    """When runs start; all that is wrong with it is told at once."""
    from tidegate.submission import timing

    errors: list[TidegateError] = []
    if (cron is None) == (every is None):
        errors.append(
            UsageError(
                "say when, by --cron or by --every",
                got="both" if cron else "neither",
                fix="such as --cron '0 6 * * *' or --every 6h",
            )
        )
    if vertex and (every is not None or catch_up):
        errors.append(
            UsageError(
                "Vertex AI has neither intervals nor catching up",
                fix="use --cron, and leave --every and --catch-up out",
            )
        )
    done: dict[str, Any] = {}
    for key, text, read in (
        ("cron", cron, str.strip if vertex else timing.cron_fields),
        ("interval", every, timing.interval_seconds),
        ("start", start, lambda text: timing.moment(text, "--start")),
        ("end", end, lambda text: timing.moment(text, "--end")),
    ):
        try:
            done[key] = None if text is None else read(text)
        except UsageError as error:
            errors.append(error)
    raise_all("the times cannot be used", errors)
    return timing.Timing(**done, at_once=at_once, catch_up=catch_up)


def _show_created(
    console: Console,
    name: str,
    identity: str,
    page: str | None,
    found: bool,
    json_output: bool,
) -> None:
    if json_output:
        said = {"id": identity, "name": name, "url": page, "found": found}
        print(json.dumps(said, indent=2))
        return
    how = "there already, the same" if found else "created"
    sign = "=" if found else "✓"
    console.print(f"{sign} {name}: {how}", style="bold green", markup=False)
    if page is not None:
        console.print(f"  page      {page}", markup=False)
