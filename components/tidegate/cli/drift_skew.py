"""`tidegate drift skew`: holds a serving log against the training data."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tidegate.cli.command_line import (
    data_files,
    demand_own_files,
    demand_writable,
    told_if_unwritable,
)
from tidegate.cli.drift_options import Json, Schema, Settings, schema_of, settings_of
from tidegate.errors import ExitCode, UsageError


class Order(str, Enum):
    """Orders of training rows, as an option names them."""

    AUTO = "auto"
    TIME = "time"
    ROWS = "rows"
    RANDOM = "random"


def skew(
    serving: Annotated[
        list[str],
        typer.Argument(
            help="The serving log: files, folders, globs or patterns of CSV (.gz, "
            ".bz2), Parquet, TFRecord of tf.Example."
        ),
    ],
    training: Annotated[
        list[str] | None,
        typer.Option(help="The training data, or the folder of an Examples artifact."),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(help="Accepted spans instead of --training: folder or URL."),
    ] = None,
    training_only: Annotated[
        list[str] | None,
        typer.Option(help="Column that serving does not have, such as the label."),
    ] = None,
    serving_only: Annotated[
        list[str] | None,
        typer.Option(help="Column that training does not have, as the prediction."),
    ] = None,
    order: Annotated[
        Order,
        typer.Option(
            help="What the order of the training rows is: by a column of times, as "
            "they stand, or none; `auto` finds out."
        ),
    ] = Order.AUTO,
    settings: Settings = None,
    schema: Schema = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the report as this HTML page, with .json beside it."),
    ] = None,
    json_output: Json = False,
) -> int:
    """Hold a serving log against the training data.

    The training data are cut into blocks of as many rows as the log: what differs
    between them is no skew. One decision, then the columns that caused it, columns
    that only one side has, and what a log of this size can show. Exit code 0: like
    the training data; 1: an alarm, or the log cannot be read whole.

    Examples:

        tidegate drift skew log-0409.parquet --training 'flights-0[1-3].csv'
        --training-only late --serving-only prediction

        tidegate drift skew 'logs/{YYYY}-{MM}-{DD}.csv' --history gs://b/flights
        --settings drift.yaml --report skew.html --json
    """
    from tidegate.cli.check_progress import progress_on
    from tidegate.drift_tests.skew import SkewWanted, check_skew
    from tidegate.report.html import page
    from tidegate.report.model import write_whole
    from tidegate.report.terminal import render
    from tidegate.schema_life.seen_data import name_of

    outputs = _outputs(report)
    if outputs:
        inputs = {
            "SERVING": data_files(serving, None),
            "--training": data_files(training, None) if training else [],
        }
        demand_own_files(outputs, inputs)
        demand_writable(outputs)
    console = Console(stderr=json_output, highlight=False)
    wanted = SkewWanted(
        serving=serving,
        training=training or (),
        history=history,
        settings=settings_of(settings),
        training_only=training_only or (),
        serving_only=serving_only or (),
        order=None if order is Order.AUTO else order.value,
        dataset=name_of(serving),
        schema=schema_of(schema),
        settings_file=None if settings is None else str(settings),
    )
    with told_if_unwritable(outputs):
        with progress_on(console, quiet=json_output) as progress:
            checked = check_skew(wanted, progress)
        if report is not None:
            write_whole(report, page(checked.report).encode())
            text = checked.report.model_dump_json(indent=2)
            write_whole(report.with_suffix(".json"), text.encode())
    if json_output:
        print(checked.report.model_dump_json(indent=2))
    else:
        console.print(render(checked.report, page=report, rows_file=None))
    return int(ExitCode.OK if checked.report.passed else ExitCode.TESTS_FAILED)


def _outputs(report: Path | None) -> list[tuple[str, Path]]:
    """What will be written, by the option that names it."""
    if report is None:
        return []
    if report.suffix.lower() != ".html":
        raise UsageError(
            "--report names a file of another kind",
            where=str(report),
            expected="a name that ends in .html",
            got=report.name,
            fix=f"--report {report.with_name((report.stem or 'report') + '.html')}",
        )
    return [
        ("--report", report),
        ("the JSON beside --report", report.with_suffix(".json")),
    ]
