"""How time and memory of `tidegate check` grow with rows and with columns.

Usage: python benchmarks/check_scale.py [--write]
Twenty million rows take 1.9 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import timing
from check_speed import ROOT, SUITE, flights

YEARS = (1, 8, 60)
WIDE = ((2_000, 20_000), (10_000, 5_000))
SEED = 7


def main() -> None:
    """Times the sizes one after the other, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rows = [*_tall(Path(temporary)), *_wide(Path(temporary))]
    text = (
        "# How a check grows with rows and columns\n\n"
        f"{date.today()}; {timing.machine()}.\n"
        "`python benchmarks/check_scale.py`; process start to exit, one run each.\n\n"
        "The tall files are flights of several years, with all tests of the flights\n"
        "suite; the wide ones whole numbers, with a range test on each of the first\n"
        "2,000 columns.\n\n"
        + timing.table(
            ["rows", "columns", "MB", "seconds", "µs a row", "peak MB"], rows
        )
        + "\n"
    )
    if given.write:
        timing.write(ROOT / "docs" / "benchmarks" / "check-scale.md", text)
    else:
        print(text)


def _tall(folder: Path) -> Iterator[list[str]]:
    header, body = flights(folder).read_bytes().split(b"\n", 1)
    suite = folder / "suite.yaml"
    # Leap years have a day that 2013 does not have.
    text = SUITE.read_text().replace("longest: 12h", "longest: 48h")
    text = text.replace("as date))) > 1", "as date))) > 2")
    text = text.replace("file: routes.csv", f"file: {SUITE.with_name('routes.csv')}")
    window = "from: 1950-01-01, to: 2010-01-01"
    text = text.replace("from: 2013-01-01, to: 2014-01-01", window)
    suite.write_text(text.replace("low: 2013, high: 2013", "low: 1950, high: 2009"))
    for years in YEARS:
        data = folder / f"flights-{years}.csv"
        with open(data, "wb") as stream:
            stream.write(header + b"\n")
            for number in range(years):
                year = b"%d" % (1950 + number)
                lines = b"\n" + body.rstrip(b"\n")
                lines = lines.replace(b"\n2013,", b"\n" + year + b",")
                # The last evening of a year is next year's by UTC.
                for old, new in ((2014, 1951 + number), (2013, 1950 + number)):
                    lines = lines.replace(b",%d-" % old, b",%d-" % new)
                stream.write(lines[1:] + b"\n")
        yield _line(data, 336_776 * years, header.count(b",") + 1, suite)
        data.unlink()


def _wide(folder: Path) -> Iterator[list[str]]:
    generator = np.random.default_rng(SEED)
    suite = folder / "wide.yaml"
    tests = (f"  - between: {{column: c{n}, low: 0, high: 999}}" for n in range(2_000))
    suite.write_text("dataset: wide\ntests:\n" + "\n".join(tests) + "\n")
    for columns, rows in WIDE:
        data = folder / "wide.csv"
        with open(data, "w", encoding="ascii") as stream:
            stream.write(",".join(f"c{n}" for n in range(columns)) + "\n")
            for _ in range(rows):
                numbers = generator.integers(0, 1000, columns)
                stream.write(",".join(map(str, numbers)) + "\n")
        yield _line(data, rows, columns, suite)
        data.unlink()


def _line(data: Path, rows: int, columns: int, suite: Path) -> list[str]:
    command = [sys.executable, "-m", "tidegate.cli.main", "check", str(data)]
    done = timing.run([*command, "--tests", str(suite)])
    print(f"{data.name}: {done.seconds:.1f} s, load {os.getloadavg()[0]:.1f}")
    return [
        f"{rows:,}",
        f"{columns:,}",
        f"{data.stat().st_size / 1e6:,.0f}",
        f"{done.seconds:.1f}",
        f"{1e6 * done.seconds / rows:.1f}",
        f"{done.peak:,.0f}",
    ]


if __name__ == "__main__":
    main()
