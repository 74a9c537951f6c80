"""`tidegate run-spec`: runs a compiled pipeline spec on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli.errors import print_error

if TYPE_CHECKING:
    from tidegate.runners.spec_run.results import SpecRun, TaskResult

STATE_FOLDER = Path(".tidegate") / "spec-runs"
LAST_LINES = 12


def run_spec(
    spec: Annotated[
        Path,
        typer.Argument(
            help="Compiled pipeline: YAML of a PipelineSpec, or JSON of a PipelineJob."
        ),
    ],
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Value of a parameter; may be repeated."
        ),
    ] = None,
    params: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML or JSON file with parameters."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for store, cache and runs; "
            ".tidegate/spec-runs/PIPELINE by default."
        ),
    ] = None,
    project: Annotated[
        Path,
        typer.Option(
            help="Folder that stands for the project in the image: project:// is there."
        ),
    ] = Path(),
    cache: Annotated[
        bool, typer.Option(help="Take results of earlier runs, and keep new ones.")
    ] = True,
    jobs: Annotated[
        int, typer.Option(min=1, help="How many containers may run at a time.")
    ] = 2,
    longest_wait: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Wait no longer before a retry; by default as long as a cluster.",
        ),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
) -> int:
    """Run a compiled KFP spec's containers here, by the rules of KFP's backend.

    Commands run as processes in this environment; images are not used. What
    open-source KFP would refuse is refused before anything runs.

    Examples:

        tidegate run-spec flights.yaml

        tidegate run-spec flights.yaml --param data=exports/2013-09.csv --param span=9

        tidegate run-spec flights.yaml --params september.yaml --no-cache --json
    """
    # Only this command needs them: the others start faster without.
    from tidegate.cli.run_spec_progress import progress_for
    from tidegate.errors import UsageError
    from tidegate.runners.spec_run import runs
    from tidegate.runners.spec_run.parameters import read_parameters
    from tidegate.runners.spec_run.spec_file import read_spec

    compiled = read_spec(spec)
    given = read_parameters(compiled, param or [], params)
    if not project.is_dir():
        raise UsageError(
            "no such folder",
            where=f"--project {project}",
            fix="name the folder that the spec was compiled in",
        )
    settings = runs.Settings(
        output=(output or STATE_FOLDER / compiled.name).absolute(),
        project=project.absolute(),
        cache=cache,
        jobs=jobs,
        longest_wait=longest_wait,
    )
    console = Console(stderr=json_output, highlight=False)
    progress = progress_for(console, quiet=json_output)
    with progress:
        result = runs.run_spec(compiled, given, settings, progress)
    if json_output:
        print(result.model_dump_json(indent=2))
    else:
        show(console, result, settings.output)
    return result.exit_code


def show(console: Console, result: SpecRun, output: Path) -> None:
    """Prints how a run ended: shut gates and failed tasks, then where things are."""
    failed = [task for task in result.tasks if task.state == "failed"]
    told = any(task.exit_code == 1 for task in failed) and _show_reports(
        console, result
    )
    for task in failed:
        # Of a shut gate, the report above says what its log says.
        lines = 1 if told and task.exit_code == 1 else LAST_LINES
        print_error(console, _failure(task, lines))
    for line in (
        *result.notes,
        f"run       {result.folder}",
        f"store     {output / 'store'}",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True, style="dim")
    mark, style, word = {
        "succeeded": ("✓", "bold green", "done"),
        "failed": ("■", "bold red", f"stopped at {result.failed}"),
    }.get(result.state, ("■", "bold red", result.state))
    console.print(
        f"{mark} {result.pipeline}: {word} · {result.seconds:.0f} s",
        style=style,
        markup=False,
        soft_wrap=True,
    )


def _show_reports(console: Console, result: SpecRun) -> bool:
    """Shows test reports of earlier tasks as `tidegate run` does; False for none."""
    from tidegate.cli.run import _rendered
    from tidegate.errors import ComponentError
    from tidegate.report.model import read_report

    shown = False
    for folder in map(Path, result.reports):
        try:
            report = read_report(folder)
        except ComponentError:
            continue  # Somebody else's report.json.
        console.print(_rendered(report, folder))
        shown = True
    return shown


def _failure(task: TaskResult, count: int) -> list[str]:
    what = "exit task" if task.exit_task else "task"
    lines = [f"{what} {task.task} failed: {task.error or 'no reason given'}"]
    if task.log:
        lines += [f"  | {line}" for line in last_lines(Path(task.log), count)]
        lines.append(f"  {'log':<9} {task.log}")
    return lines


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """The end of a log, at most `count` lines; empty where it cannot be read."""
    try:
        with open(log, "rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - 65536))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
