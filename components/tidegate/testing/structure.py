"""Corruptions of a table's columns: new, gone, renamed, of another type."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.testing.cells import as_text, cells, is_text, missing, put
from tidegate.testing.drawing import every_row, no_rows
from tidegate.testing.faults import Corruption, Fault
from tidegate.testing.numbers import read_numbers


def add_column(name: str = "unexpected") -> Corruption:
    """Appends a column of small numbers that nobody expects."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        free = unused(table, name)
        values = pa.array(generator.integers(0, 10, table.num_rows))
        broken = table.append_column(free, values)
        return broken, Fault(
            f"{free}: new column", no_rows(), "new_column", (free,), True
        )

    return corruption


def drop_column(column: str) -> Corruption:
    """Leaves the column out."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        cells(table, column)
        fault = Fault(f"{column}: gone", no_rows(), "dropped_column", (column,), True)
        return table.drop([column]), fault

    return corruption


def rename_column(column: str, to: str | None = None) -> Corruption:
    """Gives the column another name; None writes it in other letters."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        cells(table, column)
        name = to or unused(table, column.swapcase())
        names = [name if old == column else old for old in table.column_names]
        fault = Fault(
            f"{column}: named {name}", no_rows(), "renamed_column", (column,), True
        )
        return table.rename_columns(names), fault

    return corruption


def reorder_columns() -> Corruption:
    """Deals the columns out in another order, which should harm nobody."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        names = table.column_names
        turn = int(generator.integers(1, max(2, len(names))))
        moved = [*names[turn:], *names[:turn]]
        fault = Fault(
            "columns: in another order",
            no_rows(),
            "reordered_columns",
            whole=moved != names,
        )
        return table.select(moved), fault

    return corruption


def numbers_as_text(column: str, *, unit: str = "min") -> Corruption:
    """Writes the numbers of the column with their unit: 12 becomes "12 min"."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        numbers = ~np.isnan(read_numbers(old))
        text = as_text(old)
        gap = pa.scalar(" ", text.type)
        new = pc.binary_join_element_wise(text, pa.scalar(unit, text.type), gap)
        broken = put(table, column, pc.if_else(pa.array(numbers), new, text))
        rows = np.flatnonzero(numbers).astype(np.int64)
        what = f"{column}: numbers became text in {unit}"
        return broken, Fault(what, rows, "numbers_as_text", (column,))

    return corruption


def ints_as_floats(column: str) -> Corruption:
    """Writes whole numbers with a decimal point: 12 becomes 12.0.

    A column of integers becomes one of float64; text stays text.
    """

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        numbers = read_numbers(old)
        if is_text(old.type):
            point, no_gap = pa.scalar(".0", old.type), pa.scalar("", old.type)
            pointed = pc.binary_join_element_wise(old, point, no_gap)
            whole = np.asarray(
                pc.fill_null(pc.match_substring_regex(old, r"^[+-]?\d+$"), False)
            )
            new = pc.if_else(pa.array(whole), pointed, old)
        else:
            whole = ~missing(old) & pa.types.is_integer(old.type)
            new = (
                pa.array(numbers, pa.float64(), mask=missing(old))
                if whole.any()
                else old
            )
        rows = every_row(len(old))[whole]
        what = f"{column}: whole numbers became floats"
        return put(table, column, new), Fault(what, rows, "ints_as_floats", (column,))

    return corruption


def append_near_duplicate(
    column: str, *, noise: float = 0.001, name: str | None = None
) -> Corruption:
    """Appends the numbers of the column once more, with a little noise.

    Args:
        column: A column of numbers.
        noise: Standard deviation of the noise, as a share of the column's own.
        name: Of the new column; None makes one up.
    """

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        numbers = read_numbers(cells(table, column))
        free = unused(table, name or f"{column}_copy")
        spread = float(np.nanstd(numbers)) if not np.isnan(numbers).all() else 0.0
        near = numbers + generator.normal(0, noise, len(numbers)) * spread
        broken = table.append_column(free, pa.array(near, from_pandas=True))
        what = f"{free}: nearly the same as {column}"
        fault = Fault(what, no_rows(), "near_duplicate_column", (free, column), True)
        return broken, fault

    return corruption


def unused(table: pa.Table, name: str) -> str:
    """The name, with a number behind it if the table has it already."""
    taken = set(table.column_names)
    names = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(n for n in names if n not in taken)
