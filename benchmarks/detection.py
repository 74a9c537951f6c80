"""Do drift detectors see faults, and how often do they cry wolf? Side by side.

Usage: python benchmarks/detection.py [--data flights …] [--onsets 40] [--seeds 5]
           [--ramps 6] [--slow 10] [--jobs 2] [--only-slow] [--kept] [--write]

Every span is judged by those before it alone, as on its day. Faults of 22 kinds are
planted into some of them, in 1, 5, 20 and 50 % of the rows. Data and the other
tools are fetched on the first run. With --write the tables go to
docs/benchmarks/detection.md; what was measured is kept as Parquet beside the data,
and --kept makes the tables of that again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import timing  # noqa: E402
from detecting import tables  # noqa: E402
from detecting.data_sets import load, names  # noqa: E402
from detecting.faults import KINDS  # noqa: E402
from detecting.figures import Figures, figures  # noqa: E402
from detecting.sweep import Plan, Run, run  # noqa: E402

from tidegate.columnar.parquet_file import read_parquet, write_parquet  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks" / "detection.md"
CACHE = ROOT / ".cache" / "detection"


def main() -> None:
    """Runs the comparison and prints its tables."""
    given = _parsed()
    plan = Plan("", given.cache, given.onsets, given.seeds, given.ramps, given.slow)
    plan = replace(plan, jobs=given.jobs, quick=not given.only_slow)
    chosen = given.data or names()
    lines: list[str] = []
    told: list[tuple[str, list[Figures]]] = []
    for name in chosen:
        begun = time.monotonic()
        mine = plan if name == "flights" or given.data else _smaller(plan)
        kept = given.cache / "runs" / f"{name}.parquet"
        if given.kept and not kept.exists():
            print(f"{name}: nothing is kept of it", file=sys.stderr)
            continue
        runs = _read(kept) if given.kept else _runs(replace(mine, data=name))
        if not given.kept:
            kept = kept if plan.quick else kept.with_name(f"{name}-slow.parquet")
            _keep(runs, kept)
            if not plan.quick:
                continue
        found = list(tables.section(load(name, given.cache), runs))
        if not told:
            found += ["Ours by kind of fault:", "", *tables.kinds(runs), ""]
        told.append((name, figures(runs)))
        lines += found
        print("\n".join(found), flush=True)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    if not told:
        return
    short = ["## All data sets", "", *tables.summary(told), ""]
    print("\n".join(short))
    if given.write:
        PAGE.write_text("\n".join([*_head(), *short, *lines]))


def _runs(plan: Plan) -> list[Run]:
    found: list[Run] = []
    for day in run(plan):
        found += day
    return found


def _smaller(plan: Plan) -> Plan:
    """Fewer faults where no setting was tuned, so that all data sets get a turn."""
    return replace(plan, seeds=1, onsets=min(plan.onsets, 20), ramps=min(plan.ramps, 2))


def _keep(runs: Sequence[Run], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(path, pa.Table.from_pylist([asdict(one) for one in runs]))


def _read(path: Path) -> list[Run]:
    """What was kept; slow tools that had a run of their own count from there."""
    runs = [Run(**one) for one in read_parquet(path).to_pylist()]
    slow = path.with_name(f"{path.stem}-slow.parquet")
    if not slow.exists():
        return runs
    apart = [Run(**one) for one in read_parquet(slow).to_pylist()]
    names = {run.detector for run in apart}
    return [*(run for run in runs if run.detector not in names), *apart]


def _head() -> list[str]:
    return [
        "# Drift detection, side by side",
        "",
        f"Made by `python benchmarks/detection.py` on {timing.machine()}: flights with "
        "its defaults (40 onset days, 5 seeds), tools that take seconds a span with "
        "`--only-slow --seeds 1`, the other data sets with `--onsets 10 --seeds 1 "
        "--ramps 0 --slow 0`; put together by `--kept --write`.",
        "",
        "Every span is judged by the spans before it alone. Ours is `tidegate drift "
        "check` with its defaults, which promise at most 5 % of false alarms; its "
        "recall is that of these very alarms. The others' recall is at a threshold "
        "on their score that was chosen afterwards, so that 5 % of exactly these "
        "clean spans alarm, or a little more; their column *alarms on them* is what "
        "they say with their own defaults. Recall was tuned on flights alone. The way "
        "in which the threshold adapts was chosen with the false alarms of the clean "
        "spans of all data sets in view, so that their rates are no blind test.",
        "",
        f"{len(KINDS)} kinds of fault; how many spans and faulty spans each detector "
        "saw is in the tables. The best other is in brackets below; the last column is "
        "ours with a threshold that was chosen in the same way as the others'. "
        "Evidently, gate-drift and popmon see some of the clean spans and faults.",
        "",
    ]


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="*", default=[])
    parser.add_argument("--onsets", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ramps", type=int, default=6)
    parser.add_argument("--slow", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--only-slow", action="store_true")
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
