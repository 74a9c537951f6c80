"""Shows the progress of `tidegate run-spec`, where tasks run side by side."""

from __future__ import annotations

import threading
import time

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tidegate.runners.spec_run.results import TaskResult

_MARKS = {
    "done": ("✓", "green"),
    "cached": ("↻", "cyan"),
    "failed": ("✗", "red"),
    "skipped": ("-", "dim"),
    "not run": ("·", "dim"),
}
_WORDS = {"skipped": "its condition does not hold"}


class LiveTasks:
    """A table of all tasks, redrawn in place; for terminals."""

    def __init__(self, console: Console) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskResult | float | None] = {}
        self._live = Live(
            get_renderable=self._table, console=console, refresh_per_second=8
        )

    def __enter__(self) -> LiveTasks:
        self._live.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._live.__exit__(None, None, None)

    def planned(self, tasks: list[str]) -> None:
        """Shows all tasks, none of them begun."""
        with self._lock:
            self._tasks = dict.fromkeys(tasks)

    def started(self, task: str) -> None:
        """Shows a task as running."""
        with self._lock:
            self._tasks[task] = time.monotonic()

    def ended(self, result: TaskResult) -> None:
        """Shows how a task ended."""
        with self._lock:
            self._tasks[result.task] = result

    def say(self, line: str) -> None:
        """Prints a line above the table."""
        self._live.console.print(Text(line, style="dim"), soft_wrap=True)

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column()
        table.add_column(justify="right")
        table.add_column()
        with self._lock:
            tasks = dict(self._tasks)
        for task, what in tasks.items():
            table.add_row(*_row(task, what))
        return table


def _row(task: str, what: TaskResult | float | None) -> tuple[Text, ...]:
    if what is None:
        return Text("·", "dim"), Text(task, "dim"), Text(""), Text("")
    if isinstance(what, float):
        passed = Text(f"{time.monotonic() - what:.0f} s")
        return (
            Text("▸", "yellow"),
            Text(task, "bold"),
            passed,
            Text("running", "yellow"),
        )
    mark, style = _MARKS[what.state]
    seconds = f"{what.seconds:.1f} s" if what.state in ("done", "failed") else ""
    name_style = "dim" if what.state in ("skipped", "not run") else ""
    return (
        Text(mark, style),
        Text(task, name_style),
        Text(seconds),
        Text(_word(what), style),
    )


def _word(result: TaskResult) -> str:
    return "" if result.state == "done" else _WORDS.get(result.state, result.state)


class PlainTasks:
    """One line a task; for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()

    def __enter__(self) -> PlainTasks:
        return self

    def __exit__(self, *details: object) -> None:
        return None

    def planned(self, tasks: list[str]) -> None:
        """Says how many tasks there are."""
        self.say(f"{len(tasks)} tasks")

    def started(self, task: str) -> None:
        """Says nothing: the task's end says it all."""

    def ended(self, result: TaskResult) -> None:
        """Prints how a task ended."""
        mark, word = _MARKS[result.state][0], _word(result)
        self.say(f"{mark} {result.task:<36} {result.seconds:6.1f} s  {word}".rstrip())

    def say(self, line: str) -> None:
        """Prints a line."""
        with self._lock:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class NoTasks:
    """Says nothing; for `--json`."""

    def __enter__(self) -> NoTasks:
        return self

    def __exit__(self, *details: object) -> None:
        return None

    def planned(self, tasks: list[str]) -> None:
        """Drops it."""

    def started(self, task: str) -> None:
        """Drops it."""

    def ended(self, result: TaskResult) -> None:
        """Drops it."""

    def say(self, line: str) -> None:
        """Drops it."""


def progress_for(console: Console, *, quiet: bool) -> LiveTasks | PlainTasks | NoTasks:
    """The progress that suits where `console` writes to."""
    if quiet:
        return NoTasks()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveTasks(console)
    return PlainTasks(console)
