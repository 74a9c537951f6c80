"""`tidegate drift backtest`: what the drift tests would have done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli import drift_history
from tidegate.cli.drift_options import (
    Json,
    Root,
    Settings,
    settings_of,
)
from tidegate.cli.drift_text import columns_of, counting_on, grid
from tidegate.errors import ExitCode
from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    from tidegate.drift_tests.backtest import Backtest, Rate

_LONGEST = 60


def backtest(
    history: Root,
    settings: Settings = None,
    newest: Annotated[
        int | None, typer.Option(help="Only so many spans, the newest.")
    ] = None,
    promises: Annotated[
        bool,
        typer.Option(
            "--promises", help="Tell what other promises would cost; takes longer."
        ),
    ] = False,
    json_output: Json = False,
) -> int:
    """Tell what the drift tests would have done with each accepted span.

    Each is held against those before it alone. All of them were accepted, so an
    alarm is a false one, or a change that somebody answers for. Exit code 0.

    Examples:

        tidegate drift backtest --history histories/flights

        tidegate drift backtest --history gs://b/flights --settings drift.yaml
        --promises --json
    """
    from tidegate.drift_tests.backtest import PROMISES
    from tidegate.drift_tests.backtest import backtest as run

    console = Console(stderr=json_output, highlight=False)
    held = drift_history.read(history, newest)
    with counting_on(console, "spans judged", quiet=json_output) as progress:
        others = PROMISES if promises else ()
        found = run(held, settings_of(settings), promises=others, progress=progress)
    if json_output:
        print(json.dumps(_as_dict(found), indent=2))
    else:
        _show(console, found)
    return int(ExitCode.OK)


def _show(console: Console, found: Backtest) -> None:
    """Prints what the drift tests would have done."""
    rate = found.rate
    if not rate.spans:
        told = counted(found.waiting, "spans")
        console.print(f"{told} are too few to judge one by the others", style="yellow")
        return
    low, high = rate.interval
    console.print(
        f"{counted(rate.alarms, 'alarms')} on {counted(rate.spans, 'spans')}: "
        f"{percent(rate.alarms, rate.spans)} (95 %: {percent(low, 1)} to "
        f"{percent(high, 1)}), promised {percent(rate.promised, 1)}",
        style="bold green" if rate.kept else "bold yellow",
    )
    if found.waiting:
        first = counted(found.waiting, "spans")
        console.print(f"the first {first} had too few before them", style="dim")
    if found.alarms:
        console.print()
        table = grid("span", "day", "columns", "in the history because")
        for one in found.alarms:
            named = ", ".join(columns_of(one.decision)[:3])
            said = one.acceptance
            table.add_row(
                printable(one.measures.name),
                one.measures.start.isoformat() if one.measures.start else "",
                printable(named, _LONGEST),
                "" if said is None else printable(said.reason, _LONGEST),
            )
        console.print(table, markup=False)
    if len(found.promises) > 1:
        console.print()
        table = grid("promise", "alarms", "rate", "95 %")
        for other in found.promises:
            low, high = other.interval
            table.add_row(
                percent(other.promised, 1),
                f"{other.alarms:,} of {other.spans:,}",
                percent(other.alarms, other.spans),
                f"{percent(low, 1)} to {percent(high, 1)}",
            )
        console.print(table, markup=False)


def _as_dict(found: Backtest) -> dict[str, object]:
    """The same for `--json`."""
    return {
        **_rate(found.rate),
        "waiting": found.waiting,
        "spans_with_alarm": [
            {
                "name": one.measures.name,
                "start": one.measures.start.isoformat() if one.measures.start else None,
                "columns": columns_of(one.decision)[:10],
                "accepted_by": one.acceptance.by if one.acceptance else None,
                "reason": one.acceptance.reason if one.acceptance else None,
            }
            for one in found.alarms
        ],
        "promises": [_rate(other) for other in found.promises],
    }


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "promised": rate.promised,
        "alarms": rate.alarms,
        "spans": rate.spans,
        "rate": rate.share,
        "interval": list(rate.interval),
        "kept": rate.kept,
    }
