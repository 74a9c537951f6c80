"""How errors look in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console


def print_error(console: Console, lines: Iterable[str]) -> None:
    """Prints an error's lines, the first one marked and red.

    Long lines are left to the terminal to wrap, so that a path can be copied.
    Control characters, which names and values may hold, are made visible.
    """
    # It takes a while to load, and most commands end without an error.
    from tidegate.report.wording import printable

    shown = [printable(part) for line in lines for part in line.split("\n")]
    first, *rest = shown or ["the run failed"]
    console.out(f"✗ {first}", style="bold red", highlight=False)
    for line in rest:
        console.out(line, highlight=False)
