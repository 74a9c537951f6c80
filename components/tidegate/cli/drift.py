"""`tidegate drift`: holds data against the history of accepted data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli import drift_history
from tidegate.cli.command_line import (
    data_files,
    demand_own_files,
    demand_writable,
    told_if_unwritable,
)
from tidegate.cli.drift_accept import accept
from tidegate.cli.drift_backtest import backtest
from tidegate.cli.drift_options import (
    Data,
    Dates,
    Day,
    Json,
    Name,
    Root,
    Schema,
    Settings,
    Span,
    settings_of,
    wanted_of,
)
from tidegate.cli.drift_skew import skew
from tidegate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from tidegate.drift_tests.check import Checked

app = typer.Typer(
    name="drift",
    help="Data against the history of accepted data: check, accept, backtest, explain.",
    no_args_is_help=True,
)
for command in (accept, backtest, skew):
    app.command()(command)
app.add_typer(drift_history.app)


@app.command()
def check(
    data: Data,
    history: Root,
    settings: Settings = None,
    span: Span = None,
    name: Name = None,
    date: Day = None,
    dates: Dates = None,
    schema: Schema = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the report as this HTML page, with .json beside it."),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(help="Write what was measured, for `accept` or DuckDB."),
    ] = None,
    accept_if_passed: Annotated[
        bool,
        typer.Option("--accept-if-passed", help="Let the span in unless it alarms."),
    ] = False,
    by: Annotated[
        str, typer.Option(help="Who answers for it, with --accept-if-passed.")
    ] = "tidegate drift check",
    json_output: Json = False,
) -> int:
    """Hold a span against the accepted spans before it.

    One decision, with the rate of false alarms that the settings promise; then the
    columns that caused it. Exit code 0: like its history; 1: an alarm, or the data
    cannot be read whole.

    Examples:

        tidegate drift check flights-09.csv --history histories/flights

        tidegate drift check 'exports/{YYYY}-{MM}-{DD}.csv' --history gs://b/flights
        --settings drift.yaml --report today.html --accept-if-passed --by nightly
    """
    from tidegate.cli.check_progress import progress_on
    from tidegate.drift_tests.check import check as run
    from tidegate.drift_tests.history import accept_span

    outputs = _outputs(report, summary)
    if outputs:
        inputs = {"DATA": data_files(data, span if _patterned(data) else None)}
        closed = [] if "://" in history else [("--history", Path(history))]
        demand_own_files(outputs, inputs, closed)
        demand_writable(outputs)
    drift_history.read(history, 1)  # A mistyped history would make all data good.
    console = Console(stderr=json_output, highlight=False)
    wanted = wanted_of(data, history, settings, span, name, date, dates, schema)
    with told_if_unwritable(outputs):
        with progress_on(console, quiet=json_output) as progress:
            checked = run(wanted, progress)
        _write(checked, report, summary)
    entered = None
    if accept_if_passed and checked.report.passed and checked.measured is not None:
        measures = checked.measured.measures
        reason = "the drift tests passed"
        verdict = checked.verdict
        entered = accept_span(history, measures, by, reason, verdict=verdict).path
    if json_output:
        told = json.loads(checked.report.model_dump_json())
        print(json.dumps({**told, "accepted": entered}, indent=2, ensure_ascii=False))
    else:
        _show(console, checked, report, entered)
    return int(ExitCode.OK if checked.report.passed else ExitCode.TESTS_FAILED)


@app.command()
def explain(
    data: Annotated[
        list[str],
        typer.Argument(help="Name of an accepted span, a summary, or data."),
    ],
    history: Root,
    settings: Settings = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Tell everything about this column.")
    ] = None,
    span: Span = None,
    name: Name = None,
    date: Day = None,
    dates: Dates = None,
    schema: Schema = None,
    json_output: Json = False,
) -> int:
    """Tell why a span alarms, or how near it is: each column now and then.

    Exit code 0, whatever the verdict.

    Examples:

        tidegate drift explain flights-09.csv --history histories/flights

        tidegate drift explain 2013-02-09 --history histories/flights --column dest
    """
    from tidegate.cli.drift_text import explained_as_dict, show_explained
    from tidegate.drift_tests.explaining import explain as run

    drift_history.read(history, 1)
    console = Console(stderr=json_output, highlight=False)
    found = run(
        data,
        history,
        lambda: wanted_of(data, history, settings, span, name, date, dates, schema),
        settings_of(settings),
        tuple(column or ()),
    )
    if json_output:
        print(json.dumps(explained_as_dict(found), indent=2))
    else:
        show_explained(console, found)
    return int(ExitCode.OK)


def _patterned(data: list[str]) -> bool:
    from tidegate.columnar.spans import has_span

    return any(map(has_span, data))


def _outputs(report: Path | None, summary: Path | None) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for option, path, ending in (
        ("--report", report, ".html"),
        ("--summary", summary, ".parquet"),
    ):
        if path is None:
            continue
        if path.suffix.lower() != ending:
            raise UsageError(
                f"{option} names a file of another kind",
                where=str(path),
                expected=f"a name that ends in {ending}",
                got=path.name,
                fix=f"{option} {path.with_name((path.stem or 'report') + ending)}",
            )
        found.append((option, path))
    if report is not None:
        found.append(("the JSON beside --report", report.with_suffix(".json")))
    return found


def _write(checked: Checked, report: Path | None, summary: Path | None) -> None:
    from tidegate.drift_tests.history import write_summary
    from tidegate.report.html import page
    from tidegate.report.model import write_whole

    if report is not None:
        write_whole(report, page(checked.report).encode())
        text = checked.report.model_dump_json(indent=2)
        write_whole(report.with_suffix(".json"), text.encode())
    if summary is not None and checked.measured is not None:
        write_summary(checked.measured.measures, summary, checked.verdict)


def _show(
    console: Console, checked: Checked, page: Path | None, entered: str | None
) -> None:
    from tidegate.report.terminal import render

    console.print(render(checked.report, page=page, rows_file=None))
    if entered is not None:
        console.print(f"  accepted  {entered}", markup=False, soft_wrap=True)
