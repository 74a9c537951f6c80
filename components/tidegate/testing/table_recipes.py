"""Which corruptions of rows, batches, labels and privacy a table allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tidegate.testing import batch, label, privacy, rows, splits
from tidegate.testing.faults import Corruption
from tidegate.testing.private_values import NATIONAL_IDS
from tidegate.testing.recipes import Option, Plan, fixed, graded

_NEW_TEXT = "notes"


def row_options(plan: Plan) -> Iterator[Option]:
    """Rows there twice, keys taken, pairs the wrong way round."""
    yield Option("duplicate_rows", (), rows.duplicate_rows)
    if plan.key:
        key = partial(rows.duplicate_keys, plan.key)
        yield Option("duplicate_key", plan.key, key)
    for low, high in plan.ordered:
        turned = partial(rows.reverse_order, low, high)
        yield Option("reversed_pair", (low, high), turned)


def batch_options(plan: Plan) -> Iterator[Option]:
    """Rows lost or too many, columns that no longer belong together."""
    yield Option("lost_rows", (), batch.drop_rows)
    yield Option("fewer_rows", (), batch.truncate_rows)
    yield fixed("more_rows", batch.multiply_rows(), drawn=True)
    for column in plan.columns:
        if column.numbers is not None and column.distinct > 1:
            scaled = batch.rescale_column(column.name)
            yield fixed("column_scaled", scaled, column.name)
    for name in dict.fromkeys(name for pair in plan.pairs for name in pair):
        shuffled = batch.shuffle_values(name)
        yield fixed("shuffled_column", shuffled, name, drawn=True)
        yield fixed("broken_join", batch.shift_columns([name]), name, drawn=True)


def time_options(plan: Plan) -> Iterator[Option]:
    """Times that are old, late, out of order, or not there."""
    if plan.time is None:
        return
    yield fixed("stale", batch.make_stale(plan.time), plan.time)
    yield graded("late_rows", batch.add_late_rows, plan.time)
    yield graded("time_gap", batch.cut_time_gap, plan.time)
    yield graded("time_disorder", rows.break_time_order, plan.time)


def label_options(plan: Plan) -> Iterator[Option]:
    """Labels of another prior, unseen, flipped, or known to a column."""
    name = plan.label
    if name is None:
        return
    yield graded("prior_shift", label.shift_prior, name)
    yield graded("label_flips", label.flip_labels, name)
    yield fixed("label_leak", label.leak_label(name), name, drawn=True)
    about = next((column for column in plan.columns if column.name == name), None)
    if about is not None and (about.words or about.numbers is not None):
        yield graded("unseen_label", label.write_unseen_label, name)
    part = plan.slices(name)
    if part:
        shifted = partial(label.shift_prior_in_slice, name, *part)
        detail = f"{part[0]}={part[1]}"
        yield Option("prior_shift_slice", (name,), shifted, detail)


def split_options(plan: Plan) -> Iterator[Option]:
    """Train and eval that overlap, or change places in time."""
    if plan.split is None:
        return
    yield graded("split_overlap", splits.overlap_splits, plan.split)
    if plan.time is not None:
        future = partial(splits.leak_future, plan.time, plan.split)
        yield Option("future_in_train", (plan.time, plan.split), future)


def privacy_options(plan: Plan) -> Iterator[Option]:
    """Private data in columns of text, in a new column, or by a column's name."""
    yield fixed("telling_name", privacy.add_telling_column(), drawn=True)
    texts = [column.name for column in plan.columns if column.words]
    new = () if _NEW_TEXT in plan.table.column_names else (_NEW_TEXT,)
    for name in (*texts, *new):
        yield graded("email", privacy.write_emails, name)
        yield graded("phone", privacy.write_phone_numbers, name)
        yield graded("card", privacy.write_card_numbers, name)
        for country in NATIONAL_IDS:
            ids = partial(_national_ids, name, country)
            yield Option("national_id", (name,), ids, country)


def _national_ids(column: str, country: str, share: float) -> Corruption:
    return privacy.write_national_ids(column, share, country=country)
