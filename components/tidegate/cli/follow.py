"""`tidegate follow`: shows a run's tasks as they change, until it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.cli.server_options import (
    CaFileOption,
    CookieFileOption,
    HostOption,
    InsecureOption,
    JsonOption,
    TokenFileOption,
    connect,
    console_for,
)
from tidegate.errors import ExitCode, InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.submission.following import Change

TimeoutOption = Annotated[
    float | None,
    typer.Option(
        min=1, help="Seconds after which a run is left to itself, exit code 4."
    ),
]
_SIGNS = {
    "SUCCEEDED": ("✓", "green"),
    "FAILED": ("✗", "bold red"),
    "CANCELED": ("■", "yellow"),
    "CANCELING": ("■", "yellow"),
    "SKIPPED": ("–", "dim"),
}


def follow(
    run_id: Annotated[
        str, typer.Argument(help="Id of the run, or its page's address.")
    ],
    host: HostOption = None,
    timeout: TimeoutOption = None,
    token_file: TokenFileOption = None,
    cookie_file: CookieFileOption = None,
    ca_file: CaFileOption = None,
    insecure: InsecureOption = False,
    json_output: JsonOption = False,
) -> int:
    """Follow a run to its end; its exit code tells how it ended.

    0 it succeeded · 1 a gate was shut, and nothing else failed · 3 a task failed ·
    4 time was up, or the server was out of reach · 130 it was cancelled, or you
    pressed Ctrl-C, which leaves the run alone.

    Kubeflow tells which task failed but not why: a gate that broke for another
    reason than bad data is told as shut, too.

    Examples:

        tidegate follow 0b6f2c1e-… --host https://kubeflow.example.com/pipeline

        tidegate follow 0b6f2c1e-… --timeout 3600 --json
    """
    from tidegate.submission.following import exit_code, looker

    console = console_for(json_output)
    identity = run_id.rstrip("/").rpartition("/")[2]
    with connect(
        host, console, token_file, cookie_file, ca_file, insecure
    ) as connection:
        again = f"tidegate follow {identity} --host {connection.host.url}"
        with detaching(again):
            look = looker(connection, identity)
            run = watch(console, look, connection.tell, timeout, shown=True)
        page = connection.host.page("runs", identity)
    if json_output:
        print(json.dumps(outcome(run, page), indent=2))
    else:
        show_end(console, run, page)
    return exit_code(run)


def watch(
    console: Console,
    look: Callable[[], dict[str, Any]],
    tell: Callable[[str], None],
    timeout: float | None,
    *,
    shown: bool,
) -> dict[str, Any]:
    """The run at its end; its tasks' changes are printed if they are to be shown."""
    from tidegate.submission import following

    def told(change: Change) -> None:
        if shown and change.task is not None:
            sign, style = _SIGNS.get(change.state, ("·", ""))
            state = change.state.lower()
            console.print(f"  {sign} {change.task}  {state}", style=style, markup=False)

    return following.follow(look, told, tell=tell, limit=timeout)


@contextmanager
def detaching(again: str) -> Iterator[None]:
    """Leaves the run alone on Ctrl-C or when time is up, and says how to go on.

    Args:
        again: The command that follows it again, or the address of its page.
    """
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"\ndetached, the run goes on; follow it again: {again}", err=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except InfrastructureError as error:
        raise InfrastructureError(
            error.message, where=error.where, got=error.got, fix=f"follow it: {again}"
        ) from None


def outcome(run: dict[str, Any], page: str) -> dict[str, Any]:
    """How a run ended, for `--json`."""
    from tidegate.submission import following

    return {
        "run_id": run.get("run_id"),
        "name": run.get("display_name"),
        "state": run.get("state"),
        "url": page,
        "tasks": {t["display_name"]: t.get("state") for t in following.tasks(run)},
        "failed": following.failed(run),
        "gates_shut": following.shut_gates(run),
        "exit_code": int(following.exit_code(run)),
    }


def show_end(console: Console, run: dict[str, Any], page: str) -> None:
    """Prints how a run ended, and where to look."""
    from tidegate.submission import following

    state = str(run.get("state"))
    sign, style = _SIGNS.get(state, ("·", ""))
    said = state.lower()
    if gates := following.shut_gates(run):
        said = f"stopped at {', '.join(gates)}: gate shut"
    elif failed := following.failed(run):
        said = f"failed at {', '.join(failed)}"
    console.print(
        f"{sign} {run.get('display_name')}: {said}", style=style, markup=False
    )
    console.print(f"  page      {page}", markup=False)
