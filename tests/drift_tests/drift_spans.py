"""Spans of a table of all kinds of columns, for tests of measuring and deciding."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.summary import SpanMeasures

ROWS = 300


def mixed(seed: int, rows: int = ROWS, **changes: Any) -> pa.Table:
    """A table with numbers that go together, texts, times and gaps.

    A change is a column by its name; None takes it away.
    """
    draw = np.random.default_rng(seed)
    length = draw.gamma(4, 50, rows)
    gaps = draw.random(rows) < 0.1
    hours = np.datetime64("2031-01-01T00:00:00") + draw.integers(0, 24, rows)
    columns: dict[str, Any] = {
        "length": pa.array(length, mask=gaps),
        "price": pa.array(np.round(2 * length + draw.normal(0, 5, rows), 1)),
        "seats": pa.array(draw.integers(1, 9, rows)),
        "city": pa.array(
            draw.choice(["Rome", "Oslo", "Bern"], rows, p=[0.5, 0.3, 0.2])
        ),
        "code": pa.array([f"AB-{n:04d}" for n in draw.integers(0, 9_999, rows)]),
        "paid": pa.array(draw.random(rows) < 0.7),
        "time": pa.array(hours.astype("datetime64[us]")),
    }
    held = {**columns, **changes}
    return pa.table({n: c for n, c in held.items() if c is not None})


def span(number: int, table: pa.Table | None = None, **options: Any) -> SpanMeasures:
    """What is measured of the table of a day, its number being its seed."""
    held = mixed(number) if table is None else table
    return measure_table(held, f"{number:04d}", span=number, **options)


@cache
def history(count: int) -> History:
    """So many accepted days."""
    return History(tuple(span(number) for number in range(count)))


def broken(table: pa.Table, column: str, values: Any, share: float) -> pa.Table:
    """The table with the first share of a column's rows replaced by a value."""
    held = table[column].to_pylist()
    rows = round(share * len(held))
    new = pa.array([values] * rows + held[rows:])
    return table.set_column(table.column_names.index(column), column, new)
