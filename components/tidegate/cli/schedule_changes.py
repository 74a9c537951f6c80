"""`tidegate schedule list|pause|resume|delete`: what becomes of schedules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tidegate.cli.server_options import (
    CaFileOption,
    CookieFileOption,
    HostOption,
    InsecureOption,
    JsonOption,
    NamespaceOption,
    TokenFileOption,
    connect,
    console_for,
)
from tidegate.cli.submit import ProjectOption, RegionOption, Target, TargetOption

WhichArgument = Annotated[str, typer.Argument(help="Name or id of the schedule.")]
InExperimentOption = Annotated[
    str | None, typer.Option("--experiment", help="Look in this experiment only.")
]


def list_(
    experiment: InExperimentOption = None,
    namespace: NamespaceOption = None,
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
    """List schedules: name, when, state, id.

    Examples:

        tidegate schedule list --host https://kubeflow.example.com/pipeline

        tidegate schedule list --experiment flights --json
    """
    console = console_for(json_output)
    if target is Target.VERTEX:
        from tidegate.cli.vertex import place_of
        from tidegate.submission import vertex_schedules

        found = vertex_schedules.listed(place_of(project, region, console))
    else:
        from tidegate.submission import experiments, schedules

        with connect(
            host, console, token_file, cookie_file, ca_file, insecure
        ) as connection:
            within = None
            if experiment is not None:
                where = experiments.demand(connection, experiment, namespace)
                within = str(where["experiment_id"])
            there = schedules.listed(connection, within, namespace)
            found = [schedules.shown(item) for item in there]
    if json_output:
        print(json.dumps(found, indent=2))
    elif not found:
        console.print("no schedules")
    for item in () if json_output else found:
        said = (str(item[key]) for key in ("name", "when", "state", "id"))
        console.print("  ".join(said), markup=False)
    return 0


def pause(
    which: WhichArgument,
    experiment: InExperimentOption = None,
    namespace: NamespaceOption = None,
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
    """Pause a schedule; runs that are under way go on.

    Examples:

        tidegate schedule pause nightly --host https://kubeflow.example.com/pipeline
    """
    return _change(
        "paused", which, experiment, namespace, host, target, project, region,
        token_file, cookie_file, ca_file, insecure, json_output,
    )  # fmt: skip


def resume(
    which: WhichArgument,
    experiment: InExperimentOption = None,
    namespace: NamespaceOption = None,
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
    """Resume a paused schedule.

    Examples:

        tidegate schedule resume nightly --host https://kubeflow.example.com/pipeline
    """
    return _change(
        "resumed", which, experiment, namespace, host, target, project, region,
        token_file, cookie_file, ca_file, insecure, json_output,
    )  # fmt: skip


def delete(
    which: WhichArgument,
    experiment: InExperimentOption = None,
    namespace: NamespaceOption = None,
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
    """Delete a schedule; its runs stay.

    Examples:

        tidegate schedule delete nightly --host https://kubeflow.example.com/pipeline
    """
    return _change(
        "deleted", which, experiment, namespace, host, target, project, region,
        token_file, cookie_file, ca_file, insecure, json_output,
    )  # fmt: skip


def _change(
    what: str,
    which: str,
    experiment: str | None,
    namespace: str | None,
    host: str | None,
    target: Target,
    project: str | None,
    region: str | None,
    token_file: Path | None,
    cookie_file: Path | None,
    ca_file: Path | None,
    insecure: bool,
    json_output: bool,
) -> int:
    console = console_for(json_output)
    if target is Target.VERTEX:
        identity = _change_on_vertex(what, which, project, region, console)
    else:
        from tidegate.submission import experiments, schedules

        with connect(
            host, console, token_file, cookie_file, ca_file, insecure
        ) as connection:
            within = None
            if experiment is not None:
                where = experiments.demand(connection, experiment, namespace)
                within = str(where["experiment_id"])
            found = schedules.find(connection, which, within, namespace)
            identity = str(found["recurring_run_id"])
            if what == "deleted":
                schedules.delete(connection, identity)
            else:
                schedules.switch(connection, identity, on=what == "resumed")
    if json_output:
        print(json.dumps({"id": identity, "done": what}, indent=2))
    else:
        console.print(f"✓ {which}: {what}", style="bold green", markup=False)
    return 0


def _change_on_vertex(
    what: str, which: str, project: str | None, region: str | None, console: Console
) -> str:
    from tidegate.cli.vertex import place_of
    from tidegate.submission import vertex_schedules

    place = place_of(project, region, console)
    found = vertex_schedules.find(place, which)
    place.call(lambda: vertex_schedules.switch(found, what))
    return str(vertex_schedules.shown(found)["id"])
