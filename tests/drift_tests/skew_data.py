"""Rides of days that differ, as training data and serving logs, for tests of skew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from tidegate.columnar.table_dataset import TableDataset
from tidegate.drift_tests.skew import SkewChecked, SkewWanted, check_skew

ROWS = 150
DAYS = 60


def rides(day: int, rows: int = ROWS, *, times: bool = False) -> pa.Table:
    """The rides of a day: busy days are slower, and which lines run varies."""
    random = np.random.default_rng(day)
    busy = random.normal(0, 1)
    miles = random.gamma(3, 2, rows).round(2)
    minutes = (miles * (4 + 0.4 * busy) + random.normal(0, 1, rows)).round(2)
    weights = np.array([0.5, 0.3, 0.2]) * random.uniform(0.8, 1.2, 3)
    columns: dict[str, Any] = {
        "line": random.choice(["A", "B", "C"], rows, p=weights / weights.sum()),
        "miles": miles,
        "minutes": minutes,
        "seats": random.integers(1, 50, rows),
        "late": (minutes + random.normal(0, 2, rows) > 30).astype(np.int64),
    }
    if times:
        start = np.datetime64("2031-01-01") + np.timedelta64(day, "D")
        seconds = np.sort(random.integers(6 * 3600, 23 * 3600, rows))
        columns["at"] = np.datetime_as_string(start + seconds.astype("m8[s]"))
    return pa.table(columns)


def training(days: int = DAYS, **options: Any) -> pa.Table:
    """The rides of many days, one day after the other."""
    return pa.concat_tables([rides(day, **options) for day in range(days)])


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with a column in the place of another, or behind all."""
    array = (
        values if isinstance(values, (pa.ChunkedArray, pa.Array)) else pa.array(values)
    )
    if name not in table.column_names:
        return table.append_column(name, array)
    return table.set_column(table.column_names.index(name), name, array)


def in_kilometres(table: pa.Table, share: float = 1.0) -> pa.Table:
    """The table with a share of the miles in another unit."""
    miles = table["miles"].to_numpy().copy()
    miles[: int(share * len(miles))] *= 1.609
    return with_column(table, "miles", miles)


def checked(log: pa.Table, past: pa.Table | None = None, **wanted: Any) -> SkewChecked:
    """The verdict on a log in memory, against training data in memory."""
    held = training() if past is None else past
    return check_skew(
        SkewWanted(
            serving=TableDataset({"log": log}),
            training=TableDataset({"train": held}),
            **wanted,
        )
    )


def write_csv(path: Path, table: pa.Table) -> Path:
    """The table as a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    csv.write_csv(table, path)
    return path


def observed(found: SkewChecked, test: str) -> Sequence[tuple[str, str]]:
    """Subject and observation of each result of a test."""
    return [(r.subject, r.observed) for r in found.report.results if r.test == test]
