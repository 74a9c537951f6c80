"""Corruptions of the label: its prior, unseen values, leaks, flips."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.categories import common, write_unknown_category
from tidegate.testing.cells import Mask, cells, change, differs, is_text, repeat
from tidegate.testing.drawing import check_share, every_row, no_rows, pick
from tidegate.testing.faults import Corruption, Fault, Rows, count
from tidegate.testing.numbers import Floats, read_numbers
from tidegate.testing.structure import unused

_CLASSES = 20


def shift_prior(label: str, share: float, value: object = None) -> Corruption:
    """Leaves out a share of the rows of one class.

    Args:
        label: The label's column.
        share: Share of the rows of that class.
        value: The class; None takes the rarest one, or for a label of more
            than 20 numbers all above the median.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        lost = pick(_class(cells(table, label), value), share, generator)
        what = f"{label}: {count(lost)} of one class left out"
        fault = Fault(what, no_rows(), "prior_shift", (label,), len(lost) > 0)
        return _without(table, lost), fault

    return corruption


def shift_prior_in_slice(
    label: str,
    slice_column: str,
    slice_value: object,
    share: float,
    value: object = None,
) -> Corruption:
    """Leaves out a share of the rows of one class where a column has a value.

    Args:
        label: The label's column.
        slice_column: The column that makes the slice.
        slice_value: Its value in the slice.
        share: Share of the rows of the class in the slice.
        value: The class, as for `shift_prior`.
    """
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        by = cells(table, slice_column)
        inside = np.asarray(pc.fill_null(pc.equal(by, repeat(slice_value, by)), False))
        of_class = _class(cells(table, label), value)
        lost = pick(of_class & inside, share, generator)
        what = (
            f"{label}: {count(lost)} of one class left out where "
            f"{slice_column} is {slice_value}"
        )
        columns = (label, slice_column)
        fault = Fault(what, no_rows(), "prior_shift_slice", columns, len(lost) > 0)
        return _without(table, lost), fault

    return corruption


def write_unseen_label(label: str, share: float, value: object = None) -> Corruption:
    """Writes a class that the label never has into a share of its rows."""
    unseen = write_unknown_category(label, share, value)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        broken, fault = unseen(table, generator)
        return broken, Fault(fault.what, fault.rows, "unseen_label", (label,))

    return corruption


def flip_labels(label: str, share: float) -> Corruption:
    """Gives a share of the rows the label of another class.

    With two classes that is the other one; with more, another row's, or the
    next class in order of frequency where that row's is the same.
    """

    def flipped(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        known = np.flatnonzero(~np.asarray(old.is_null())).astype(np.int64)
        order = every_row(len(old))
        if not len(known):
            return old
        order[known] = generator.choice(known, len(known))
        return _other_class(old, old.take(pa.array(order)))

    return change("label_flips", label, share, flipped, "label flipped")


def leak_label(label: str, *, noise: float = 0.01, name: str = "score") -> Corruption:
    """Appends a column that knows the label: its number plus a little noise.

    Args:
        label: The label's column. Classes of text count 0, 1, 2, the most
            frequent one first.
        noise: Standard deviation of the noise, as a share of the label's own.
        name: Of the new column.
    """

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        codes = _codes(cells(table, label))
        spread = float(np.nanstd(codes)) if not np.isnan(codes).all() else 0.0
        leak = codes + generator.normal(0, noise, len(codes)) * spread
        free = unused(table, name)
        broken = table.append_column(free, pa.array(leak, from_pandas=True))
        what = f"{free}: new column that knows {label}"
        return broken, Fault(what, no_rows(), "label_leak", (free, label), True)

    return corruption


def _codes(values: pa.Array) -> Floats:
    try:
        return read_numbers(values)
    except UsageError:
        places = pc.index_in(values, value_set=common(values))
        return np.array(places.cast(pa.float64()).fill_null(np.nan), float)


def _class(values: pa.Array, value: object) -> Mask:
    """Where the label is `value`, or the class that `shift_prior` says."""
    classes = common(values)
    if value is None and len(classes) > _CLASSES and not is_text(values.type):
        numbers = read_numbers(values)
        return np.asarray(numbers > np.nanmedian(numbers))
    if value is None:
        value = classes[-1].as_py() if len(classes) else None
    return np.asarray(pc.fill_null(pc.equal(values, repeat(value, values)), False))


def _other_class(old: pa.Array, drawn: pa.Array) -> pa.Array:
    """`drawn`, but where it still equals `old` the next class in order."""
    classes = common(old)
    if len(classes) < 2:
        return old
    places = pc.index_in(old, value_set=classes)
    following = pc.if_else(
        pc.equal(places, len(classes) - 1), pa.scalar(0, pa.int32()), pc.add(places, 1)
    )
    return pc.if_else(pa.array(differs(old, drawn)), drawn, classes.take(following))


def _without(table: pa.Table, lost: Rows) -> pa.Table:
    return table.take(np.setdiff1d(every_row(table.num_rows), lost))
