"""Columns read whole, changed in some rows, and put back with their type."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.drawing import check_share, pick
from tidegate.testing.faults import Corruption, Fault, Rows, count

Mask = npt.NDArray[np.bool_]
Make = Callable[[pa.Array, np.random.Generator], pa.Array]


def cells(table: pa.Table, name: str) -> pa.Array:
    """All values of the column, dictionaries decoded.

    Raises:
        UsageError: The table has no such column.
    """
    if name not in table.column_names:
        raise UsageError(
            "a corruption names a column that the table does not have",
            where=name,
            expected="one of " + ", ".join(table.column_names),
            got=name,
            fix="correct the column's name",
        )
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not column.num_chunks:
        return pa.array([], column.type)
    return pa.concat_arrays(column.chunks)


def put(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with that column replaced, its place and attributes kept."""
    field = table.field(name)
    if pa.types.is_dictionary(field.type) and field.type.value_type == values.type:
        values = values.dictionary_encode().cast(field.type)
    return table.set_column(
        table.column_names.index(name), field.with_type(values.type), values
    )


def change(
    kind: str,
    column: str,
    share: float,
    make: Make,
    words: str,
) -> Corruption:
    """Changes `column` in a share of the rows that can be changed at all.

    Args:
        kind: Stable name of the corruption.
        column: The column.
        share: Share of the rows whose value `make` changes.
        make: Gives the whole column anew, as if every row were broken. Where it
            gives text for another type, the column becomes text.
        words: What was done, for the fault.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        new = make(old, generator)
        if new.type != old.type:
            old = as_text(old, new.type)
        rows = pick(differs(old, new), share, generator)
        broken = put(table, column, mix(old, new, rows)) if len(rows) else table
        return broken, Fault(
            f"{column}: {words} on {count(rows)}", rows, kind, (column,)
        )

    return corruption


def differs(old: pa.Array, new: pa.Array) -> Mask:
    """Where two columns of one type differ; missing equals missing, NaN NaN."""
    if pa.types.is_nested(old.type) or pa.types.is_null(old.type):
        pairs = zip(old.to_pylist(), new.to_pylist(), strict=True)
        return np.fromiter((a != b for a, b in pairs), bool, len(old))
    same = np.asarray(pc.fill_null(pc.equal(old, new), False))
    same |= missing(old) & missing(new)
    if pa.types.is_floating(old.type):
        both = pc.and_(pc.is_nan(old), pc.is_nan(new))
        same |= np.asarray(pc.fill_null(both, False))
    return ~same


def mix(old: pa.Array, new: pa.Array, rows: Rows) -> pa.Array:
    """`new` in `rows`, `old` elsewhere."""
    return pc.if_else(pa.array(mask_of(rows, len(old))), new, old)


def reorder(
    table: pa.Table, columns: Sequence[str], order: Rows
) -> tuple[pa.Table, Rows]:
    """The columns with row `order[i]` in row i, and the rows that then differ."""
    changed = np.zeros(table.num_rows, bool)
    for name in columns:
        old = cells(table, name)
        new = old.take(pa.array(order))
        changed |= differs(old, new)
        table = put(table, name, new)
    return table, np.flatnonzero(changed).astype(np.int64)


def mask_of(rows: Rows, length: int) -> Mask:
    """The rows as a mask."""
    mask = np.zeros(length, bool)
    mask[rows] = True
    return mask


def missing(values: pa.Array) -> Mask:
    """Where a value is missing."""
    return np.array(values.is_null().to_numpy(zero_copy_only=False), bool)


def is_text(kind: pa.DataType) -> bool:
    """True for both kinds of text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def as_text(values: pa.Array, kind: pa.DataType | None = None) -> pa.Array:
    """The values written out as a CSV file would have them."""
    if is_text(values.type):
        return values
    try:
        return values.cast(kind or pa.string())
    except pa.ArrowNotImplementedError as error:
        raise UsageError(
            "values of this type cannot be written as text",
            expected="a column of text, numbers or times",
            got=str(values.type),
            fix="name another column",
        ) from error


def need_text(values: pa.Array) -> pa.Array:
    """The values if they are text.

    Raises:
        UsageError: They are not.
    """
    if is_text(values.type):
        return values
    raise UsageError(
        "this corruption is for text",
        expected="a column of text",
        got=str(values.type),
        fix="name a column of text",
    )


def map_text(values: pa.Array, change_one: Callable[[str], str | None]) -> pa.Array:
    """The text with each distinct value changed by `change_one`."""
    encoded = need_text(values).dictionary_encode()
    changed = [change_one(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(changed, values.type).take(encoded.indices)


def repeat(value: object, values: pa.Array) -> pa.Array:
    """A column of the type and length of `values`, with one value throughout.

    Raises:
        UsageError: The type cannot hold it.
    """
    if value is None:
        return pa.nulls(len(values), values.type)
    if is_text(values.type):
        value = str(value)
    try:
        return pa.repeat(pa.scalar(value, values.type), len(values))
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, OverflowError) as error:
        raise UsageError(
            "the column cannot hold the value of a corruption",
            expected=f"a value of type {values.type}",
            got=type(value).__name__,
            fix="give a value of the column's type",
        ) from error
