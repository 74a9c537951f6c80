"""A test report in the terminal: the verdict, what broke, where, what next.

Every value is shown as plain text: brackets are no markup and control
characters are made visible. Where the output cannot show "✗", it says "x".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tidegate.report import wording
from tidegate.report.model import RowSample, TestReport, TestResult

_ASCII = str.maketrans(
    {"✗": "x", "✓": "+", "·": "-", "…": "...", "–": "-", "≤": "<=", "×": "x"}
)
_WIDE = 110  # columns from which places stand beside the evidence
_WIDEST = 150  # columns from which the test's place in its suite does too
_MOST_RESULTS = 20
_MOST_ENDING = 5
_LONGEST_VALUE = 24
_LONGEST_TEXT = 160


def render(
    report: TestReport,
    *,
    page: Path | str | None = None,
    rows_file: Path | str | None = None,
    most_rows: int = 5,
) -> RenderableType:
    """The report for `console.print`, fitted to its width and encoding.

    Args:
        report: Any test report, passed or not.
        page: Where its HTML page is; None leaves the line out.
        rows_file: Where all failing rows are; None leaves the line out.
        most_rows: Failing rows to show as a table; 0 shows none.
    """
    return _Verdict(report, page, rows_file, most_rows)


@dataclass(frozen=True)
class _Verdict:
    report: TestReport
    page: Path | str | None
    rows_file: Path | str | None
    most_rows: int

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        write = _Writer(options.ascii_only, options.max_width)
        report = self.report
        sign, colour = ("✓", "green") if report.passed else ("✗", "red")
        yield write.text(f"{sign} {wording.headline(report)}", f"bold {colour}")
        yield from write.results(report.failed, "bold red")
        yield from write.results(report.warned, "bold yellow", "warned")
        yield from write.results(report.waived, "dim", "waived")
        if not report.passed:
            yield from write.rows(report.failed, self.most_rows)
        yield from self._links(write)

    def _links(self, write: _Writer) -> Iterator[RenderableType]:
        """Where the rest is and what to do; for an open gate only what matters."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        shut = not self.report.passed
        if shut and self.rows_file is not None and self.report.failing_rows:
            count = f" ({self.report.failing_rows:,})"
            grid.add_row("rows", write.text(_relative(self.rows_file) + count))
        if quarantined := wording.quarantined(self.report):
            path = self.report.quarantine
            told = f"{_relative(path)} ({quarantined})" if path else quarantined
            grid.add_row("quarantine", write.text(told))
        if shut and self.page is not None:
            grid.add_row("page", write.text(_relative(self.page)))
        for number, line in enumerate(wording.skipped(self.report)):
            grid.add_row("" if number else "skipped", write.text(line, "dim"))
        for number, line in enumerate(wording.ending(self.report)[:_MOST_ENDING]):
            grid.add_row("" if number else "soon", write.text(line, "yellow"))
        for number, fix in enumerate(wording.fixes(self.report)):
            grid.add_row("" if number else "next", write.text(fix))
        if grid.row_count:
            yield Text()
            yield Padding(grid, (0, 0, 0, 2))


