"""`tidegate drift accept`: lets spans into the history on a person's word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli.drift_options import (
    Dates,
    Day,
    Json,
    Name,
    Root,
    Schema,
    Settings,
    schema_of,
    settings_of,
)
from tidegate.errors import ExitCode

if TYPE_CHECKING:
    from tidegate.drift_tests.accepting import Entered


def accept(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Data as for `check`, of which a pattern stands for all its spans; "
            "or the summary that a run left behind."
        ),
    ],
    history: Root,
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[
        str | None, typer.Option(help="Why it is right; a must after an alarm.")
    ] = None,
    settings: Settings = None,
    span: Annotated[
        int | None,
        typer.Option(help="Only this span of a pattern, or which span the files are."),
    ] = None,
    name: Name = None,
    date: Day = None,
    dates: Dates = None,
    schema: Schema = None,
    json_output: Json = False,
) -> int:
    """Let spans into the history: all past files at once, or one that alarmed.

    Later spans are judged by those in the history. Spans that are there already
    are left out, so the command can be repeated. Exit code 0: all are in; else
    that of the first fault, and all others are in.

    Examples:

        tidegate drift accept 'exports/{YYYY}-{MM}-{DD}.csv' --history flights.history
        --by "Ada, flights team" --reason "the year that the model was trained on"

        tidegate drift accept flights-09.csv --span 9 --history gs://b/flights
        --by "Ada, flights team" --reason "strike in September, as announced"

        tidegate drift accept runs/41/summary --history gs://b/flights --by ops
        --reason "new airport since July"
    """
    from tidegate.cli.drift_text import entering_on, show_entered
    from tidegate.drift_tests import accepting
    from tidegate.drift_tests.deliveries import every_delivery, one_delivery

    acceptor = accepting.Acceptor(
        history, by, reason, settings_of(settings), dates, schema_of(schema)
    )
    console = Console(stderr=json_output, highlight=False)
    if (file := accepting.summary_in(data)) is not None:
        entered = [accepting.accept_summary(file, acceptor)]
    else:
        if span is None and name is None and date is None:
            deliveries = every_delivery(data)
        else:
            day = None if date is None else date.date()
            deliveries = [one_delivery(data, span, name=name, start=day)]
        with entering_on(console, quiet=json_output) as progress:
            entered = accepting.accept_all(deliveries, acceptor, progress)
    errors = [one.error for one in entered if one.error is not None]
    if json_output:
        print(json.dumps([_as_dict(one) for one in entered], indent=2))
    else:
        show_entered(console, entered, history)
    return int(errors[0].exit_code if errors else ExitCode.OK)


def _as_dict(one: Entered) -> dict[str, object]:
    return {
        "name": one.name,
        "rows": one.rows,
        "file": None if one.written is None else one.written.path,
        "verdict": one.verdict,
        "new": one.written is not None and one.written.new,
        "error": None if one.error is None else one.error.as_dict(),
    }
