"""Corruptions of what is there: values missing, filled, or spelled as missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.testing.cells import (
    as_text,
    cells,
    change,
    differs,
    is_text,
    missing,
    mix,
    put,
    repeat,
)
from tidegate.testing.drawing import block, check_share, pick
from tidegate.testing.faults import Corruption, Fault, count

NULL_SPELLINGS = ("NA", "null", "None", "-", "n/a")
SENTINEL = -999
SENTINEL_DATE = "1970-01-01"


def drop_values(column: str, share: float) -> Corruption:
    """Empties `column` in a share of the rows that have a value there."""
    return change("missing", column, share, _nothing, "emptied")


def drop_values_in_block(column: str, share: float) -> Corruption:
    """Empties `column` in rows next to each other, as an outage does."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        rows = block(~missing(old), share, generator)
        broken = put(table, column, mix(old, repeat(None, old), rows))
        what = f"{column}: emptied on {count(rows)} in a block"
        return broken, Fault(what, rows, "missing_block", (column,))

    return corruption


def drop_values_in_slice(
    column: str, slice_column: str, value: object, share: float = 1.0
) -> Corruption:
    """Empties `column` where `slice_column` is `value`, as one broken source does."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        by = cells(table, slice_column)
        inside = np.asarray(pc.fill_null(pc.equal(by, repeat(value, by)), False))
        rows = pick(inside & ~missing(old), share, generator)
        broken = put(table, column, mix(old, repeat(None, old), rows))
        what = f"{column}: emptied on {count(rows)} where {slice_column} is {value}"
        return broken, Fault(what, rows, "missing_slice", (column,))

    return corruption


def fill_missing(column: str, value: object, share: float) -> Corruption:
    """Writes `value` into a share of the rows where `column` is missing."""

    def filled(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        return pc.if_else(old.is_null(), repeat(value, old), old)

    return change("filled", column, share, filled, f"{value} put")


def empty_beside(column: str, beside: str, share: float) -> Corruption:
    """Empties `column` only where `beside` has a value: the two contradict."""
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old, other = cells(table, column), cells(table, beside)
        rows = pick(~missing(old) & ~missing(other), share, generator)
        broken = put(table, column, mix(old, repeat(None, old), rows))
        what = f"{column}: emptied beside {beside} on {count(rows)}"
        return broken, Fault(what, rows, "contradiction", (column, beside))

    return corruption


def spell_nulls(
    column: str, share: float, *, spellings: Sequence[str] = NULL_SPELLINGS
) -> Corruption:
    """Writes words for "missing" into a share of all rows, mixed spellings.

    A column of another type becomes text, as it does in a CSV file.
    """

    def spelled(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        kind = old.type if is_text(old.type) else as_text(old).type
        words = generator.choice(np.array(spellings, object), len(old))
        return pa.array(words, kind)

    return change("null_spelling", column, share, spelled, "missing in mixed spelling")


def write_sentinel(column: str, share: float, value: object = None) -> Corruption:
    """Writes a stand-in for "unknown" into a share of the rows with a value.

    Args:
        column: The column.
        share: Share of the rows that have a value.
        value: The stand-in; None writes 1970-01-01 into times and -999 into
            everything else.
    """

    def stands_in(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        if pa.types.is_temporal(old.type) and value is None:
            return pc.if_else(old.is_null(), old, _epochs(old))
        stand_in = (
            (SENTINEL_DATE if _dates(old) else SENTINEL) if value is None else value
        )
        return pc.if_else(old.is_null(), old, repeat(stand_in, old))

    return change("sentinel", column, share, stands_in, "sentinel put")


def break_co_missingness(column: str, share: float = 1.0) -> Corruption:
    """Moves holes of `column` to other rows; it has as many as before.

    Args:
        column: A column that is missing together with others.
        share: Share of its holes that move.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        old = cells(table, column)
        holes = pick(missing(old), share, generator)
        filled = np.flatnonzero(~missing(old))
        number = min(len(holes), len(filled))
        holes = holes[:number]
        sources = generator.choice(filled, number, replace=False)
        order = np.arange(len(old))
        order[holes], order[sources] = sources, holes
        new = old.take(pa.array(order))
        rows = np.flatnonzero(differs(old, new)).astype(np.int64)
        what = f"{column}: {number:,} holes moved"
        return put(table, column, new), Fault(what, rows, "co_missingness", (column,))

    return corruption


def _nothing(old: pa.Array, generator: np.random.Generator) -> pa.Array:
    return pa.nulls(len(old), old.type)


def _epochs(old: pa.Array) -> pa.Array:
    seconds = pa.array(np.zeros(len(old), np.int64))
    return seconds.cast(pa.timestamp("s")).cast(old.type)


def _dates(values: pa.Array) -> bool:
    """True if the first text looks like a date, 2013-01-01."""
    if not is_text(values.type):
        return False
    first = values.drop_null().slice(0, 1).to_pylist()
    return bool(first) and first[0][4:5] == "-" and first[0][:4].isdigit()
