"""Shows a run's progress: live on a terminal, a line an event elsewhere."""

from __future__ import annotations

import threading
import time

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tidegate.cli.how_far import HowFar, following
from tidegate.runners import events

HEARTBEAT_SECONDS = 30.0
PROGRESS_SECONDS = 10.0

_MARKS = {"done": ("✓", "green"), "cached": ("↻", "cyan"), "failed": ("✗", "red")}


class LiveProgress:
    """A table of all nodes, redrawn in place; for terminals."""

    def __init__(self, console: Console, pipeline: str) -> None:
        self._began = time.monotonic()
        self._pipeline = pipeline
        self._nodes: dict[str, events.NodeEnded | None] = {}
        self._running: tuple[str, float] | None = None
        self._far: HowFar | None = None
        self._live = Live(
            get_renderable=self._table, console=console, refresh_per_second=8
        )

    def __enter__(self) -> LiveProgress:
        self._live.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._running = None
        self._live.__exit__(None, None, None)

    def say(self, line: str) -> None:
        """Prints a line above the table."""
        self._live.console.print(Text(line, style="dim"), soft_wrap=True)

    def event(self, event: events.Event) -> None:
        """Takes in one event; the next redraw shows it."""
        if isinstance(event, events.Planned):
            self._nodes = dict.fromkeys(event.nodes)
        elif isinstance(event, events.NodeStarted):
            self._running, self._far = (event.node, time.monotonic()), None
        elif isinstance(event, events.NodeProgress):
            self._far = following(self._far, event)
        elif isinstance(event, events.NodeEnded):
            self._nodes[event.node] = event
            self._running = None

    def _table(self) -> RenderableType:
        if not self._nodes:
            passed = time.monotonic() - self._began
            return Text(f"· {self._pipeline}: loading TFX  {passed:.0f} s", style="dim")
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column()
        table.add_column(justify="right")
        table.add_column()
        for node, ended in self._nodes.items():
            table.add_row(*self._row(node, ended))
        return table

    def _row(self, node: str, ended: events.NodeEnded | None) -> tuple[Text, ...]:
        if ended is not None:
            mark, style = _MARKS[ended.state]
            seconds = Text(f"{ended.seconds:.1f} s")
            word = "" if ended.state == "done" else ended.state
            return Text(mark, style), Text(node), seconds, Text(word, style)
        if self._running and self._running[0] == node:
            seconds = Text(f"{time.monotonic() - self._running[1]:.0f} s")
            return (
                Text("▸", "yellow"),
                Text(node, "bold"),
                seconds,
                Text(self._far.text() if self._far else "running", "yellow"),
            )
        return Text("·", "dim"), Text(node, "dim"), Text(""), Text("")


class PlainProgress:
    """One line an event, and a sign of life for long nodes; for logs."""

    def __init__(self, console: Console, pipeline: str) -> None:
        self._console = console
        self._pipeline = pipeline
        self._what, self._since = "loading TFX", time.monotonic()
        self._far: HowFar | None = None
        self._told = 0.0
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._sign_of_life, daemon=True)

    def __enter__(self) -> PlainProgress:
        self.say(f"{self._pipeline}: loading TFX, some seconds")
        self._beat.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._stop.set()

    def event(self, event: events.Event) -> None:
        """Prints the event."""
        if isinstance(event, events.Planned):
            self.say(f"{self._pipeline}: {len(event.nodes)} components")
        elif isinstance(event, events.NodeStarted):
            self._what, self._since = event.node, time.monotonic()
            self._far, self._told = None, self._since
        elif isinstance(event, events.NodeProgress):
            self._far = following(self._far, event)
            if time.monotonic() - self._told >= PROGRESS_SECONDS:
                self._told = time.monotonic()
                self.say(f"  {event.node}: {self._far.text()}")
        elif isinstance(event, events.NodeEnded):
            state = "" if event.state == "done" else f"  {event.state}"
            mark = _MARKS[event.state][0]
            self.say(f"{mark} {event.node:<28} {event.seconds:6.1f} s{state}")

    def _sign_of_life(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            passed = time.monotonic() - self._since
            if passed >= HEARTBEAT_SECONDS and self._far is None:
                self.say(f"  {self._what} … {passed:.0f} s")

    def say(self, line: str) -> None:
        """Prints a line."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class NoProgress:
    """Says nothing; for `--json`."""

    def __enter__(self) -> NoProgress:
        return self

    def __exit__(self, *details: object) -> None:
        return None

    def event(self, event: events.Event) -> None:
        """Drops the event."""

    def say(self, line: str) -> None:
        """Drops the line."""


Progress = LiveProgress | PlainProgress | NoProgress


def progress_for(console: Console, pipeline: str, *, quiet: bool) -> Progress:
    """The progress that suits where `console` writes to."""
    if quiet:
        return NoProgress()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveProgress(console, pipeline)
    return PlainProgress(console, pipeline)
