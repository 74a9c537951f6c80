"""Corruptions of the border between train and eval.

They want one table with a column that names each row's split. Two tables become
one with `join_splits`, and two again with `part_splits`:

    whole = join_splits({"train": train, "eval": evaluation})
    broken, _ = corrupt(whole, [overlap_splits("split", 0.1)], seed=1)
    tables = part_splits(broken)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.cells import Mask, cells, mix, put, repeat
from tidegate.testing.drawing import check_share, every_row, sample, wanted
from tidegate.testing.faults import Corruption, Fault, count
from tidegate.testing.times import DAY, move_times, read_times

SPLIT = "split"


def join_splits(tables: Mapping[str, pa.Table], *, column: str = SPLIT) -> pa.Table:
    """One table of all splits; the last column names each row's split."""
    named = [
        table.append_column(column, pa.array([name] * table.num_rows, pa.string()))
        for name, table in tables.items()
    ]
    return pa.concat_tables(named)


def part_splits(table: pa.Table, *, column: str = SPLIT) -> dict[str, pa.Table]:
    """The table of each split, without the column that named it."""
    names = pc.unique(cells(table, column)).to_pylist()
    return {
        name: table.filter(pa.array(_in(table, column, name))).drop([column])
        for name in names
    }


def overlap_splits(
    split: str, share: float, *, train: str = "train", evaluation: str = "eval"
) -> Corruption:
    """Appends rows of train to eval, as many as a share of eval's rows.

    Args:
        split: The column that names each row's split.
        share: Number of rows, as a share of eval's.
        train: What the column says for train.
        evaluation: What it says for eval.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        source = every_row(table.num_rows)[_in(table, split, train)]
        size = int(_in(table, split, evaluation).sum())
        number = min(len(source), wanted(size, share))
        rows = np.sort(generator.choice(source, number, replace=False))
        copies = table.take(rows)
        names = repeat(evaluation, cells(copies, split))
        broken = pa.concat_tables([table, put(copies, split, names)])
        added = every_row(broken.num_rows)[table.num_rows :]
        what = f"{split}: {count(added)} of {train} also in {evaluation}"
        return broken, Fault(what, added, "split_overlap", (split,))

    return corruption


def leak_future(
    time: str,
    split: str,
    share: float,
    *,
    train: str = "train",
    evaluation: str = "eval",
    days: float = 1.0,
) -> Corruption:
    """Moves a share of train's rows to `days` after the last row of eval."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, time)
        micros, known = read_times(old)
        of_eval = known & _in(table, split, evaluation)
        last = int(micros[of_eval].max()) if of_eval.any() else 0
        later = move_times(old, last + round(days * DAY) - micros)
        may = known & _in(table, split, train) & bool(of_eval.any())
        rows = sample(every_row(len(old))[may], share, generator)
        what = f"{time}: {count(rows)} of {train} later than {evaluation}"
        fault = Fault(what, rows, "future_in_train", (time, split))
        return put(table, time, mix(old, later, rows)), fault

    return corruption


def _in(table: pa.Table, column: str, name: str) -> Mask:
    values = cells(table, column)
    inside = np.asarray(pc.fill_null(pc.equal(values, repeat(name, values)), False))
    if inside.any() or not table.num_rows:
        return inside
    raise UsageError(
        "the table has no rows of a split",
        where=column,
        expected="one of " + ", ".join(map(str, pc.unique(values).to_pylist()[:9])),
        got=name,
        fix="give the names of the splits with train= and evaluation=",
    )
