"""Progress of a check: rows read so far, on a terminal and only if it takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status

if TYPE_CHECKING:
    from tidegate.data_tests.plan import Glance

_PATIENCE = 1.0


@contextmanager
def progress_on(
    console: Console, *, quiet: bool
) -> Iterator[Callable[[Glance], None] | None]:
    """A function that is told what was read; it shows nothing in the first second."""
    if quiet or not console.is_terminal:
        yield None
        return
    started, rows = time.monotonic(), 0
    status = Status("reading", console=console)
    shown = False

    def told(glance: Glance) -> None:
        nonlocal rows, shown
        rows += sum(glance.rows.values())
        passed = time.monotonic() - started
        if passed > _PATIENCE:
            status.update(f"{rows:,} rows read · {rows / passed:,.0f} a second")
            if not shown:
                shown = True
                status.start()

    try:
        yield told
    finally:
        if shown:
            status.stop()
