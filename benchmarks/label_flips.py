"""The smallest share of flipped labels that labels_agree and label_change see.

    python benchmarks/label_flips.py FOLDER --write docs/benchmarks/label-flips.md

The folder holds `flights-01.csv` to `flights-12.csv`. A flight is late if it arrives
over 15 minutes late; the arrival delay itself is left out. Each month in turn is the
new delivery and the eleven others are what has been accepted. Clean, and on five
samples of 90 % of its rows each, it must pass; with labels flipped, at random or in
one carrier only, it must not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.catalogue import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.evaluate import Circumstances
from tidegate.data_tests.reference import Reference, SpanSummary
from tidegate.data_tests.trial import try_test

MONTHS = [f"{month:02d}" for month in range(1, 13)]
BEFORE = [
    *("month", "day", "sched_dep_time", "sched_arr_time", "carrier", "flight"),
    *("tailnum", "origin", "dest", "distance", "hour", "minute", "time_hour"),
]
FEATURES = {
    "known before departure": BEFORE,
    "and the departure delay": [*BEFORE, "dep_delay"],
    "and all known after landing": [
        *(*BEFORE, "dep_delay", "dep_time", "arr_time", "air_time")
    ],
}
RATES = (0.005, 0.01, 0.02, 0.05, 0.1)
SLICE_RATES = (0.05, 0.1, 0.25, 0.5, 1.0)
CARRIERS = ("UA", "B6", "DL", "AA", "US", "WN", "VX", "FL")
CLEAN = 5
Figures = Mapping[str, Mapping[str, float]]


def main() -> None:
    """Runs the benchmark and prints or writes its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    tables = {month: _table(options.folder, month) for month in MONTHS}
    text = "\n".join(_page(tables, options.seeds)) + "\n"
    print(text)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(text, encoding="utf-8")


def _page(tables: Mapping[str, pa.Table], seeds: int) -> Iterator[str]:
    started = time.monotonic()
    yield "# Label flips"
    yield ""
    yield " ".join(__doc__.split("\n\n", 2)[2].split())
    yield ""
    yield (
        f"Each figure is the share of {seeds} seeds whose flips are seen; month and "
        "carrier change with the seed. All tests have `by: [carrier]`. Features that "
        "hardly tell the label show no few flips; `label_change` sees only what moves "
        "the share of late flights, which flips at random hardly do."
    )
    known = {name: _figures(test, tables) for name, test in _tests()}
    alarms = {name: _alarms(test, tables, known[name]) for name, test in _tests()}
    for kind, rates, carriers in (
        ("at random, of all rows", RATES, ()),
        ("in one carrier, of its rows", SLICE_RATES, CARRIERS),
    ):
        yield ""
        yield f"## Flips {kind}"
        yield ""
        shown = " | ".join(f"{100 * rate:g} %" for rate in rates)
        yield f"| test | features | false alarms | {shown} |"
        yield "|---|---|---|" + "---|" * len(rates)
        for name, test in _tests():
            found = [
                _found(test, tables, known[name], seeds, rate, carriers)
                for rate in rates
            ]
            line = " | ".join(f"{100 * share:.0f} %" for share in found)
            yield f"| {name} | {alarms[name]} | {line} |"
    yield ""
    yield f"Made by `benchmarks/label_flips.py` in {time.monotonic() - started:.0f} s."


def _tests() -> Iterator[tuple[str, DataTest]]:
    kind = CATALOGUE["labels_agree"]
    for name, columns in FEATURES.items():
        asked = {"column": "late", "features": columns, "by": ["carrier"]}
        yield f"labels_agree | {name}", kind.model_validate(asked)
    if "label_change" in CATALOGUE:
        asked = {"column": "late", "by": ["carrier"]}
        yield "label_change | none", CATALOGUE["label_change"].model_validate(asked)


def _figures(test: DataTest, tables: Mapping[str, pa.Table]) -> Figures:
    return {month: try_test(test, table).figures for month, table in tables.items()}


def _alarms(test: DataTest, tables: Mapping[str, pa.Table], known: Figures) -> str:
    """How often clean months do not hold: `0 of 72`."""
    held = [
        _held(test, _some(table, seed) if seed else table, month, known).holds
        for month, table in tables.items()
        for seed in range(CLEAN + 1)
    ]
    return f"{held.count(False)} of {len(held)}"


def _found(
    test: DataTest,
    tables: Mapping[str, pa.Table],
    known: Figures,
    seeds: int,
    rate: float,
    carriers: Sequence[str],
) -> float:
    """Share of the seeds whose flips are seen."""
    found = 0
    for seed in range(seeds):
        month = MONTHS[seed % 12]
        where = carriers[seed % len(carriers)] if carriers else None
        broken = _flipped(tables[month], rate, seed, where)
        found += _held(test, broken, month, known).holds is False
    return found / seeds


def _held(test: DataTest, table: pa.Table, month: str, known: Figures) -> Evidence:
    """What the test says of a month, the eleven others being accepted."""
    spans = tuple(
        SpanSummary(name=name, rows=1, figures=dict(figures))
        for name, figures in known.items()
        if name != month
    )
    return try_test(test, table, given=Circumstances(reference=Reference(spans)))


def _table(folder: Path, month: str) -> pa.Table:
    batches = open_dataset(str(folder / f"flights-{month}.csv")).batches()
    table = pa.concat_tables([batch.table for batch in batches])
    late = pc.greater(table["arr_delay"], 15).cast(pa.int64())
    return table.drop(["arr_delay"]).append_column("late", late)


def _some(table: pa.Table, seed: int) -> pa.Table:
    generator = np.random.default_rng(seed)
    return table.filter(pa.array(generator.random(table.num_rows) < 0.9))


def _flipped(table: pa.Table, rate: float, seed: int, carrier: str | None) -> pa.Table:
    generator = np.random.default_rng(1000 + seed)
    flips = generator.random(table.num_rows) < rate
    if carrier is not None:
        flips &= np.asarray(pc.equal(table["carrier"], carrier))
    other = pc.if_else(pa.array(flips), pc.subtract(1, table["late"]), table["late"])
    return table.set_column(table.column_names.index("late"), "late", other)


if __name__ == "__main__":
    main()
