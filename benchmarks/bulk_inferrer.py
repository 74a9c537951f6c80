"""Tidegate's BulkInferrer against that of stock TFX, on the flights and their model.

Usage: python benchmarks/bulk_inferrer.py [--rounds 3] [--months 1,2] [--write]
The flights pipeline makes examples and a model first; `--run` takes those of a run
that is there. Then both predict for all examples, one after the other in every
round, each in a process of its own, and their logs are held against each other.
`--months 1 --rounds 1` is a quick look.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import execution_times
import timing

from tidegate import stack
from tidegate.columnar.tf_record import read_records

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.flights.data import MONTHS, write_months  # noqa: E402

PEERS = {"stock": "stock TFX", "tidegate": "Tidegate"}
OUTPUT = "probability"
# Batches of other sizes add up in another order, in the last of seven digits.
MOST_APART = 1e-5
Logs = dict[bytes, list[float]]


@dataclass(frozen=True)
class Once:
    """One process of one peer.

    Attributes:
        step: Seconds of the BulkInferrer.
        process: The process, from its start to its end.
        load: Processes that ran on the machine in the last minute, on average.
    """

    step: float
    process: timing.Run
    load: float


@dataclass(frozen=True)
class Agreement:
    """How the predictions of the two agree.

    Attributes:
        rows: Rows that both predicted for.
        equal: Rows with the same prediction, bit by bit.
        apart: Largest difference of two predictions.
    """

    rows: int
    equal: int
    apart: float


def main() -> None:
    """Times both, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--months", type=_months, default=tuple(MONTHS))
    parser.add_argument("--run", type=Path, help="folder of a run to take both from")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    cache = ROOT / ".cache" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        folder = Path(temporary)
        run = given.run or trained(given.months, folder / "run")
        found: dict[str, list[Once]] = {peer: [] for peer in PEERS}
        agreed = [
            one_round(run, folder / str(number), found)
            for number in range(1, given.rounds + 1)
        ]
    text = page(found, agreed, _asked(given))
    if given.write:
        current = stack.current()
        name = f"bulk-inferrer-{current.name if current else 'unknown'}.md"
        timing.write(ROOT / "docs" / "benchmarks" / name, text)
    else:
        print(text)


def trained(months: Sequence[int], work: Path) -> Path:
    """A run of the flights pipeline."""
    write_months(work / "data", months=months)
    run = [sys.executable, "-m", "tidegate.cli.main", "run"]
    settings = ["--set=epochs=1", f"--data={work / 'data' / '*.csv'}"]
    pipeline = str(ROOT / "pipelines" / "flights")
    timing.run([*run, pipeline, *settings, f"--output={work}"])
    return work


def one_round(run: Path, work: Path, found: dict[str, list[Once]]) -> Agreement:
    """Both peers once, and how they agree; the times are added to those found."""
    artifacts = run / "artifacts"
    (model,) = (artifacts / "Trainer" / "model").iterdir()
    (examples,) = (artifacts / "ExampleGen" / "examples").iterdir()
    script = str(ROOT / "benchmarks" / "bulk_inferrer_process.py")
    logs: dict[str, Logs] = {}
    for peer, held in found.items():
        asked = [peer, str(model), str(examples), str(work / peer)]
        done = timing.run([sys.executable, script, *asked])
        step = execution_times.seconds(work / peer / "metadata.sqlite")["BulkInferrer"]
        held.append(Once(step, done, os.getloadavg()[0]))
        print(
            f"{peer}: {step:.1f} s, process {done.seconds:.1f} s, "
            f"{done.peak:,.0f} MB, load {held[-1].load:.1f}",
            file=sys.stderr,
            flush=True,
        )
        logs[peer] = read_logs(work / peer / "artifacts")
    return agreement(*logs.values())


