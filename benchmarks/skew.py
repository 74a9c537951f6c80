"""Does a serving log of a day look like the training data of three months?

Usage: python benchmarks/skew.py [--cache DIR] [--sample 1.0] [--write]

Flights of three months are the training data, and each day of the month after them
is a serving log, clean and with faults of 22 kinds planted into 5 and 20 % of its
rows. The training data come as files of a day, as rows one after the other, and as
rows in random order. With --write the table goes to docs/benchmarks/skew.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from detecting.data_sets import load  # noqa: E402
from detecting.faults import KINDS, plant  # noqa: E402

from tidegate.columnar.dataset import Batch, Dataset, Part  # noqa: E402
from tidegate.columnar.held_dataset import HeldDataset  # noqa: E402
from tidegate.drift_tests.backtest import wilson  # noqa: E402
from tidegate.drift_tests.settings import DriftSettings  # noqa: E402
from tidegate.drift_tests.skew.against import Against, against_training  # noqa: E402
from tidegate.drift_tests.skew.check import judge  # noqa: E402
from tidegate.drift_tests.skew.wanted import SkewWanted  # noqa: E402
from tidegate.schema_life.seen_data import see  # noqa: E402

# First day of the training data, day after their last, and the day after the logs.
SEASONS = {
    "January to March, then April": (0, 90, 120),
    "April to June, then July": (90, 181, 212),
    "July to September, then October": (181, 273, 304),
    "September to November, then December": (243, 334, 365),
}
SHARES = (0.05, 0.2)
_EVERY = 5  # faults are planted into every fifth log
_PAGE = ROOT / "docs" / "benchmarks" / "skew.md"


@dataclass
class Counts:
    """What became of the logs of a month.

    Attributes:
        clean: For each clean log whether it alarmed.
        seen: By share of rows, for each faulty log whether it alarmed.
        named: For each fault in 20 % of rows whether its column came first.
    """

    clean: list[bool] = field(default_factory=list)
    seen: dict[float, list[bool]] = field(default_factory=dict)
    named: list[bool] = field(default_factory=list)

    def line(self, name: str, cut: str) -> str:
        """A line of the table."""
        low, high = wilson(sum(self.clean), len(self.clean))
        recall = " | ".join(f"{np.mean(self.seen[share]):.2f}" for share in SHARES)
        return (
            f"| {name} | {cut} | {sum(self.clean)} of {len(self.clean)} "
            f"({low:.0%} to {high:.0%}) | {recall} | {np.mean(self.named):.2f} |"
        )


def main() -> None:
    """Runs the benchmark and prints or writes its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "detection")
    parser.add_argument("--sample", type=float, default=1.0, help="part of each log")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    days = load("flights", given.cache).tables
    lines = list(_page(days, given.sample))
    if given.write:
        _PAGE.parent.mkdir(parents=True, exist_ok=True)
        _PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _page(days: Sequence[pa.Table], sample: float) -> Iterator[str]:
    began = time.monotonic()
    head = [
        "# Training-serving skew",
        "",
        " ".join(__doc__.split("\n\n", 2)[2].split("With --write")[0].split()),
        "",
        f"Each log is {sample:.0%} of the flights of its day. Promised are at most 5 % "
        "false alarms.",
        "",
        "| months | training data | false alarms (95 %) | recall at 5 % of rows | at "
        "20 % | column first |",
        "|---|---|---|---|---|---|",
    ]
    for line in head:
        print(line)
        yield line
    for name, (first, last, end) in SEASONS.items():
        for cut, held in _trainings(days[first:last]).items():
            counts = _counts(held, days[last:end], sample)
            line = counts.line(name, cut)
            print(line, flush=True)
            yield line
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)


def _trainings(days: Sequence[pa.Table]) -> dict[str, Dataset]:
    rows = pa.concat_tables(days)
    order = np.random.default_rng(0).permutation(rows.num_rows)
    return {
        "a file a day": _held(*days),
        "rows one after the other": _held(rows),
        "rows in random order": _held(rows.take(pa.array(order))),
    }


def _held(*tables: pa.Table) -> Dataset:
    """Tables as the files of a data set."""
    parts = [Part(f"{number:03d}") for number in range(len(tables))]
    batches = [Batch(one.combine_chunks(), part=n) for n, one in enumerate(tables)]
    return HeldDataset(parts, batches)


def _counts(training: Dataset, logs: Sequence[pa.Table], sample: float) -> Counts:
    counts = Counts(seen={share: [] for share in SHARES})
    draw = np.random.default_rng(1)
    past, against = see(training), None
    for day, whole in enumerate(logs):
        rows = draw.choice(whole.num_rows, int(sample * whole.num_rows), replace=False)
        log = whole.take(pa.array(np.sort(rows)))
        wanted = SkewWanted(_held(log), training)
        # Logs of a month are about as long: the first one's blocks do for all.
        against = against or against_training(wanted, see(wanted.serving), past)
        counts.clean.append(_alarm(log, against)[0])
        if day % _EVERY == 0:
            _plant(counts, log, against, day)
    return counts


def _plant(counts: Counts, log: pa.Table, against: Against, seed: int) -> None:
    for kind in KINDS:
        for share in SHARES:
            planted = plant(log, kind, share, seed)
            if planted is None:
                continue
            alarm, first = _alarm(planted.table, against)
            counts.seen[share].append(alarm)
            if planted.columns and share == SHARES[-1]:
                counts.named.append(first in planted.columns)


def _alarm(log: pa.Table, against: Against) -> tuple[bool, str]:
    """Whether a log alarms, and the first column of its ranking."""
    whole = replace(see(_held(log)).whole, pii=frozenset())
    decision, _ = judge(DriftSettings(), whole, against)
    ranking = decision.ranking
    return decision.alarm, ranking[0].column if ranking else ""


if __name__ == "__main__":
    main()
