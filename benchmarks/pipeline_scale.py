"""How time and memory of the columnar components grow with the rows.

Usage: python benchmarks/pipeline_scale.py [--sizes 1,8,64] [--write]
Sixty-four times the flights are 2 GB of CSV, and 12 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import timing
from check_speed import ROOT, flights
from pipeline_speed import named

NODES = ("ExampleGen", "StatisticsGen", "Transform", "Evaluator")
ROWS = 336_776
MOST_TIMES = 70 / 64
MOST_PEAK = 2e9 / (1 << 20)
FIRST_YEAR = 1950


@dataclass(frozen=True)
class Size:
    """What one size took.

    Attributes:
        times: How many times the rows of the flights.
        seconds: Seconds of each node.
        peaks: Largest resident size while each node ran, in MiB.
    """

    times: int
    seconds: dict[str, float]
    peaks: dict[str, float]


def main() -> None:
    """Times the sizes one after the other, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,8,64")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    cache = ROOT / ".cache" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        folder = Path(temporary)
        data = flights(folder / "data")
        model = _model(data, folder / "training")
        sizes = [
            _once(data, int(times), model, folder) for times in given.sizes.split(",")
        ]
    text = report(sizes)
    if given.write:
        name = f"pipeline-scale-{named()}.md"
        timing.write(ROOT / "docs" / "benchmarks" / name, text)
    else:
        print(text)


def _model(data: Path, work: Path) -> Path:
    """A model of the flights, trained once."""
    script = [sys.executable, "-m", "tidegate.cli.main", "run"]
    pipeline = str(ROOT / "pipelines" / "flights")
    settings = ["--set=epochs=1", f"--data={data}", f"--output={work}"]
    timing.run([*script, pipeline, *settings])
    (trained,) = (work / "artifacts" / "Trainer" / "model").iterdir()
    return trained


def _once(data: Path, times: int, model: Path, folder: Path) -> Size:
    work = folder / f"times-{times}"
    work.mkdir()
    many = work / "flights.csv"
    repeat(data, many, times)
    script = str(ROOT / "benchmarks" / "pipeline_process.py")
    run = [sys.executable, script, "scale", str(many), str(work / "run")]
    done = timing.run([*run, "--model", str(model)])
    lines = (work / "run" / "nodes.jsonl").read_text(encoding="utf-8").splitlines()
    noted = [json.loads(line) for line in lines]
    shutil.rmtree(work)
    size = Size(
        times,
        {one["node"]: one["seconds"] for one in noted if one["node"] in NODES},
        {one["node"]: one["peak"] for one in noted if one["node"] in NODES},
    )
    print(
        f"×{times}: {done.seconds:.0f} s, {done.cpu:.0f} s CPU, {done.peak:,.0f} MB, "
        f"load {os.getloadavg()[0]:.1f}: {size.seconds}",
        file=sys.stderr,
        flush=True,
    )
    return size


def repeat(data: Path, to: Path, times: int) -> None:
    """Writes the rows once for each year, so that no row is there twice."""
    header, body = data.read_bytes().split(b"\n", 1)
    lines = b"\n" + body.rstrip(b"\n")
    with open(to, "wb") as stream:
        stream.write(header)
        for number in range(times):
            stream.write(lines.replace(b"\n2013,", b"\n%d," % (FIRST_YEAR + number)))
        stream.write(b"\n")


def report(sizes: list[Size]) -> str:
    """The page with the table."""
    header = ["rows", *(f"{node}, s (peak MiB)" for node in NODES), "all, s"]
    rows = [
        [
            f"{one.times * ROWS:,}",
            *(f"{one.seconds[n]:.1f} ({one.peaks[n]:,.0f})" for n in NODES),
            f"{sum(one.seconds.values()):.1f}",
        ]
        for one in sizes
    ]
    first, last = sizes[0], sizes[-1]
    more = last.times / first.times
    ratios = {n: last.seconds[n] / first.seconds[n] for n in NODES}
    limit = MOST_TIMES * more
    whole = sum(last.seconds.values()) / sum(first.seconds.values())
    peak = max(max(one.peaks.values()) for one in sizes)
    said = ", ".join(f"{node} {ratio:.0f}×" for node, ratio in ratios.items())
    met = "yes" if whole < limit and peak < MOST_PEAK else "no"
    return (
        "# How the columnar components grow with the rows\n\n"
        f"{date.today()}; {timing.machine()}.\n"
        "`make bench-scale`; one run of each size, all components in one process,\n"
        "with a model that was trained before. The peak is that of the process while\n"
        "the component ran, TensorFlow and TFX among it.\n\n"
        + timing.table(header, rows)
        + f"\n\n{more:.0f} times the rows take {whole:.1f} times the time ({said});\n"
        f"fewer than {limit:.0f} times are the goal, and less than 2 GB: {met}.\n"
    )


if __name__ == "__main__":
    main()