@dataclass(frozen=True)
class _Writer:
    """Makes text that the output can show, within its width."""

    ascii_only: bool
    width: int

    def text(self, plain: str, style: str = "") -> Text:
        safe = wording.printable(plain)
        if self.ascii_only:
            safe = safe.translate(_ASCII).encode("ascii", "backslashreplace").decode()
        return Text(safe, style=style, overflow="fold")

    def results(
        self, results: Sequence[TestResult], style: str, title: str | None = None
    ) -> Iterator[RenderableType]:
        if not results:
            return
        yield Text()
        if title:
            yield self.text(f"  {title}", "bold")
        wide = self.width >= _WIDE
        grid = Table.grid(padding=(0, 3, 0, 0))
        for ratio in (2, 3, 3, 3) if wide else (2, 3, 4):
            grid.add_column(overflow="fold", max_width=self.width * ratio // 10)
        for result in results[:_MOST_RESULTS]:
            grid.add_row(*self._cells(result, style, wide))
        yield Padding(grid, (0, 0, 0, 2))
        hidden = len(results) - _MOST_RESULTS
        if hidden > 0:
            yield self.text(f"  … and {hidden:,} more; the page has all of them", "dim")

    def _cells(self, result: TestResult, style: str, wide: bool) -> list[Text]:
        """Subject, rule, evidence; the notes beside it, or under it."""
        told = [result.subject, wording.expectation(result)]
        told = [wording.printable(text, _LONGEST_TEXT) for text in told]
        told.append(wording.observed(result, _LONGEST_TEXT))
        # What is waived is dim as a whole: it asks for nothing today.
        styles = [style] * 3 if style == "dim" else [style, "", ""]
        cells = [self.text(t, s) for t, s in zip(told, styles, strict=True)]
        notes = [self.text(note, "dim") for note in self._notes(result)]
        if wide:
            return [*cells, _stacked(notes)]
        return [*cells[:2], _stacked([cells[2], *notes])]

    def _notes(self, result: TestResult) -> Iterator[str]:
        """What stands beside the evidence, or under it where that is narrow."""
        if places := wording.places(result.sample, result.failing_rows):
            yield places
        if result.waiver is not None:
            expired = result.waiver.state == "expired"
            yield f"{'waiver: ' if expired else ''}{wording.waiver(result.waiver)}"
        if result.source and self.width >= _WIDEST:
            yield result.source

    def rows(
        self, results: Sequence[TestResult], most: int
    ) -> Iterator[RenderableType]:
        """The first failing rows, one test after the other in turn."""
        chosen = list(_in_turn(results, most))
        if not chosen:
            return
        names = self._that_fit(chosen)
        table = Table(
            box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False
        )
        table.add_column("row", no_wrap=True, overflow="fold")
        for name in names:
            table.add_column(self.text(name), no_wrap=True, overflow="ellipsis")
        for row, result in chosen:
            values = [
                self.text(
                    _value(row, name), "bold red" if name in _columns(result) else ""
                )
                for name in names
            ]
            table.add_row(self.text(str(row.place), "dim"), *values)
        yield Text()
        yield Padding(table, (0, 0, 0, 2))

    def _that_fit(self, chosen: Sequence[tuple[RowSample, TestResult]]) -> list[str]:
        """Columns for the table of rows: the blamed first, as many as fit."""
        held = dict.fromkeys(name for row, _ in chosen for name in row.values)
        blamed = dict.fromkeys(
            name for _, result in chosen for name in _columns(result)
        )
        order = [
            *(n for n in blamed if n in held),
            *(n for n in held if n not in blamed),
        ]
        left = self.width - 2 - max(len(str(row.place)) for row, _ in chosen)
        fitting: list[str] = []
        for name in order:
            need = 3 + max(len(name), *(len(_value(row, name)) for row, _ in chosen))
            if need > left and fitting:
                continue
            left -= need
            fitting.append(name)
        return fitting


def _in_turn(
    results: Sequence[TestResult], most: int
) -> Iterator[tuple[RowSample, TestResult]]:
    """The first row of each test, then the second of each, no row twice."""
    seen: set[str] = set()
    deepest = max((len(result.sample) for result in results), default=0)
    for depth in range(deepest):
        for result in results:
            if depth < len(result.sample) and len(seen) < most:
                row = result.sample[depth]
                if str(row.place) not in seen:
                    seen.add(str(row.place))
                    yield row, result


def _stacked(lines: Sequence[Text]) -> Text:
    """The texts under one another in one cell."""
    return Text("\n", overflow="fold").join(lines)


def _value(row: RowSample, name: str) -> str:
    return wording.printable(row.values.get(name, ""), _LONGEST_VALUE)


def _columns(result: TestResult) -> list[str]:
    """The columns that a test is about: its subject, or the parts of it."""
    return [part.strip() for part in result.subject.split(",")]


def _relative(path: Path | str) -> str:
    """The path from the working directory where that is shorter."""
    if "://" in str(path):
        return str(path)
    try:
        near = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return near if len(near) < len(str(path)) else str(path)
