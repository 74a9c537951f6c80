"""Corruptions of rows: keys, duplicates, pairs of columns, order in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tidegate.errors import UsageError
from tidegate.testing.cells import Mask, cells, differs, missing, mix, put, reorder
from tidegate.testing.drawing import check_share, every_row, pick, sample
from tidegate.testing.faults import Corruption, Fault, count
from tidegate.testing.numbers import read_numbers
from tidegate.testing.times import is_times, read_times


def duplicate_rows(share: float) -> Corruption:
    """Appends a share of the rows once more, as a retried export does."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        rows = sample(every_row(table.num_rows), share, generator)
        broken = pa.concat_tables([table, table.take(rows)])
        added = every_row(broken.num_rows)[table.num_rows :]
        what = f"rows: {count(added)} appeared twice"
        return broken, Fault(what, added, "duplicate_rows")

    return corruption


def duplicate_keys(key: Sequence[str], share: float) -> Corruption:
    """Gives a share of the rows the key of another row that keeps its own."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        every = every_row(table.num_rows)
        rows = sample(every, share, generator)
        others = np.setdiff1d(every, rows)
        rows, others = (rows, others) if len(others) else (rows[1:], rows[:1])
        sources = generator.choice(others, len(rows)) if len(rows) else rows
        order = every.copy()
        order[rows] = sources
        broken, changed = reorder(table, key, order)
        what = f"{', '.join(key)}: key of another row on {count(changed)}"
        return broken, Fault(what, changed, "duplicate_key", tuple(key))

    return corruption


def swap_columns(first: str, second: str, share: float) -> Corruption:
    """Exchanges two columns of one type in a share of the rows that differ."""
    return _exchange(first, second, share, "swapped_columns", ordered=False)


def reverse_order(low: str, high: str, share: float) -> Corruption:
    """Exchanges two columns in rows where `low` is below `high`.

    So a start comes after its end, or a part is more than its whole.
    """
    return _exchange(low, high, share, "reversed_pair", ordered=True)


def break_time_order(time: str, share: float) -> Corruption:
    """Deals the times of a share of the rows out among themselves."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        order = every_row(table.num_rows)
        _, known = read_times(cells(table, time))
        rows = pick(known, share, generator)
        order[rows] = generator.permutation(rows)
        broken, changed = reorder(table, [time], order)
        what = f"{time}: out of order on {count(changed)}"
        return broken, Fault(what, changed, "time_disorder", (time,))

    return corruption


def _exchange(
    first: str, second: str, share: float, kind: str, *, ordered: bool
) -> Corruption:
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        left, right = cells(table, first), cells(table, second)
        _same_type(first, left, second, right)
        allowed = differs(left, right)
        if ordered:
            allowed &= _below(left, right)
        rows = pick(allowed, share, generator)
        broken = put(table, first, mix(left, right, rows))
        broken = put(broken, second, mix(right, left, rows))
        what = f"{first} and {second}: swapped on {count(rows)}"
        return broken, Fault(what, rows, kind, (first, second))

    return corruption


def _below(left: pa.Array, right: pa.Array) -> Mask:
    both = ~missing(left) & ~missing(right)
    if is_times(left) and is_times(right) and not pa.types.is_integer(left.type):
        (before, here), (after, there) = read_times(left), read_times(right)
        return both & here & there & (before < after)
    return both & (read_numbers(left) < read_numbers(right))


def _same_type(first: str, left: pa.Array, second: str, right: pa.Array) -> None:
    if left.type != right.type:
        raise UsageError(
            "only columns of one type can be swapped",
            where=f"{first} and {second}",
            expected=str(left.type),
            got=str(right.type),
            fix="name two columns of one type",
        )
