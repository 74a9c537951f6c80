"""Corruptions of which values a column has, and how often."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.cells import change, is_text, repeat
from tidegate.testing.faults import Corruption

_UNSEEN = "zzz_unseen"


def replace_value(column: str, old: object, new: object, share: float) -> Corruption:
    """Turns `old` into `new` in a share of the rows that hold `old`."""

    def replaced(values: pa.Array, generator: np.random.Generator) -> pa.Array:
        here = pc.fill_null(pc.equal(values, repeat(old, values)), False)
        return pc.if_else(here, repeat(new, values), values)

    words = f"{old} became {new}"
    return change("replaced_value", column, share, replaced, words)


def write_unknown_category(
    column: str, share: float, value: object = None
) -> Corruption:
    """Writes a value that the column never has into a share of its rows.

    Args:
        column: The column.
        share: Share of the rows that have a value.
        value: What to write; None makes up an unseen text, or the largest
            number plus one.
    """

    def unknown(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        new = unseen(old, 1) if value is None else repeat(value, old)[:1]
        zeros = pa.array(np.zeros(len(old), np.int64))
        return pc.if_else(old.is_null(), old, new.take(zeros) if len(old) else old)

    return change("unknown_category", column, share, unknown, "unknown value put")


def explode_cardinality(column: str, share: float = 1.0) -> Corruption:
    """Gives every row of the share a value of its own, as a leaked id does."""

    def own(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        if not is_text(old.type):
            return pc.if_else(old.is_null(), old, unseen(old, len(old)))
        number = np.char.add("-", np.arange(len(old)).astype(str))
        tails = pa.array(number.tolist(), old.type)
        return pc.binary_join_element_wise(old, tails, pa.scalar("", old.type))

    return change("cardinality_explosion", column, share, own, "made unique")


def collapse_cardinality(
    column: str, share: float = 1.0, *, keep: int = 2
) -> Corruption:
    """Turns all but the `keep` most frequent values into the most frequent one."""

    def collapsed(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        most = common(old)
        if len(most) <= keep:
            return old
        kept = pc.is_in(old, value_set=most[:keep])
        return pc.if_else(
            pc.or_(kept, old.is_null()), old, repeat(most[0].as_py(), old)
        )

    return change("cardinality_collapse", column, share, collapsed, "made one value")


def constant_column(column: str, value: object = None) -> Corruption:
    """Writes one value into every row; None takes the first that is there."""

    def constant(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        there = old.drop_null()
        if value is None and not len(there):
            return old
        return repeat(there[0].as_py() if value is None else value, old)

    return change("constant", column, 1.0, constant, "one value put")


def dominate(column: str, share: float = 0.95, value: object = None) -> Corruption:
    """Writes one value into a share of the rows that have another.

    Args:
        column: The column.
        share: Share of the rows with another value.
        value: The value; None takes the most frequent one.
    """

    def dominated(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        most = common(old)
        if value is None and not len(most):
            return old
        new = repeat(most[0].as_py() if value is None else value, old)
        return pc.if_else(old.is_null(), old, new)

    return change("dominant_value", column, share, dominated, "one value put")


def dangle_reference(column: str, share: float) -> Corruption:
    """Points a share of the rows at partners that do not exist."""

    def dangling(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        return pc.if_else(old.is_null(), old, unseen(old, len(old)))

    return change("dangling_reference", column, share, dangling, "partner made up")


def common(values: pa.Array) -> pa.Array:
    """The distinct values, the most frequent first, ties in order of place."""
    encoded = values.drop_null().dictionary_encode()
    if not len(encoded):
        return values[:0]
    number = np.bincount(np.asarray(encoded.indices), minlength=len(encoded.dictionary))
    order = np.argsort(-number, kind="stable")
    return encoded.dictionary.take(pa.array(order))


def unseen(values: pa.Array, number: int) -> pa.Array:
    """That many distinct values, of the column's type, which it does not have."""
    kind = values.type
    if is_text(kind):
        taken = set(common(values).to_pylist())
        mark = _UNSEEN
        while any(text.startswith(mark) for text in taken):
            mark = f"_{mark}"
        names = [f"{mark}_{n}" for n in range(1, number + 1)]
        return pa.array([mark, *names[: number - 1]], kind)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _beyond(values, number)
    raise UsageError(
        "no unseen value can be made up for this type",
        expected="a column of text or numbers",
        got=str(kind),
        fix="name another column, or give the value",
    )


def _beyond(values: pa.Array, number: int) -> pa.Array:
    top = pc.max(values).as_py() or 0
    try:
        return pa.array([top + n for n in range(1, number + 1)], values.type)
    except (pa.ArrowInvalid, OverflowError) as error:
        raise UsageError(
            "the column's type has no room for unseen values",
            expected=f"room above {top}",
            got=str(values.type),
            fix="widen the type, or give the value",
        ) from error
