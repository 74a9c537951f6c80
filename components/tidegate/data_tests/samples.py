"""The first few rows behind a result, as text for people."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.base import Rows
from tidegate.data_tests.failing_rows import PRIVATE
from tidegate.data_tests.suite import Suite
from tidegate.report.model import RowSample

MISSING = "(missing)"
_MOST_ROWS = 10
_MOST_VALUES = 40
_LONGEST_VALUE = 80


def sample_rows(
    rows: Rows, columns: Sequence[str], examples: Examples, suite: Suite
) -> tuple[RowSample, ...]:
    """The first of the rows: the columns that tell why, the key, then others.

    Args:
        rows: Positions of the rows, ascending.
        columns: Columns that tell why.
        examples: The examples that hold them.
        suite: Says which columns are the key, and which are private.
    """
    held = examples.table.column_names
    names = dict.fromkeys([*columns, *(k for k in suite.key if k in held), *held])
    chosen = rows[:_MOST_ROWS]
    values = examples.table.select([*names][:_MOST_VALUES]).take(pa.array(chosen))
    return tuple(
        RowSample(
            place=examples.place(int(row)),
            values={
                name: PRIVATE if name in suite.private else _short(value)
                for name, value in record.items()
            },
        )
        for row, record in zip(chosen, values.to_pylist(), strict=True)
    )


def _short(value: object) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
