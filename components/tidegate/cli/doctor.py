"""`tidegate doctor`: stack, versions, what is missing, and a fix for each line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tidegate.errors import ExitCode

if TYPE_CHECKING:
    from tidegate.doctor import Check


def doctor(
    json_output: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show stack, versions and what is missing, with a fix for each line."""
    from tidegate.doctor import examine, healthy

    checks = examine()
    well = healthy(checks)
    if json_output:
        print(json.dumps(as_dict(checks), indent=2))
    else:
        show(checks, Console())
    if not well:
        raise typer.Exit(ExitCode.INFRASTRUCTURE)


def as_dict(checks: list[Check]) -> dict[str, object]:
    """The answer for `--json`."""
    from tidegate import stack
    from tidegate.doctor import healthy

    current = stack.current()
    return {
        "stack": current.name if current else None,
        "ok": healthy(checks),
        "checks": [check.as_dict() for check in checks],
    }


def show(checks: list[Check], console: Console) -> None:
    """Prints a line each check, and below a line what to do about it."""
    table = Table.grid(padding=(0, 2))
    for check in checks:
        table.add_row(sign(check), escape(check.name), escape(check.found))
        if check.fix:
            table.add_row("", "", f"[bold]fix[/] {escape(check.fix)}")
    console.print(table)
    missing = sum(not check.ok for check in checks)
    console.print("✓ all well" if not missing else f"{missing} of {len(checks)} to fix")


def sign(check: Check) -> str:
    """The sign before a line: well, missing, or missing but not needed."""
    if check.ok:
        return "[green]✓[/]"
    return "[red]✗[/]" if check.needed else "[yellow]![/]"
