"""`tidegate run`: runs a pipeline folder on this machine."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.cli.errors import print_error

if TYPE_CHECKING:
    from tidegate.config import PipelineConfig
    from tidegate.report.model import TestReport
    from tidegate.runners import supervisor


class Engine(str, Enum):
    """What `--engine` may say."""

    AUTO = "auto"
    COLUMNAR = "columnar"
    BEAM = "beam"


def run(
    folder: Annotated[
        Path, typer.Argument(help="Pipeline folder, such as `pipelines/flights`.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(help="Input file, folder or glob; may be repeated."),
    ] = None,
    span: Annotated[
        int | None, typer.Option(help="Number of the span that the input holds.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Overrides a setting of config.yaml."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for artifacts, logs and pushed models."),
    ] = None,
    engine: Annotated[
        Engine | None,
        typer.Option(
            help="What does the work: columnar in one process, or Beam. auto, the "
            "default, is columnar where the data fit this machine."
        ),
    ] = None,
    beam_arg: Annotated[
        list[str] | None,
        typer.Option(
            metavar="--KEY=VALUE",
            help="Argument for Beam, such as --direct_running_mode=multi_processing.",
        ),
    ] = None,
    cache: Annotated[
        bool, typer.Option(help="Serve components whose inputs did not change.")
    ] = True,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
) -> int:
    """Run a pipeline on this machine; stop at the first shut gate.

    Examples:

        tidegate run pipelines/flights

        tidegate run pipelines/flights --data 'exports/2013-*.csv' --span 9

        tidegate run pipelines/flights --set epochs=3 --json

        tidegate run pipelines/flights --engine beam
    """
    # Only this command needs them: the others start faster without.
    from tidegate.cli.progress import progress_for
    from tidegate.config import parse_settings
    from tidegate.pipeline_folder import PipelineFolder
    from tidegate.runners import supervisor
    from tidegate.runners.beam_args import checked
    from tidegate.runners.engine import choose

    beam_args = checked(beam_arg or [])
    overrides = parse_settings(setting or [])
    if data:
        overrides["data"] = [_absolute(item) for item in data]
    if span is not None:
        overrides["span"] = span
    if output is not None:
        overrides["output"] = str(output.absolute())
    if engine is not None:
        overrides["engine"] = engine.value
    pipeline = PipelineFolder.find(folder)
    config = pipeline.config(overrides)
    overrides.setdefault("output", str(config.root))
    config.preflight()
    choice = choose(config)
    overrides["engine"] = choice.engine
    console = Console(stderr=json_output, highlight=False)
    progress = progress_for(console, config.name, quiet=json_output)
    progress.say(f"{config.name}: engine {choice.engine}, {choice.reason}")
    with progress:
        result = supervisor.run(
            pipeline,
            config,
            overrides,
            progress,
            cache=cache,
            beam_args=beam_args,
            engine=choice,
        )
    if json_output:
        print(result.model_dump_json(indent=2))
    else:
        show(console, result, config)
    return result.exit_code


def show(
    console: Console, result: supervisor.RunResult, config: PipelineConfig
) -> None:
    """Prints how a run ended: shut gates first, else what was pushed."""
    for folder, report in result.read_reports().items():
        console.print(_rendered(report, Path(folder)))
    if result.error is not None and result.shut_by is None:
        log = f"  {'log':<9} {result.log}"
        print_error(console, (*result.error_text, log))
    if result.shut_by is not None:
        console.print(
            f"■ {config.name}: stopped at {result.shut_by} after "
            f"{result.seconds:.0f} s; nothing after it ran",
            style="bold red",
            markup=False,
        )
    elif result.error is None:
        console.print(
            f"✓ {config.name}: {came_of(result)} · {result.seconds:.0f} s",
            style="bold green",
            markup=False,
            soft_wrap=True,
        )


def came_of(result: supervisor.RunResult) -> str:
    """What a run that went well has made, in the words of its last line."""
    from tidegate.bulk_inferrer.keys import PREDICTIONS
    from tidegate.pusher.keys import PUSHED_MODEL

    if result.pushed:
        return f"pushed {result.pushed}"
    made = [node.outputs for node in result.nodes]
    written = [one[PREDICTIONS] for one in made if PREDICTIONS in one]
    if written:
        return f"predictions in {', '.join(written)}"
    pushes = any(PUSHED_MODEL in one for one in made)
    return "done, nothing new to push" if pushes else "done"


def _rendered(report: TestReport, folder: Path) -> Any:
    from tidegate.report import terminal
    from tidegate.report.model import FAILING_ROWS_FILE, PAGE_FILE

    rows = folder / FAILING_ROWS_FILE
    return terminal.render(
        report,
        page=folder / PAGE_FILE,
        rows_file=rows if rows.is_file() else None,
    )


def _absolute(item: str) -> str:
    return item if "://" in item else str(Path(item).absolute())
