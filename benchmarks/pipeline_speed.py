"""The flights pipeline of Tidegate against that of stock TFX, step by step.

Usage: python benchmarks/pipeline_speed.py [--rounds 3] [--only STEP,…] [--write]
Both run in processes of their own, one after the other in every round. What is
done is kept in .cache/bench, so that a stopped benchmark goes on where it was;
--fresh starts anew. With --write the table goes to
docs/benchmarks/pipeline-speed-STACK.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import execution_times
import timing
from check_speed import ROOT, flights

from tidegate import stack

STEPS = ("csv", "parquet", "statistics", "transform", "evaluator", "whole")
GOALS = dict(zip(STEPS, (12.0, 20.0, 15.0, 4.0, 15.0, 6.0), strict=True))
NEWER_STACK = 0.6
NAMES = {
    "csv": "ExampleGen from CSV",
    "parquet": "ExampleGen from Parquet",
    "statistics": "StatisticsGen",
    "transform": "Transform",
    "evaluator": "Evaluator",
    "whole": "whole run, start to pushed model",
}
NODES = {
    "csv": "ExampleGen",
    "parquet": "ExampleGen",
    "statistics": "StatisticsGen",
    "transform": "Transform",
    "evaluator": "Evaluator",
    "whole": "Pusher",
}
PEERS = ("stock", "tidegate")
CACHE = ROOT / ".cache" / "bench"
STALE_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Once:
    """One process of one peer in one round.

    Attributes:
        steps: Seconds of each node, by its class.
        seconds: Seconds of the process.
        cpu: Its processor time, in seconds.
        peak: Its largest resident size, in MB.
    """

    steps: dict[str, float]
    seconds: float
    cpu: float
    peak: float


def main() -> None:
    """Times both peers, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(STEPS), help=", ".join(STEPS))
    parser.add_argument("--fresh", action="store_true", help="forget what was done")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    steps = [step for step in STEPS if step in given.only.split(",")]
    if set(given.only.split(",")) - set(STEPS):
        parser.error(f"--only takes some of {', '.join(STEPS)}")
    text = report(steps, measured(steps, given.rounds, given.fresh), given.rounds)
    if given.write:
        timing.write(
            ROOT / "docs" / "benchmarks" / f"pipeline-speed-{named()}.md", text
        )
    else:
        print(text)


def measured(
    steps: list[str], rounds: int, fresh: bool
) -> dict[tuple[str, str], list[Once]]:
    """The rounds of each peer, by what they ran: "pipeline" or "parquet"."""
    CACHE.mkdir(parents=True, exist_ok=True)
    in_pipeline = [step for step in steps if step != "parquet"]
    until = NODES[in_pipeline[-1]] if in_pipeline else ""
    kinds = (["pipeline"] if in_pipeline else []) + ["parquet"] * ("parquet" in steps)
    kept = CACHE / f"pipeline-speed-{named()}.jsonl"
    if fresh or _is_stale(kept):
        kept.unlink(missing_ok=True)
    data = data_files()
    found: dict[tuple[str, str], list[Once]] = {}
    for number in range(1, rounds + 1):
        for kind in kinds:
            for peer in PEERS:
                key = [kind, peer, number, until if kind == "pipeline" else ""]
                done = _kept(kept, [*key, sources()])
                if done is None:
                    done = once(kind, peer, data[kind], until)
                    _keep(kept, [*key, sources()], done)
                _tell(kind, peer, number, done)
                found.setdefault((kind, peer), []).append(done)
    return found


def once(kind: str, peer: str, data: Path, until: str) -> Once:
    """One run of one peer, its output thrown away."""
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        work = Path(temporary)
        done = timing.run(command(kind, peer, data, until, work))
        steps = execution_times.seconds(work / "metadata.sqlite")
        if until == NODES["whole"] and kind == "pipeline":
            # Beside the versions there is Tidegate's ledger.
            pushed = [one for one in (work / "pushed").iterdir() if one.name.isdigit()]
            if len(pushed) != 1:
                raise RuntimeError(f"{peer} pushed {len(pushed)} models")
    return Once(steps, done.seconds, done.cpu, done.peak)


def command(kind: str, peer: str, data: Path, until: str, work: Path) -> list[str]:
    """What is started; the whole of Tidegate's pipeline as a person starts it."""
    script = str(ROOT / "benchmarks" / "pipeline_process.py")
    if kind == "parquet":
        where = data.parent if peer == "stock" else data
        return [sys.executable, script, f"{peer}-parquet", str(where), str(work)]
    if peer == "stock" or until != NODES["whole"]:
        return [sys.executable, script, peer, str(data), str(work), "--until", until]
    run = [sys.executable, "-m", "tidegate.cli.main", "run"]
    settings = ("epochs=1", "splits={train: 2, eval: 1}")
    return [
        *run,
        str(ROOT / "pipelines" / "flights"),
        f"--data={data}",
        f"--output={work}",
        *(f"--set={one}" for one in settings),
    ]


