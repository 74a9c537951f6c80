"""Decisions of the drift tests on a small delivery of trips, for tests of reports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.drift_tests.decide import decide
from tidegate.drift_tests.decision import DriftDecision
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import SpanMeasures

ROWS = 400
SECRET = "secret-7731"
FIRST_DAY = date(2031, 1, 1)


def trips(seed: int, **changes: Any) -> pa.Table:
    """A day of trips; a change is a column by its name, None takes it away."""
    random = np.random.default_rng(seed)
    miles = random.gamma(3, 2, ROWS).round(1)
    columns: dict[str, Any] = {
        "miles": miles,
        "fare": (3 * miles + random.normal(0, 1, ROWS)).round(2),
        "kind": random.choice(["bus", "taxi", "tram"], ROWS, p=[0.5, 0.3, 0.2]),
        "owner": [f"{SECRET}-{n}" for n in random.integers(0, 9, ROWS)],
        "seats": random.integers(1, 60, ROWS),
    }
    held = {**columns, **changes}
    return pa.table({n: pa.array(c) for n, c in held.items() if c is not None})


def measured(
    number: int, table: pa.Table, private: Collection[str] = ("owner",)
) -> SpanMeasures:
    """What is measured of the trips of a day."""
    day = FIRST_DAY + timedelta(days=number)
    return measure_table(table, str(day), span=number, start=day, private=private)


@cache
def past(count: int, private: Collection[str] = ("owner",)) -> History:
    """So many accepted days."""
    return History.of(measured(n, trips(n), private) for n in range(count))


def decided(
    count: int, table: pa.Table, settings: DriftSettings | None = None
) -> DriftDecision:
    """The decision on trips after so many accepted days."""
    return decide(past(count), measured(count, table), settings)


def emptied(share: float, seed: int = 99) -> pa.Table:
    """Trips of which a share has no fare."""
    table = trips(seed)
    fares = table["fare"].to_pylist()
    gone = int(share * ROWS)
    return trips(seed, fare=[None] * gone + fares[gone:])


def with_new_kind(share: float, text: str = "sled", seed: int = 99) -> pa.Table:
    """Trips of which a share is of a kind that was never there."""
    kinds = trips(seed)["kind"].to_pylist()
    new = int(share * ROWS)
    return trips(seed, kind=[text] * new + kinds[new:])


def creeping(count: int, days: int) -> DriftDecision:
    """The decision after days in which ever more fares are missing."""
    spans = list(past(count).spans)
    for day in range(days):
        now = measured(count + day, emptied(0.005 * (day + 1), seed=1000 + day))
        spans.append(now)
    return decide(History.of(spans[:-1]), spans[-1])
