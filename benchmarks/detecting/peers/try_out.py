"""Runs the tools over the clean days of flights; prints how often each alarms.

Usage: python benchmarks/detecting/peers/try_out.py FLIGHTS.csv [--slow] [--last N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from detecting.peers.line_up import fast_peers, slow_peers, worker_peers
from detecting.peers.peer import Judged, Peer

FIRST = 60  # days of history before the first verdict
LAST = 50  # days that the slow ones judge


def days(path: Path) -> tuple[list[pa.Table], list[date]]:
    """The days of a file of flights, without the columns that say which day."""
    nulls = csv.ConvertOptions(strings_can_be_null=True)
    table = csv.read_csv(path, convert_options=nulls)
    month, day = table["month"], table["day"]
    key = np.asarray(pc.add(pc.multiply(month, 100), day))
    order = np.argsort(key, kind="stable")
    table = table.drop(["year", "month", "day", "time_hour"]).take(order)
    keys, first = np.unique(key[order], return_index=True)
    ends = [*first[1:], len(key)]
    starts = [date(2013, k // 100, k % 100) for k in keys.tolist()]
    return [
        table.slice(a, b - a).combine_chunks() for a, b in zip(first, ends, strict=True)
    ], starts


def broken(table: pa.Table, share: float, seed: int) -> pa.Table:
    """The span with a tenfold distance in some of its rows."""
    chosen = np.random.default_rng(seed).random(len(table)) < share
    place = table.column_names.index("distance")
    values = np.asarray(table["distance"])
    return table.set_column(
        place, "distance", pa.array(np.where(chosen, values * 10, values))
    )


def run(
    peer: Peer, tables: Sequence[pa.Table], starts: Sequence[date], first: int
) -> None:
    """Judges each day by the days before it; prints what came of it."""
    clean: list[Judged] = []
    faulty: list[Judged] = []
    clock = {"fit": 0.0, "judge": 0.0}
    for place in range(first, len(tables)):
        begun = time.process_time()
        peer.fit(tables[:place], starts[:place])
        fitted = time.process_time()
        clean.append(peer.judge(tables[place]))
        faulty.append(peer.judge(broken(tables[place], 0.2, place)))
        clock["fit"] += fitted - begun
        clock["judge"] += time.process_time() - fitted
    number = len(clean)
    level = float(np.quantile([judged.score for judged in clean], 0.95))
    away = sum(judged.cpu or 0.0 for judged in (*clean, *faulty))
    print(
        f"{peer.name:36} false alarms {sum(j.alarm for j in clean) / number:6.1%}"
        f"  20 % faulty: seen {sum(j.alarm for j in faulty) / number:6.1%},"
        f" at 5 % {sum(j.score > level for j in faulty) / number:6.1%},"
        f" first {sum(j.ranking[:1] == ('distance',) for j in faulty) / number:6.1%}"
        f"  fit {clock['fit'] / number * 1e3:6.1f} ms"
        f"  judge {(clock['judge'] + away) / number / 2 * 1e3:6.1f} ms",
        flush=True,
    )


def main() -> None:
    """Runs them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("flights", type=Path)
    parser.add_argument("--slow", action="store_true", help="the others, too")
    parser.add_argument("--last", type=int, help="only the last days")
    options = parser.parse_args()
    tables, starts = days(options.flights)
    first = len(tables) - options.last if options.last else FIRST
    for peer in fast_peers():
        run(peer, tables, starts, first)
    if not options.slow:
        return
    late = max(first, len(tables) - LAST)
    workers = [(worker, first) for worker in worker_peers()]
    for worker, begin in workers + [(worker, late) for worker in slow_peers()]:
        with worker:
            run(worker, tables, starts, begin)
            for error, times in worker.failures.items():
                print(f"  {times} times: {error}")


if __name__ == "__main__":
    main()