def read_logs(artifacts: Path) -> Logs:
    """The predictions of a peer's logs, by the example that each is for."""
    import tensorflow as tf
    from tensorflow_serving.apis import (  # type: ignore[import-untyped]
        prediction_log_pb2,
    )

    found: Logs = defaultdict(list)
    for record in _records(artifacts):
        log = prediction_log_pb2.PredictionLog.FromString(record).predict_log
        (given,) = log.request.inputs.values()
        # Maps in a message have no order, and the stock component makes it anew.
        example = tf.train.Example.FromString(given.string_val[0])
        prediction = tf.make_ndarray(log.response.outputs[OUTPUT])
        key = example.SerializeToString(deterministic=True)
        found[key].append(float(prediction.item()))
    return found


def _records(artifacts: Path) -> Iterator[bytes]:
    for file in sorted(artifacts.glob("BulkInferrer/inference_result/*/*.gz")):
        yield from read_records(file)


def agreement(first: Logs, second: Logs) -> Agreement:
    """How two peers' predictions agree.

    Raises:
        RuntimeError: They are for other examples, or too far apart.
    """
    counts = [{key: len(held) for key, held in one.items()} for one in (first, second)]
    if counts[0] != counts[1] or not counts[0]:
        raise RuntimeError("the two did not predict for the same examples")
    pairs = [
        pair
        for key, held in first.items()
        for pair in zip(sorted(held), sorted(second[key]), strict=True)
    ]
    apart = max(abs(one - other) for one, other in pairs)
    if not apart <= MOST_APART:
        raise RuntimeError(f"two predictions are {apart} apart")
    return Agreement(len(pairs), sum(one == other for one, other in pairs), apart)


def page(found: dict[str, list[Once]], agreed: list[Agreement], asked: str) -> str:
    """The page with the table, and what was asked for."""
    rows = [
        [
            name,
            _spread([one.step for one in found[peer]]),
            timing.spread([one.process for one in found[peer]]),
            _spread([one.process.cpu for one in found[peer]]),
            timing.peak([one.process for one in found[peer]]),
        ]
        for peer, name in PEERS.items()
    ]
    stock, ours = (statistics.median(one.step for one in found[p]) for p in PEERS)
    loads = [one.load for held in found.values() for one in held]
    least = min(agreed, key=lambda one: one.equal)
    header = ["peer", "BulkInferrer, seconds", "process, seconds", "CPU seconds"]
    return (
        "# BulkInferrer: stock TFX and Tidegate\n\n"
        f"{least.rows:,} flights; {date.today()}.\n"
        f"{timing.machine()}.\n"
        f"`python benchmarks/bulk_inferrer.py {asked}`: the two in turn\n"
        "on the same model and examples, each run in a process of its own with\n"
        "nothing cached; median (smallest–largest). The load of the machine was\n"
        f"{min(loads):.1f} to {max(loads):.1f} when a process had ended.\n\n"
        + timing.table([*header, "peak MB"], rows)
        + f"\n\nTidegate's is {stock / ours:.1f} times as fast. "
        f"In every round both predicted\nfor the same {least.rows:,} rows; "
        f"{least.equal:,} predictions or more were the same\nbit by bit, and the "
        f"others about {max(one.apart for one in agreed):.1g} apart at most.\n\n"
        "Seconds of a BulkInferrer are those from the start of its execution to the\n"
        "publishing of its outputs, as ML Metadata has them for both. Stock runs in a\n"
        "LocalDagRunner on Beam's FnApiRunner and writes logs; Tidegate's runs in\n"
        "`tidegate`'s local runner and writes the same logs, and Parquet with keys.\n"
    )


def _spread(held: Sequence[float]) -> str:
    return f"{statistics.median(held):.1f} ({min(held):.1f}–{max(held):.1f})"


def _asked(given: argparse.Namespace) -> str:
    asked = f"--rounds {given.rounds}"
    if given.run:
        return f"{asked} --run …"
    months = ",".join(map(str, given.months))
    return asked + (f" --months {months}" if len(given.months) < len(MONTHS) else "")


def _months(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(word) for word in text.split(",")}))


if __name__ == "__main__":
    main()
