"""`tidegate reproduce`: repeats a run and says whether the result is equal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.errors import ExitCode

if TYPE_CHECKING:
    from tidegate.lineage.changes import Change
    from tidegate.lineage.reproduction import Reproduction
    from tidegate.lineage.run_record import RunRecord

_PIPE = 10_000
_STYLES = {"bytes": "green", "content": "green", "differs": "red", "unknown": "yellow"}


def reproduce(
    run: Annotated[
        str,
        typer.Argument(help="Id of a run, `last`, or the version of a pushed model."),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Pipeline folder, such as `pipelines/flights`."),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(help="Output folder of the run, in the place of a pipeline."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="New folder for the repetition; below the run's if not set."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option(help="Repeat it although inputs have changed since.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare the inputs; run nothing.")
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
) -> int:
    """Repeat a run as it was recorded; say whether the result is equal.

    Inputs are compared first: data, schema, suite, code, environment, champion.
    The repetition has its own folder and destination; nothing else is changed.

    Exit code 0 says that the result is equal, 1 that it is not, or that inputs
    have changed and nothing was run.

    Examples:

        tidegate reproduce last pipelines/flights

        tidegate reproduce 1795303618 --root .tidegate/flights

        tidegate reproduce 2026-11-21T10:57:58.515011 pipelines/flights --check
    """
    # Only this command needs them: the others start faster without.
    from tidegate.cli.lineage_options import demand_places
    from tidegate.lineage.reproducing import inputs_changed, new_output
    from tidegate.lineage.runs import find_run

    places = demand_places(folder, root, None)
    record = find_run(run, places.root, places.pushed)
    console = Console(stderr=json_output, highlight=False)
    changed = inputs_changed(record)
    if not json_output:
        _show_changes(console, record, changed)
    met = [one for one in changed if one.matters]
    if check or (met and not anyway):
        return _not_run(console, record, changed, bool(met), json_output)
    target = (output or new_output(record)).absolute()
    result = _repeated(record, changed, target, console, json_output)
    if json_output:
        print(result.model_dump_json(indent=2))
    else:
        _show(console, result)
    return int(ExitCode.OK if result.equal else ExitCode.TESTS_FAILED)


def _repeated(
    record: RunRecord,
    changed: tuple[Change, ...],
    target: Path,
    console: Console,
    quiet: bool,
) -> Reproduction:
    from tidegate.cli.progress import progress_for
    from tidegate.errors import ComponentError
    from tidegate.lineage.reproducing import repeat
    from tidegate.lineage.reproduction import judged

    progress = progress_for(console, record.pipeline, quiet=quiet)
    progress.say(f"{record.pipeline}: repeating {record.run} in {target}")
    with progress:
        now, ended = repeat(record, target, progress)
    if now is None:
        text = ended.error_text[0] if ended.error_text else "the run broke"
        raise ComponentError(
            "the repetition did not come as far as its first node",
            where=record.run,
            got=text,
            fix=f"read the end of {ended.log}",
        )
    return judged(record, now, changed, ended.log)


def _not_run(
    console: Console,
    record: RunRecord,
    changed: tuple[Change, ...],
    met: bool,
    json_output: bool,
) -> int:
    from tidegate.lineage.reproduction import Reproduction

    said = "inputs have changed, nothing was run" if met else "no input has changed"
    if json_output:
        result = Reproduction(
            run=record.run, output=record.output, changes=changed, conclusion=said
        )
        print(result.model_dump_json(indent=2))
    elif met:
        _line(console, f"■ {said}", "bold red")
        _line(console, "  fix       undo the changes, or go on: --anyway", None)
    return int(ExitCode.TESTS_FAILED if met else ExitCode.OK)


def _show_changes(
    console: Console, record: RunRecord, changed: tuple[Change, ...]
) -> None:
    began = f"{record.started:%Y-%m-%d %H:%M}"
    _line(console, f"run {record.run} · {record.pipeline} · {began} UTC", "bold")
    if not changed:
        _line(console, f"  inputs    as they were: {_counted(record)}", None)
    for one in changed:
        note = "" if one.matters else "  (the value on record is used)"
        style = "yellow" if one.matters else "dim"
        _line(console, f"  changed   {one.text}{note}", style)


def _counted(record: RunRecord) -> str:
    data = sum(one.role == "data" for one in record.inputs)
    files = len(record.inputs) - data
    packages = len(record.environment.packages)
    code = len(record.code.files)
    return (
        f"{data} data files, {files} others, {code} Python files, {packages} packages"
    )


def _show(console: Console, result: Reproduction) -> None:
    from rich.table import Table
    from rich.text import Text

    from tidegate.lineage.equality import WORDS

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    for title in ("node", "output", "", "what differs"):
        table.add_column(title, no_wrap=title in ("node", "output"), overflow="fold")
    for one in result.compared:
        said = Text(WORDS[one.verdict], style=_STYLES[one.verdict])
        table.add_row(one.node, one.output or "", said, Text(one.why))
    if not console.is_terminal:  # What goes into a pipe is not folded.
        console.width = _PIPE
    console.print(table)
    for place, lines in result.details.items():
        for line in lines:
            _line(console, f"  {place}: {line}", "dim")
    mark, style = ("✓", "bold green") if result.equal else ("✗", "bold red")
    _line(console, f"{mark} {result.conclusion}", style)
    _line(console, f"  repeated  {result.repeated} in {result.output}", None)


def _line(console: Console, text: str, style: Any) -> None:
    console.print(text, style=style, markup=False, soft_wrap=True)
