"""What `tidegate drift` prints: progress, what was accepted, reasons."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.table import Table

from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    from tidegate.drift_tests.accepting import Entered
    from tidegate.drift_tests.decision import DriftDecision
    from tidegate.drift_tests.explaining import ColumnThen, Explained

_PATIENCE = 1.0
_QUIET_SECONDS = 10.0
_SHOWN = 12
_COLUMNS = 5
_LONGEST = 60
_TABLE = "the table"


@contextmanager
def counting_on(
    console: Console, thing: str, *, quiet: bool
) -> Iterator[Callable[[int, int], None] | None]:
    """A function that is told how many of how many are done; silent at first."""
    with _status(console, quiet=quiet) as say:
        yield None if say is None else lambda n, all_: say(f"{n:,} of {all_:,} {thing}")


@contextmanager
def entering_on(
    console: Console, *, quiet: bool
) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function that is told which span is being read, of how many."""
    with _status(console, quiet=quiet) as say:
        yield (
            None
            if say is None
            else lambda name, n, all_: say(f"span {name}: {n:,} of {all_:,}")
        )


_BACKTEST = "tidegate drift backtest --history"


def show_entered(console: Console, entered: Sequence[Entered], history: str) -> None:
    """Prints what became of each span."""
    new = [one for one in entered if one.written is not None and one.written.new]
    known = [one for one in entered if one.known]
    failed = [one for one in entered if one.error is not None]
    for one in new if len(new) <= _SHOWN else ():
        alarm = ", although it alarmed" if one.verdict == "alarmed" else ""
        text = f"✓ {one.name}  {counted(one.rows or 0, 'rows')}{alarm}"
        console.print(printable(text), style="green", markup=False)
    for one in failed:
        console.print(f"✗ {printable(one.name)}", style="bold red", markup=False)
        for line in str(one.error).splitlines():
            console.print(f"  {printable(line)}", markup=False, soft_wrap=True)
    told = [f"{counted(len(new), 'spans')} accepted into {history}"]
    if known:
        told.append(f"{len(known)} there before")
    if failed:
        told.append(f"{len(failed)} not accepted")
    console.print(" · ".join(told), style="bold", markup=False, soft_wrap=True)
    if len(new) > _SHOWN:
        text = f"  next  which of them would have alarmed: {_BACKTEST} {history}"
        console.print(text, style="dim", markup=False, soft_wrap=True)


def show_explained(console: Console, found: Explained) -> None:
    """Prints why a span alarms, or does not."""
    alarm = found.decision.alarm
    console.print(
        f"{'✗ alarm' if alarm else '✓ like its history'} · span "
        f"{printable(found.measures.name)} against {found.history}",
        style="bold red" if alarm else "bold green",
        markup=False,
    )
    for channel in found.decision.channels:
        console.print(
            f"  {channel.name:<7} score {channel.score:.3g}, threshold "
            f"{channel.threshold:.3g} (1 is as far off as ever)",
            style="red" if channel.alarm else "dim",
        )
    if (cold := found.decision.cold_start) is not None:
        console.print(
            f"  {counted(cold.spans, 'accepted spans')} of {cold.needed} that the "
            f"promise needs; {cold.protection}",
            style="yellow",
            markup=False,
        )
    for reason in found.reasons[:_COLUMNS]:
        console.print(
            f"\n{printable(reason.column) or _TABLE}  {percent(reason.weight, 1)}",
            style="bold",
            markup=False,
        )
        for line in reason.told:
            console.print(f"  {line}", markup=False, soft_wrap=True)
    for column in found.columns:
        console.print(f"\n{printable(column.column)}", style="bold", markup=False)
        console.print(_figures(column), markup=False)
        if column.values:
            console.print(_values(column), markup=False)


def explained_as_dict(found: Explained) -> dict[str, object]:
    """The same for `--json`."""
    return {
        "name": found.measures.name,
        "alarm": bool(found.decision.alarm),
        "history": str(found.history),
        "channels": [
            {
                "name": channel.name,
                "alarm": channel.alarm,
                "score": _number(channel.score),
                "threshold": _number(channel.threshold),
                "p_value": channel.p_value,
            }
            for channel in found.decision.channels
        ],
        "ranking": [
            {
                "column": reason.column or _TABLE,
                "weight": reason.weight,
                "told": list(reason.told),
            }
            for reason in found.reasons
        ],
        "columns": [
            {
                "column": one.column,
                "measures": [
                    {
                        "measure": then.measure,
                        "now": _number(then.now),
                        "middle": _number(then.middle),
                        "low": _number(then.low),
                        "high": _number(then.high),
                        "deviations": _number(then.deviations),
                        "spans": then.spans,
                    }
                    for then in one.figures
                ],
                "values": [
                    {"value": value.text, "now": value.now, "then": value.then}
                    for value in one.values[:_SHOWN]
                ],
            }
            for one in found.columns
        ],
    }


def _number(value: float) -> float | str:
    """A number as JSON has it; an infinite one as text, as in reports."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def columns_of(decision: DriftDecision) -> list[str]:
    """The columns that a decision ranks, the first one first."""
    return [cause.column or _TABLE for cause in decision.ranking]


def _figures(column: ColumnThen) -> Table:
    table = grid("measure", "now", "usually", "between", "spans")
    for one in column.figures[:_SHOWN]:
        table.add_row(
            one.measure,
            f"{one.now:.4g}",
            f"{one.middle:.4g}",
            f"{one.low:.4g} and {one.high:.4g}",
            f"{one.spans}",
            style="red" if one.unusual else None,
        )
    return table


def _values(column: ColumnThen) -> Table:
    table = grid("value", "now", "then")
    for one in column.values[:_SHOWN]:
        text = printable(one.text, _LONGEST)
        table.add_row(
            repr(text), _share(one.now, one.least), _share(one.then, one.least)
        )
    return table


def _share(share: float | None, least: float) -> str:
    """A share; of a value that is not listed what is known of it."""
    if share is not None:
        return percent(share, 1)
    return f"under {percent(least, 1)}" if least else "0 %"


def grid(*titles: str) -> Table:
    """A table with these titles and no lines."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    for title in titles:
        table.add_column(title)
    return table


@contextmanager
def _status(console: Console, *, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """A line that changes in place; in a log one line every ten seconds."""
    if quiet:
        yield None
        return
    began = told = time.monotonic()
    status = Status("", console=console) if console.is_terminal else None
    shown = False

    def say(text: str) -> None:
        nonlocal shown, told
        now = time.monotonic()
        if status is None:
            if now - told > _QUIET_SECONDS:
                told = now
                console.print(text, markup=False, soft_wrap=True)
        elif now - began > _PATIENCE:
            status.update(printable(text))
            if not shown:
                shown = True
                status.start()

    try:
        yield say
    finally:
        if status is not None and shown:
            status.stop()
