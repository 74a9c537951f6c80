"""How well an inferred schema and suite hold on other months, and what they catch.

    python benchmarks/schema_infer.py FOLDER --write docs/benchmarks/schema-infer.md

The folder holds `flights-01.csv` to `flights-12.csv`. From each month a schema and
a suite are inferred and held against all the others; every failed test or anomaly
is a false alarm, for all months are real. The same from January to March. Then a
clean month is broken in every way that `tidegate.testing` knows, one at a time,
and the gate that was inferred from another month must shut.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.evaluate import evaluate
from tidegate.report.model import TestReport
from tidegate.schema_life.infer import Inferred, infer
from tidegate.testing import Proof, prove, sweep

MONTHS = [f"{month:02d}" for month in range(1, 13)]
KEY = ["carrier", "flight", "time_hour"]


@dataclass(frozen=True)
class Crossed:
    """What the gate inferred from some months says of each of the others."""

    name: str
    tests: int
    seconds: float
    alarms: dict[str, tuple[str, ...]]


def main() -> None:
    """Runs the benchmark and prints or writes its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--rows", type=int, default=8000, help="rows to break")
    parser.add_argument("--months", nargs="*", default=MONTHS)
    parser.add_argument("--no-faults", action="store_true")
    options = parser.parse_args()
    tables = {month: _table(options.folder, month) for month in MONTHS}
    crossed = [_cross([month], tables) for month in options.months]
    crossed.append(_cross(MONTHS[:3], tables))
    page = list(_page(crossed))
    if not options.no_faults:
        page += list(_faults(tables, options.rows))
    text = "\n".join(page) + "\n"
    print(text)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(text, encoding="utf-8")


def _table(folder: Path, month: str) -> pa.Table:
    batches = open_dataset(str(folder / f"flights-{month}.csv")).batches()
    return pa.concat_tables([batch.table for batch in batches])


def _held(tables: dict[str, pa.Table]) -> HeldDataset:
    parts = [Part(f"flights-{name}.csv") for name in tables]
    batches = [
        Batch(table.slice(start, 65_536), part, start)
        for part, table in enumerate(tables.values())
        for start in range(0, max(table.num_rows, 1), 65_536)
    ]
    return HeldDataset(parts, iter(batches))


def _report(inferred: Inferred, table: pa.Table) -> TestReport:
    suite = inferred.suggested.suite
    found = evaluate(suite, _held({"x": table}), schema=inferred.schema)
    return found.report


def _cross(months: Sequence[str], tables: dict[str, pa.Table]) -> Crossed:
    started = time.monotonic()
    inferred = infer(_held({month: tables[month] for month in months}))
    seconds = time.monotonic() - started
    alarms = {}
    for month in MONTHS:
        if month not in months:
            failed = _report(inferred, tables[month]).failed
            alarms[month] = tuple(
                f"{one.test} {one.subject}: {one.expectation}; {one.observed}"
                for one in failed
            )
    name = months[0] if len(months) == 1 else f"{months[0]}–{months[-1]}"
    return Crossed(name, len(inferred.suggested.suite.tests), seconds, alarms)


def _page(crossed: Sequence[Crossed]) -> Iterator[str]:
    yield "# Schemas and suites inferred from flights"
    yield ""
    yield "Made by `python benchmarks/schema_infer.py`. A false alarm is a failed test"
    yield "or an anomaly of TFDV on a real month that the gate was not inferred from."
    yield "The rules of inference were made with these months at hand: on data of"
    yield "another kind, expect some false alarms."
    yield ""
    singles = [one for one in crossed if "–" not in one.name]
    pairs = sum(len(one.alarms) for one in singles)
    alarms = sum(len(found) for one in singles for found in one.alarms.values())
    shut = sum(bool(found) for one in singles for found in one.alarms.values())
    tests = sum(one.tests * len(one.alarms) for one in singles)
    yield f"From one month: {alarms} false alarms of {tests:,} tests on {pairs} pairs"
    yield f"of months; {shut} gates of {pairs} shut without need."
    yield ""
    yield "| inferred from | tests | seconds | months | shut | false alarms |"
    yield "|---|---|---|---|---|---|"
    for one in crossed:
        shut = sum(bool(found) for found in one.alarms.values())
        count = sum(len(found) for found in one.alarms.values())
        yield (
            f"| {one.name} | {one.tests} | {one.seconds:.1f} | {len(one.alarms)} "
            f"| {shut} | {count} |"
        )
    yield ""
    listed = [
        f"- {one.name} on {month}: {alarm}"
        for one in crossed
        for month, found in one.alarms.items()
        for alarm in found
    ]
    if listed:
        yield "The false alarms:"
        yield ""
        yield from listed
        yield ""


def _faults(tables: dict[str, pa.Table], rows: int) -> Iterator[str]:
    inferred = infer(_held({"01": _spread(tables["01"], rows)}))
    # Of another month, so that nothing is caught for being new alone.
    clean = _spread(tables["03"], rows)

    def check(table: pa.Table) -> TestReport:
        return _report(inferred, table)

    cases = sweep(clean, key=KEY, time="time_hour", severities=(0.05, 0.3))
    proof = prove(check, clean, cases)
    yield "## What the inferred gate catches"
    yield ""
    yield f"Inferred from {rows:,} rows of January; {rows:,} rows of March, broken in"
    yield "one way at a time (5 % and 30 % of the rows where a share makes sense)."
    yield ""
    if proof.clean_shut is not None:
        yield f"The gate is shut on the clean rows already: {proof.clean_shut}"
        return
    yield from _caught(proof)


def _spread(table: pa.Table, rows: int) -> pa.Table:
    """Rows of all days of a month, every so many."""
    step = max(table.num_rows // rows, 1)
    return table.take(pa.array(range(0, step * rows, step)))


def _caught(proof: Proof) -> Iterator[str]:
    kinds = proof.kinds()
    caught = sum(one for one, _ in kinds.values())
    tried = sum(all_ for _, all_ in kinds.values())
    share, harmless = 100 * caught / tried, len(proof.alarms) + len(proof.quiet)
    yield f"{caught:,} of {tried:,} corruptions shut the gate ({share:.0f} %);"
    yield f"{len(proof.alarms)} of {harmless} harmless changes did."
    yield ""
    yield "| kind | caught | tried | not caught in |"
    yield "|---|---|---|---|"
    for kind, (one, all_) in sorted(
        kinds.items(), key=lambda k: (-k[1][0] / k[1][1], k)
    ):
        lost = Counter(
            "+".join(o.case.columns) or "rows"
            for o in proof.escaped
            if o.case.kind == kind
        )
        yield f"| {kind} | {one} | {all_} | {', '.join(sorted(lost)[:8])} |"


if __name__ == "__main__":
    main()
