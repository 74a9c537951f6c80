"""Reading and writing single cells of a table, for the corruptions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError

Rows = npt.NDArray[np.int64]


def column(table: pa.Table, name: str) -> pa.ChunkedArray:
    """The column of that name.

    Raises:
        UsageError: The table has none.
    """
    if name in table.column_names:
        return table.column(name)
    raise UsageError(
        "a corruption names a column that the table does not have",
        where=name,
        expected="one of " + ", ".join(table.column_names),
        got=name,
        fix="correct the column's name",
    )


def assign(
    table: pa.Table, name: str, rows: Rows, values: Sequence[object]
) -> pa.Table:
    """The table with `values` in `rows` of the column, whose type stays."""
    if not len(rows):
        return table
    field = table.field(name)
    mask = np.zeros(table.num_rows, bool)
    mask[rows] = True
    whole = pa.concat_arrays(column(table, name).chunks)
    changed = pc.replace_with_mask(whole, mask, pa.array(values, field.type))
    return table.set_column(table.column_names.index(name), field, changed)


def times(value: object, factor: float) -> object:
    """The product, in the kind of number or of text that `value` is.

    Raises:
        UsageError: It is neither a number nor text that is one.
    """
    if isinstance(value, str):
        return str(times(_number(value), factor))
    if isinstance(value, int):
        return round(value * factor)
    if isinstance(value, float):
        return value * factor
    raise _not_a_number(type(value).__name__)


def _number(text: str) -> int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise _not_a_number("other text")


def _not_a_number(got: str) -> UsageError:
    return UsageError(
        "only numbers can be scaled",
        expected="a number, or text that is one",
        got=got,
        fix="name a column of numbers",
    )
