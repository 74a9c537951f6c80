"""`tidegate check` against stock TFX on the same file, in turn in one run.

Usage: python benchmarks/check_speed.py [--rounds 3] [--write]
Both start as a process of their own; what is timed is from its start to its end.
With --write the table goes to docs/benchmarks/check-speed-STACK.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

import timing

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.flights.data import read_source  # noqa: E402

from tidegate import stack  # noqa: E402

SCHEMA = ROOT / "schemas" / "flights" / "schema.pbtxt"
SUITE = ROOT / "schemas" / "flights" / "data_tests.yaml"


def flights(folder: Path) -> Path:
    """All flights in one CSV file, missing cells empty."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "flights.csv"
    source = read_source().replace(b"\r", b"")
    lines = [
        b",".join(b"" if cell == b"NA" else cell for cell in line.split(b","))
        for line in source.split(b"\n")
    ]
    path.write_bytes(b"\n".join(lines))
    return path


def main() -> None:
    """Times both, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = flights(folder / "data")
        found = timing.in_turn(
            {
                "stock": lambda: _stock(data, folder),
                "check": lambda: _check(data, "--schema", str(SCHEMA)),
                "check with tests": lambda: _check(
                    data, "--schema", str(SCHEMA), "--tests", str(SUITE)
                ),
            },
            given.rounds,
        )
        size = data.stat().st_size / 1e6
    stock = timing.median(found["stock"])
    rows = [
        [
            name,
            timing.spread(runs),
            timing.peak(runs),
            f"{stock / timing.median(runs):.0f}×",
        ]
        for name, runs in found.items()
    ]
    current = stack.current()
    text = (
        "# Verdict on a file: stock TFX and `tidegate check`\n\n"
        f"flights.csv, 336,776 rows, {size:.0f} MB; {date.today()}.\n"
        f"{timing.machine()}.\n"
        f"`python benchmarks/check_speed.py --rounds {given.rounds}`: process start\n"
        "to exit, the peers in turn; seconds are median (smallest–largest).\n\n"
        "Stock is CsvExampleGen, StatisticsGen, SchemaGen and ExampleValidator in a\n"
        "LocalDagRunner. `check` gives the schema's verdict; `check with tests` runs\n"
        "the flights suite besides, which stock has nothing like.\n\n"
        + timing.table(["", "seconds", "peak MB", "faster"], rows)
        + "\n"
    )
    name = f"check-speed-{current.name if current else 'unknown'}.md"
    if given.write:
        timing.write(ROOT / "docs" / "benchmarks" / name, text)
    else:
        print(text)


def _stock(data: Path, folder: Path) -> timing.Run:
    with tempfile.TemporaryDirectory(dir=folder) as work:
        script = str(ROOT / "benchmarks" / "stock_validation.py")
        return timing.run([sys.executable, script, str(data.parent), work])


def _check(data: Path, *against: str) -> timing.Run:
    command = [sys.executable, "-m", "tidegate.cli.main", "check", str(data)]
    # Against the schema and the tests only: stock knows no accepted spans.
    return timing.run([*command, *against])


if __name__ == "__main__":
    main()
