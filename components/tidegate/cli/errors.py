"""How errors look in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console


def print_error(console: Console, lines: Iterable[str]) -> None:
    """Prints an error's lines as they are, the first one marked and red.

    Long lines are left to the terminal to wrap, so that a path can be copied.
    """
    first, *rest = list(lines) or ["the run failed"]
    console.out(f"✗ {first}", style="bold red", highlight=False)
    for line in rest:
        console.out(line, highlight=False)
