"""`tidegate drift history`: which spans count, and which count no longer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.errors import UsageError

if TYPE_CHECKING:
    from tidegate.drift_tests.history import History

app = typer.Typer(
    name="history", help="The accepted spans: list, retire.", no_args_is_help=True
)
Root = Annotated[
    str, typer.Option(help="Folder of the accepted spans, or gs://…, s3://…")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
]


@app.command("list")
def list_spans(history: Root, json_output: Json = False) -> None:
    """List the accepted spans: who let each in, when and why.

    Examples:

        tidegate drift history list --history histories/flights
    """
    from rich.table import Table

    from tidegate.drift_tests.history import read_retired
    from tidegate.report.wording import counted, printable

    held, retired = read(history, None), read_retired(history)
    if json_output:
        told = {
            "spans": _spans(held),
            "retired": [one.model_dump(mode="json") for one in retired.values()],
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    for title in ("span", "day", "rows", "columns", "accepted", "by", "verdict", "why"):
        table.add_column(
            title,
            justify="right" if title in _NUMBERS else "left",
            no_wrap=title not in ("by", "why"),
        )
    for span, acceptance in zip(held.spans, held.acceptances, strict=True):
        said = acceptance
        table.add_row(
            printable(span.name),
            span.start.isoformat() if span.start else "",
            f"{span.rows:,}",
            f"{len(span.columns):,}",
            "" if said is None else f"{said.at:%Y-%m-%d}",
            "" if said is None else printable(said.by, 30),
            (said.verdict if said else None) or "",
            "" if said is None else printable(said.reason, 60),
        )
    console.print(table, markup=False)
    gone = "".join(f", {counted(len(retired), 'spans')} retired" if retired else "")
    console.print(f"{counted(len(held), 'spans')}{gone}", style="dim")
    for one in retired.values():
        text = f"  {one.name} was retired by {one.by}: {one.reason}"
        console.print(printable(text), style="dim", markup=False)


@app.command()
def retire(
    span: Annotated[str, typer.Argument(help="Name of the span, as `list` shows it.")],
    history: Root,
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why it was a mistake to accept it.")],
    json_output: Json = False,
) -> None:
    """Let an accepted span count no longer. Nothing is removed.

    Its name is used up; the same data can be accepted again by another name.

    Examples:

        tidegate drift history retire 2013-02-09 --history histories/flights
        --by "Ada, flights team" --reason "a test export"
    """
    from tidegate.drift_tests.history import retire_span

    path = retire_span(history, span, by, reason)
    if json_output:
        print(json.dumps({"retired": span, "file": path}))
    else:
        console = Console(highlight=False)
        console.print(f"✓ {span} counts no longer: {path}", markup=False)


_NUMBERS = ("rows", "columns")


def read(history: str, newest: int | None) -> History:
    """The history that is named, which must have a span.

    Raises:
        UsageError: There is none, or a file in it is damaged.
    """
    from tidegate.drift_tests.history import read_history

    held = read_history(history, newest)
    if not held.spans:
        raise UsageError(
            "there is no accepted span",
            where=history,
            expected="a folder with span-….parquet files",
            got="none",
            fix="accept past data first: tidegate drift accept "
            "'exports/{YYYY}-{MM}-{DD}.csv' --history …",
        )
    return held


def _spans(held: History) -> list[dict[str, object]]:
    return [
        {
            "name": span.name,
            "span": span.span,
            "start": None if span.start is None else span.start.isoformat(),
            "rows": span.rows,
            "columns": len(span.columns),
            "acceptance": None if said is None else said.model_dump(mode="json"),
        }
        for span, said in zip(held.spans, held.acceptances, strict=True)
    ]
