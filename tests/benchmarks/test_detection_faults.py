"""Faults are planted in the share of rows that was asked for, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from detecting.faults import KINDS, Kind, plant

ROWS = 400
WHOLE_ROWS = ("lost category", "duplicate rows")
BY_NAME = {kind.name: kind for kind in KINDS}


def deliveries(seed: int = 0) -> pa.Table:
    draw = np.random.default_rng(seed)
    weight = draw.gamma(3, 2, ROWS)
    return pa.table(
        {
            "weight": pa.array(weight, mask=draw.random(ROWS) < 0.05),
            "price": pa.array(3 * weight + draw.normal(0, 1, ROWS)),
            "items": pa.array(draw.integers(1, 90, ROWS)),
            "boxes": pa.array(draw.integers(1, 90, ROWS)),
            "city": pa.array(draw.choice(["Köln", "Oslo", "Bern"], ROWS)),
            "code": pa.array([f"Ab-{n:03d}é" for n in draw.integers(0, 999, ROWS)]),
            "same": pa.array(["x"] * ROWS),
        }
    )


def differing(one: pa.Table, other: pa.Table, column: str) -> list[int]:
    here, there = one[column].to_pylist(), other[column].to_pylist()
    pairs = enumerate(zip(here, there, strict=True))
    return [row for row, (a, b) in pairs if a != b]


def test_there_are_22_kinds_each_with_a_name_of_its_own() -> None:
    assert len(KINDS) == len(BY_NAME) == 22
    # Names make the seeds: their beginnings must differ too.
    assert len({name.encode()[:6] for name in BY_NAME}) >= 21


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5])
def test_a_fault_is_in_its_columns_and_its_share_of_the_rows(
    kind: Kind, share: float
) -> None:
    table = deliveries()
    fault = plant(table, kind, share, 7)
    assert fault is not None
    assert fault.kind == kind.name
    assert "same" not in fault.columns
    if kind.name in WHOLE_ROWS:
        change = abs(fault.table.num_rows - table.num_rows)
        assert change == fault.rows == pytest.approx(share * ROWS, abs=1)
        return
    changed: set[int] = set()
    for name in table.column_names:
        rows = differing(table, fault.table, name)
        assert name in fault.columns or not rows
        changed |= set(rows)
    assert fault.table.column_names == table.column_names
    assert len(changed) == fault.rows
    # Values that a fault would leave as they are cannot be broken.
    assert 1 <= len(changed) <= round(share * ROWS) + 1
    if kind.name not in ("encoding", "rounded", "default value", "stuck value"):
        assert len(changed) >= 0.6 * share * ROWS - 1


def test_a_share_takes_the_columns_of_every_other_share() -> None:
    for kind in KINDS:
        faults = [plant(deliveries(), kind, share, 3) for share in (0.01, 0.2, 0.5)]
        assert len({fault.columns for fault in faults if fault}) == 1


def test_the_same_seed_plants_the_same_fault_and_another_one_others() -> None:
    table = deliveries()
    for kind in KINDS:
        one, again = (plant(table, kind, 0.2, 5) for _ in range(2))
        assert one is not None
        assert again is not None
        assert (one.columns, one.rows) == (again.columns, again.rows)
        assert one.table.equals(again.table)
        others = [plant(table, kind, 0.2, seed) for seed in range(6, 12)]
        assert any(not one.table.equals(other.table) for other in others if other)


def test_kinds_that_fit_no_column_plant_nothing() -> None:
    texts = deliveries().select(["city", "same"])
    fitting = {kind.name for kind in KINDS if plant(texts, kind, 0.2, 1)}
    assert {"sign", "swapped columns", "unit"}.isdisjoint(fitting)
    assert {"missing", "typo", "duplicate rows"} <= fitting
    constant = deliveries().select(["same"])
    assert {k.name for k in KINDS if plant(constant, k, 0.2, 1)} == {"duplicate rows"}


def planted(name: str, **columns: Any) -> pa.Table:
    fault = plant(pa.table(columns), BY_NAME[name], 0.5, 1)
    assert fault is not None
    return fault.table


def test_what_faults_do() -> None:
    spread = list(range(100))
    deviation = float(np.std(spread))
    moved = np.array(planted("offset", a=spread)["a"]) - np.arange(100)
    assert set(np.abs(moved[moved != 0])) == {round(deviation)}
    dealt = planted("shuffled", a=spread)["a"].to_pylist()
    assert sorted(dealt) == spread
    assert dealt != spread
    stuck = planted("stuck value", a=spread)["a"].to_pylist()
    assert all(value in (row, row - 1) for row, value in enumerate(stuck))
    usual = planted("default value", a=["x"] * 60 + ["y"] * 40)["a"].to_pylist()
    assert usual[:60] == ["x"] * 60
    assert usual.count("y") == 20
    lost = planted("lost category", a=["x"] * 60 + ["y"] * 40)["a"].to_pylist()
    assert (lost.count("x"), lost.count("y")) == (10, 40)
    swapped = planted("swapped columns", a=spread, b=[x + 1000 for x in spread])
    rows = np.flatnonzero(np.array(swapped["a"]) >= 1000)
    assert len(rows) == 50
    assert (np.array(swapped["b"])[rows] == rows).all()


def test_noise_is_of_one_deviation_and_leaves_gaps() -> None:
    values = [None if n % 10 == 0 else float(n) for n in range(2_000)]
    noisy = planted("noise", a=pa.array(values))["a"].to_pylist()
    moved = [
        b - a for a, b in zip(values, noisy, strict=True) if a is not None and a != b
    ]
    assert [row for row, value in enumerate(noisy) if value is None] == list(
        range(0, 2_000, 10)
    )
    known = [value for value in values if value is not None]
    assert np.std(moved) == pytest.approx(np.std(known), rel=0.1)
