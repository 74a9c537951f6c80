"""How long does a drift decision take in a wide table? From files to the answer.

Usage: python benchmarks/drift_scale.py [--columns 2000] [--spans 90] [--write]

The accepted spans are measured on a table made up of correlated numbers, whole
numbers and texts; a fresh process reads their files and decides on one more. With
--write the figures go to docs/benchmarks/drift-scale.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import timing

from tidegate.drift_tests.history import accept_span, write_summary
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.summary import FloatArray, SpanMeasures

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "drift-scale.md"
ROWS, FACTORS = 1_000, 40
HEAVY = ("tensorflow", "tfx", "apache_beam")
DECIDE = """
import resource, sys, time
from pathlib import Path
started = time.monotonic()
from tidegate.drift_tests.decide import decide
from tidegate.drift_tests.history import read_history, read_span
imported = time.monotonic()
history = read_history(sys.argv[1])
now = read_span(Path(sys.argv[2])).measures
read = time.monotonic()
decision = decide(history, now)
done = time.monotonic()
heavy = [name for name in sys.argv[3].split(",") if name in sys.modules]
assert not heavy, heavy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(imported - started, read - imported, done - read, len(history), peak)
"""


def main() -> None:
    """Makes the history, times three decisions, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=2_000)
    parser.add_argument("--spans", type=int, default=90)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, now, measuring = _history(given.columns, given.spans, Path(folder))
        rounds = [_decided(root, now) for _ in range(3)]
    imported, read, decided, spans, peak = (
        median(one) for one in zip(*rounds, strict=True)
    )
    header = ["columns", "accepted spans", "measuring one span", "imports"]
    header += ["reading the history", "deciding", "peak"]
    row = (
        f"{given.columns:,}",
        f"{spans:.0f}",
        f"{measuring:.1f} s",
        f"{imported:.1f} s",
        f"{read:.1f} s",
        f"{decided:.1f} s",
        f"{peak:.0f} MB",
    )
    text = (
        "# A drift decision in a wide table\n\n"
        f"Made by `python benchmarks/drift_scale.py {' '.join(sys.argv[1:])}` on "
        f"{timing.machine()}.\n\nMedians of three fresh processes; none of them loaded "
        f"{', '.join(HEAVY)}. {ROWS:,} rows a span.\n\n"
        f"{timing.table(header, [row])}\n"
    )
    if given.write:
        timing.write(PAGE, text)
    else:
        print(text)


def _history(columns: int, spans: int, folder: Path) -> tuple[Path, Path, float]:
    """Writes the accepted spans and the one to judge; seconds to measure one."""
    draw = np.random.default_rng(0)
    weights = draw.normal(size=(FACTORS, columns)) / np.sqrt(FACTORS)
    begun = time.process_time()
    first = measure_table(_table(draw, weights), "day-0000")
    measuring = time.process_time() - begun
    for number in range(spans + 1):
        span = _varied(first, number, draw)
        if number < spans:
            accept_span(str(folder / "history"), span, by="bench", reason="made up")
        else:
            write_summary(span, folder / "now.parquet", "passed")
    return folder / "history", folder / "now.parquet", measuring


def _table(draw: np.random.Generator, weights: FloatArray) -> pa.Table:
    """Columns that go together: numbers, whole numbers, and texts of few values."""
    columns = weights.shape[1]
    values = draw.normal(size=(ROWS, FACTORS)) @ weights
    values += draw.normal(scale=0.5, size=values.shape)
    letters = np.array(list("abcdefgh"))
    made: dict[str, pa.Array] = {}
    for place in range(columns):
        column = values[:, place]
        if place % 5 == 0:
            codes = np.clip(column * 2 + 4, 0, 7).astype(int)
            made[f"c{place}"] = pa.array(letters[codes])
        elif place % 5 == 1:
            made[f"c{place}"] = pa.array(np.rint(column * 10).astype(np.int64))
        else:
            made[f"c{place}"] = pa.array(column)
    return pa.table(made)


def _varied(
    first: SpanMeasures, number: int, draw: np.random.Generator
) -> SpanMeasures:
    """The measures as another day would have had them: a twentieth up or down."""

    def around(values: FloatArray) -> FloatArray:
        return np.asarray(values * draw.normal(1, 0.05, values.shape))

    return replace(
        first,
        name=f"day-{number:04d}",
        span=number,
        start=date(2020, 1, 1) + timedelta(number),
        matrix=around(first.matrix),
        pairs=replace(first.pairs, values=around(first.pairs.values)),
    )


def _decided(root: Path, now: Path) -> list[float]:
    command = [sys.executable, "-c", DECIDE, str(root), str(now), ",".join(HEAVY)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(part) for part in told.split()]


if __name__ == "__main__":
    main()