def data_files() -> dict[str, Path]:
    """All flights as one CSV file and as one Parquet file, in folders of their own."""
    csv_folder, parquet_folder = CACHE / "csv", CACHE / "parquet"
    data = csv_folder / "flights.csv"
    if not data.is_file():
        part = CACHE / "unfinished"
        flights(part)
        csv_folder.mkdir(exist_ok=True)
        os.replace(part / "flights.csv", data)
        shutil.rmtree(part)
    parquet = parquet_folder / "flights.parquet"
    if not parquet.is_file():
        parquet_folder.mkdir(exist_ok=True)
        _write_parquet(data, parquet)
    return {"pipeline": data, "parquet": parquet}


def _write_parquet(data: Path, parquet: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    # The stock executor takes no timestamps.
    as_text = pa.csv.ConvertOptions(column_types={"time_hour": pa.string()})
    table = pa.csv.read_csv(data, convert_options=as_text)
    part = parquet.with_suffix(".part")
    pa.parquet.write_table(table, part, row_group_size=50_000)
    os.replace(part, parquet)


def report(
    steps: list[str], found: dict[tuple[str, str], list[Once]], rounds: int
) -> str:
    """The page with the table."""
    size = data_files()["pipeline"].stat().st_size / 1e6
    factor = 1.0 if named() == stack.TFX_116.name else NEWER_STACK
    rows = []
    for step in steps:
        kind = "parquet" if step == "parquet" else "pipeline"
        stock, ours = (
            [_seconds(step, one) for one in found[kind, peer]] for peer in PEERS
        )
        ratio = statistics.median(stock) / statistics.median(ours)
        goal = GOALS[step] * factor
        verdict = "yes" if ratio >= goal else "no"
        row = [NAMES[step], spread(stock), spread(ours), f"{ratio:.1f}×"]
        rows.append([*row, f"{goal:.1f}×", verdict])
    header = [
        "step",
        "stock TFX, seconds",
        "Tidegate, seconds",
        "faster",
        "goal",
        "met",
    ]
    return (
        "# The flights pipeline: stock TFX and Tidegate\n\n"
        f"All flights of 2013, 336,776 rows, {size:.0f} MB of CSV; {date.today()}.\n"
        f"{timing.machine()}.\n"
        f"`make bench BENCH_ARGS='--rounds {rounds}'`: the two in turn, each run in a\n"
        "process of its own with nothing cached; median (smallest–largest).\n\n"
        + timing.table(header, rows)
        + "\n\n"
        + _resources(found)
        + "Seconds of a step are those from the start of its execution to the\n"
        "publishing of its outputs, as ML Metadata has them for both. Stock is\n"
        "CsvExampleGen, StatisticsGen, ImportSchemaGen, ExampleValidator, Transform,\n"
        "Trainer, Evaluator and Pusher in a LocalDagRunner on Beam's FnApiRunner.\n"
        "Tidegate's run has the 131 data tests and the two gates of the flights\n"
        "pipeline besides. Both split the examples by hash 2 : 1, train the same user\n"
        "code for one epoch, and judge the model on the same share of the examples.\n"
    )


def _resources(found: dict[tuple[str, str], list[Once]]) -> str:
    rows = [
        [
            f"{peer}, {kind}",
            spread([one.cpu for one in runs]),
            f"{max(one.peak for one in runs):,.0f}",
        ]
        for (kind, peer), runs in found.items()
    ]
    return timing.table(["process", "CPU seconds", "peak MB"], rows) + "\n\n"


def spread(held: list[float]) -> str:
    """`1.7 (1.6–1.9)`: median, smallest and largest."""
    middle, least, most = statistics.median(held), min(held), max(held)
    digits = 1 if middle >= 3 else 2
    return f"{middle:.{digits}f} ({least:.{digits}f}–{most:.{digits}f})"


def sources() -> str:
    """Digest of all that is timed: other code has other times."""
    digest = hashlib.sha256()
    for folder in ("components", "pipelines", "benchmarks", "schemas"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yaml", ".pbtxt"):
                digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def named() -> str:
    """Name of the stack."""
    current = stack.current()
    return current.name if current else "unknown"


def _seconds(step: str, one: Once) -> float:
    return one.seconds if step == "whole" else one.steps[NODES[step]]


def _is_stale(kept: Path) -> bool:
    # Rounds are to be of one time, when the machine was in one state.
    return kept.is_file() and time.time() - kept.stat().st_mtime > STALE_SECONDS


def _kept(file: Path, key: list[object]) -> Once | None:
    if not file.is_file():
        return None
    for line in file.read_text(encoding="utf-8").splitlines():
        noted = json.loads(line)
        if noted["key"] == key:
            return Once(**noted["once"])
    return None


def _keep(file: Path, key: list[object], done: Once) -> None:
    with open(file, "a", encoding="utf-8") as stream:
        print(json.dumps({"key": key, "once": asdict(done)}), file=stream)


def _tell(kind: str, peer: str, number: int, done: Once) -> None:
    steps = ", ".join(f"{n} {s:.1f}" for n, s in done.steps.items() if s >= 0.3)
    print(
        f"round {number}: {kind} {peer} {done.seconds:.1f} s, {done.cpu:.0f} s CPU, "
        f"{done.peak:,.0f} MB, load {os.getloadavg()[0]:.1f}: {steps}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
