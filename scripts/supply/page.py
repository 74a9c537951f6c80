"""The table of known advisories in SECURITY.md, written from the reviewed entries."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from supply import advisories
from supply.advisories import Entry
from tidegate.errors import ComponentError, ExitCode

PAGE = "SECURITY.md"
BEGIN = "<!-- written by `make advisories` from requirements/advisories.yaml -->"
HEADS = (
    "lock",
    "package",
    "advisory",
    "what it is",
    "why it is here",
    "how it is contained",
    "what that does not cover",
)
END = "<!-- end of advisories -->"


def write(root: Path, check: bool = False) -> int:
    """Writes the table into the page; with `check` only tells whether it is stale."""
    path = root / PAGE
    old = path.read_text(encoding="utf-8")
    new = with_table(old, advisories.read(root / advisories.PATH).advisories)
    if check:
        if old != new:
            print(f"✗ {PAGE} is older than {advisories.PATH}; run `make advisories`")
        return ExitCode.OK if old == new else ExitCode.TESTS_FAILED
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(new, encoding="utf-8")
    os.replace(temporary, path)
    print(f"✓ {PAGE}", file=sys.stderr)
    return ExitCode.OK


def with_table(text: str, entries: Iterable[Entry]) -> str:
    """The page's text with the table of today's entries between the two marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ComponentError(
            "the page has no place for the table",
            where=PAGE,
            fix=f"add the lines {BEGIN!r} and {END!r}",
        )
    return f"{before}{BEGIN}\n\n{table(entries)}\n{END}{after}"


def table(entries: Iterable[Entry]) -> str:
    """A table of the entries, by lock and package."""
    rows = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for entry in sorted(entries, key=lambda one: (one.locks, one.packages, one.id)):
        cells = (
            ", ".join(entry.locks),
            ", ".join(entry.packages),
            "<br>".join(sorted(entry.ids)),
            entry.what,
            entry.inherited,
            f"{entry.contained} ({_evidence(entry)})",
            entry.limit,
        )
        words = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
        rows.append(f"| {' | '.join(words)} |")
    return "\n".join(rows) + "\n"


def _evidence(entry: Entry) -> str:
    return ", ".join(f"[{Path(path).name}]({path})" for path in entry.evidence)
