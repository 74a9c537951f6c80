"""Seeded faults for a table, so that users can prove that their gates close.

Each corruption is a small function of a table and a random generator. It
returns the broken table and says what it did, on which rows:

    broken, faults = corrupt(
        table,
        [drop_values("dep_delay", 0.1), duplicate_rows(0.01)],
        seed=7,
    )

Columns of text that hold numbers, as a CSV reader gives them before it infers
types, are treated as the numbers that they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.cells import Rows, assign, times
from tidegate.testing.cells import column as column_of


@dataclass(frozen=True)
class Fault:
    """What one corruption did.

    Attributes:
        what: In words, with the number of rows.
        rows: Rows that it changed or added, counted from 0 in the table that
            it returned, ascending.
    """

    what: str
    rows: Rows


Corruption = Callable[[pa.Table, np.random.Generator], tuple[pa.Table, Fault]]


def corrupt(
    table: pa.Table, corruptions: Sequence[Corruption], *, seed: int
) -> tuple[pa.Table, list[Fault]]:
    """The table with every corruption done to it, one after the other.

    Args:
        table: What to break; it is not changed itself.
        corruptions: What to do, in this order.
        seed: The same seed breaks the same rows in the same way.
    """
    generator = np.random.default_rng(seed)
    faults = []
    for corruption in corruptions:
        table, fault = corruption(table, generator)
        faults.append(fault)
    return table, faults


def drop_values(column: str, share: float) -> Corruption:
    """Empties `column` in a share of the rows that have a value there."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        rows = _pick(pc.is_valid(column_of(table, column)), share, generator)
        broken = assign(table, column, rows, [None] * len(rows))
        return broken, Fault(f"{column}: emptied on {_count(rows)}", rows)

    return corruption


def fill_missing(column: str, value: object, share: float) -> Corruption:
    """Writes `value` into a share of the rows where `column` is missing."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        rows = _pick(pc.is_null(column_of(table, column)), share, generator)
        broken = assign(table, column, rows, [value] * len(rows))
        return broken, Fault(f"{column}: {value} put on {_count(rows)}", rows)

    return corruption


def replace_value(column: str, old: object, new: object, share: float) -> Corruption:
    """Turns `old` into `new` in a share of the rows that hold `old`."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        values = column_of(table, column)
        rows = _pick(pc.equal(values, pa.scalar(old, values.type)), share, generator)
        broken = assign(table, column, rows, [new] * len(rows))
        return broken, Fault(f"{column}: {old} became {new} on {_count(rows)}", rows)

    return corruption


def scale(column: str, factor: float, share: float) -> Corruption:
    """Multiplies `column` in a share of its rows, as a change of unit does.

    Whole numbers stay whole.
    """
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        values = column_of(table, column)
        rows = _pick(pc.is_valid(values), share, generator)
        scaled = [times(value, factor) for value in values.take(rows).to_pylist()]
        broken = assign(table, column, rows, scaled)
        return broken, Fault(f"{column}: times {factor:g} on {_count(rows)}", rows)

    return corruption


def swap_columns(first: str, second: str, share: float) -> Corruption:
    """Exchanges two columns of one type in a share of the rows."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        left, right = column_of(table, first), column_of(table, second)
        everywhere = pa.array(np.ones(table.num_rows, bool))
        rows = _pick(everywhere, share, generator)
        broken = assign(table, first, rows, right.take(rows).to_pylist())
        broken = assign(broken, second, rows, left.take(rows).to_pylist())
        return broken, Fault(f"{first} and {second}: swapped on {_count(rows)}", rows)

    return corruption


def shuffle_values(column: str) -> Corruption:
    """Deals the values of `column` out anew: its statistics stay as they were."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        rows = np.arange(table.num_rows, dtype=np.int64)
        dealt = column_of(table, column).take(generator.permutation(rows))
        position = table.column_names.index(column)
        broken = table.set_column(position, table.field(column), dealt)
        return broken, Fault(f"{column}: shuffled over {_count(rows)}", rows)

    return corruption


def duplicate_rows(share: float) -> Corruption:
    """Appends a share of the rows once more, as a retried export does."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        rows = _sample(np.arange(table.num_rows, dtype=np.int64), share, generator)
        broken = pa.concat_tables([table, table.take(rows)])
        added = np.arange(table.num_rows, broken.num_rows, dtype=np.int64)
        return broken, Fault(f"rows: {_count(added)} appeared twice", added)

    return corruption


def drop_rows(share: float) -> Corruption:
    """Leaves out a share of the rows, as an export that stopped early does."""
    _check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        every = np.arange(table.num_rows, dtype=np.int64)
        lost = _sample(every, share, generator)
        broken = table.take(np.setdiff1d(every, lost))
        return broken, Fault(f"rows: {_count(lost)} lost", every[:0])

    return corruption


def _check_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise UsageError(
            "the share of a corruption is not a share",
            expected="a number from 0 to 1",
            got=str(share),
            fix="write 0.05 for 5 %",
        )


def _pick(candidates: pa.Array, share: float, generator: np.random.Generator) -> Rows:
    """A share of the rows where `candidates` is true, at least one if any is."""
    where = np.asarray(pc.fill_null(candidates, False))
    return _sample(np.flatnonzero(where).astype(np.int64), share, generator)


def _sample(rows: Rows, share: float, generator: np.random.Generator) -> Rows:
    wanted = min(len(rows), max(1, round(share * len(rows)))) if share else 0
    return np.sort(generator.choice(rows, wanted, replace=False))


def _count(rows: Rows) -> str:
    return f"{len(rows):,} row{'s' if len(rows) != 1 else ''}"
