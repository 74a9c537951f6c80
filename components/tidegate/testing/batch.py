"""Corruptions of a batch as a whole: its size, its times, columns apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tidegate.testing.cells import cells, change, reorder
from tidegate.testing.drawing import check_share, every_row, no_rows, sample
from tidegate.testing.faults import Corruption, Fault, count
from tidegate.testing.numbers import scale
from tidegate.testing.times import DAY, move_times, read_times


def drop_rows(share: float) -> Corruption:
    """Leaves out a share of the rows, here and there, as lost messages do."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        every = every_row(table.num_rows)
        lost = sample(every, share, generator)
        broken = table.take(np.setdiff1d(every, lost))
        what = f"rows: {count(lost)} lost"
        return broken, Fault(what, no_rows(), "lost_rows", whole=len(lost) > 0)

    return corruption


def truncate_rows(share: float) -> Corruption:
    """Leaves out a share of the rows at the end, as a stopped export does."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        lost = round(share * table.num_rows)
        what = f"rows: the last {count(lost)} cut off"
        fault = Fault(what, no_rows(), "fewer_rows", whole=lost > 0)
        return table.slice(0, table.num_rows - lost), fault

    return corruption


def multiply_rows(factor: float = 2.0) -> Corruption:
    """Appends rows drawn from the table until it has `factor` times as many."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        more = max(0, round((factor - 1) * table.num_rows))
        drawn = generator.integers(0, max(1, table.num_rows), more)
        broken = pa.concat_tables([table, table.take(pa.array(drawn))])
        added = every_row(broken.num_rows)[table.num_rows :]
        return broken, Fault(f"rows: {count(added)} more", added, "more_rows")

    return corruption


def make_stale(time: str, *, days: float = 365.0) -> Corruption:
    """Moves every time back: an old delivery sent again."""

    def stale(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        return move_times(old, np.full(len(old), -round(days * DAY)))

    return change("stale", time, 1.0, stale, f"{days:g} days earlier")


def add_late_rows(time: str, share: float, *, days: float = 30.0) -> Corruption:
    """Moves a share of the rows to `days` before the batch's first time."""

    def late(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        micros, known = read_times(old)
        first = micros[known].min() if known.any() else 0
        return move_times(old, first - round(days * DAY) - micros)

    return change("late_rows", time, share, late, f"{days:g} days before the batch")


def cut_time_gap(time: str, share: float) -> Corruption:
    """Leaves out all rows of one stretch of time within the batch.

    Args:
        time: The column of times.
        share: Length of the stretch as a share of the batch's own; the first
            and the last time stay.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        micros, known = read_times(cells(table, time))
        seen = micros[known] if known.any() else np.zeros(1, np.int64)
        first, last = int(seen.min()), int(seen.max())
        length = round((last - first) * share)
        start = first + round((last - first - length) * generator.uniform(0.05, 0.95))
        lost = (
            known & (micros > max(first, start)) & (micros < min(last, start + length))
        )
        broken = table.filter(pa.array(~lost))
        what = f"{time}: {count(int(lost.sum()))} lost in a gap"
        fault = Fault(what, no_rows(), "time_gap", (time,), bool(lost.any()))
        return broken, fault

    return corruption


def shuffle_values(column: str) -> Corruption:
    """Deals the values of `column` out anew: its statistics stay as they were."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        order = generator.permutation(every_row(table.num_rows))
        broken, rows = reorder(table, [column], order)
        what = f"{column}: shuffled over {count(table.num_rows)}"
        return broken, Fault(what, rows, "shuffled_column", (column,))

    return corruption


def shift_columns(columns: Sequence[str], *, by: int | None = None) -> Corruption:
    """Moves some columns down against the others, as a broken join does.

    Args:
        columns: Columns that stay together.
        by: Number of rows; None draws one. What falls off comes in at the top.
    """

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        drawn = int(generator.integers(1, max(2, table.num_rows)))
        order = np.roll(every_row(table.num_rows), drawn if by is None else by)
        broken, rows = reorder(table, columns, order)
        what = f"{', '.join(columns)}: joined to other rows on {count(rows)}"
        return broken, Fault(what, rows, "broken_join", tuple(columns))

    return corruption


def rescale_column(column: str, factor: float = 1e6) -> Corruption:
    """Multiplies the whole column, so that its scale is far from the others'."""
    scaled = scale(column, factor, 1.0)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        broken, fault = scaled(table, generator)
        return broken, Fault(fault.what, fault.rows, "column_scaled", (column,))

    return corruption
