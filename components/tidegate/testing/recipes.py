"""Which corruptions make sense for which columns of a table.

Each recipe looks at a plan and gives options: a corruption that still wants its
share, the columns it is about, and what tells it from its like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from tidegate.testing import absence, categories, numbers, structure, texts
from tidegate.testing.faults import Corruption
from tidegate.testing.profile import (
    Column,
    has_letters,
    linked,
    profile,
    together_missing,
)

Graded = Callable[[float], Corruption]
JUMPS = (10.0, 100.0, 1000.0, numbers.KILOMETRES_A_MILE)


@dataclass(frozen=True)
class Option:
    """A corruption that a table allows.

    Attributes:
        kind: Stable name of the corruption.
        columns: The columns it is about.
        make: Gives the corruption for a share of the rows.
        detail: What tells it from its like.
        graded: False if the share makes no difference.
        drawn: False if the seed makes no difference.
        harmless: True if a gate should stay open.
    """

    kind: str
    columns: tuple[str, ...]
    make: Graded
    detail: str = ""
    graded: bool = True
    drawn: bool = True
    harmless: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """A table and what its owner says of it; see `sweep` for the meaning."""

    table: pa.Table
    label: str | None = None
    key: tuple[str, ...] = ()
    time: str | None = None
    split: str | None = None
    slice_by: str | None = None
    references: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    columns: list[Column] = field(init=False)
    pairs: list[tuple[str, str]] = field(init=False)
    holes: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        columns = profile(self.table)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "pairs", list(linked(columns)))
        object.__setattr__(self, "holes", list(together_missing(columns)))

    def slices(self, column: str) -> tuple[str, object] | None:
        """A column and its most frequent value, as a slice for another column."""
        for other in self.columns:
            named = other.name == self.slice_by
            usual = self.slice_by is None and other.category and other.distinct > 1
            if other.name != column and (named or usual) and len(other.most):
                return other.name, other.most[0].as_py()
        return None


def fixed(
    kind: str,
    corruption: Corruption,
    *columns: str,
    drawn: bool = False,
    detail: str = "",
    harmless: bool = False,
) -> Option:
    """An option without a share, and without a seed unless `drawn`."""

    def make(share: float) -> Corruption:
        return corruption

    return Option(kind, columns, make, detail, False, drawn, harmless)


def graded(kind: str, function: Callable[..., Corruption], *columns: str) -> Option:
    """An option whose function takes a column and a share."""
    return Option(kind, columns, partial(function, columns[0]))


def structure_options(plan: Plan) -> Iterator[Option]:
    """Columns new, gone, renamed, of another type, in another order."""
    yield fixed("new_column", structure.add_column(), drawn=True)
    if plan.table.num_columns > 1:
        order = structure.reorder_columns()
        yield fixed("reordered_columns", order, drawn=True, harmless=True)
    for name in plan.table.column_names:
        yield fixed("dropped_column", structure.drop_column(name), name)
        yield fixed("renamed_column", structure.rename_column(name), name)
    for column in plan.columns:
        if column.numbers is None:
            continue
        name = column.name
        yield fixed("numbers_as_text", structure.numbers_as_text(name), name)
        if column.whole and _written_whole(column):
            yield fixed("ints_as_floats", structure.ints_as_floats(name), name)
        if column.distinct > 1:
            near = structure.append_near_duplicate(name)
            yield fixed("near_duplicate_column", near, name, drawn=True)


def absence_options(plan: Plan) -> Iterator[Option]:
    """Values missing, spelled as missing, or missing where others are not."""
    for column in plan.columns:
        name = column.name
        yield graded("missing", absence.drop_values, name)
        yield graded("missing_block", absence.drop_values_in_block, name)
        yield graded("null_spelling", absence.spell_nulls, name)
        part = plan.slices(name)
        if part:
            emptied = partial(absence.drop_values_in_slice, name, *part)
            yield Option("missing_slice", (name,), emptied, f"{part[0]}={part[1]}")
        if column.numbers is not None or column.time:
            yield graded("sentinel", absence.write_sentinel, name)
    for first, second in plan.holes:
        for one, other in ((first, second), (second, first)):
            beside = partial(absence.empty_beside, one, other)
            yield Option("contradiction", (one, other), beside)
            yield graded("co_missingness", absence.break_co_missingness, one, other)


def number_options(plan: Plan) -> Iterator[Option]:
    """Numbers of another unit, range or precision, or none at all."""
    for column in plan.columns:
        if column.numbers is None:
            continue
        name = column.name
        if not (column.numbers == 0).all():
            for factor in JUMPS:
                jump = partial(numbers.scale, name, factor)
                yield Option("unit_jump", (name,), jump, f"x{factor:g}")
            yield fixed("all_zero", numbers.zero_column(name), name)
        if (column.numbers > 0).any() and not (column.numbers < 0).any():
            yield graded("sign_flip", numbers.flip_sign, name)
        if not column.category and column.distinct > 2:
            coarse = partial(numbers.round_values, name, step=_coarse(column.numbers))
            yield Option("precision_loss", (name,), coarse)
        yield graded("out_of_range", numbers.write_out_of_range, name)
        yield graded("outlier", numbers.add_outliers, name)
        if column.text or not column.whole:
            yield graded("nan", numbers.write_nan, name)
            yield graded("infinity", numbers.write_infinity, name)


def value_options(plan: Plan) -> Iterator[Option]:
    """Values unknown, all alike, or all different."""
    for column in plan.columns:
        name = column.name
        if column.distinct > 1:
            yield fixed("constant", categories.constant_column(name), name)
            yield graded("dominant_value", categories.dominate, name)
        if column.category and (column.words or column.whole):
            yield graded("unknown_category", categories.write_unknown_category, name)
        if column.category and column.words:
            yield graded("cardinality_explosion", categories.explode_cardinality, name)
            if any(len(set(text)) > 1 for text in column.most.to_pylist()):
                yield graded("typo", texts.swap_characters, name)
        if column.category and column.distinct > 2:
            yield graded("cardinality_collapse", categories.collapse_cardinality, name)
    for name in plan.references:
        yield graded("dangling_reference", categories.dangle_reference, name)


def text_options(plan: Plan) -> Iterator[Option]:
    """Text of another form, and numbers that became words."""
    for column in plan.columns:
        name = column.name
        if column.numbers is not None:
            yield graded("mixed_types", texts.mix_types, name)
        if not column.words:
            continue
        yield graded("broken_pattern", texts.break_pattern, name)
        yield graded("changed_length", texts.change_length, name)
        yield graded("padding", texts.pad, name)
        yield graded("encoding_damage", texts.damage_encoding, name)
        if has_letters(column):
            yield graded("changed_case", texts.change_case, name)


def _written_whole(column: Column) -> bool:
    if not column.text:
        return not pa.types.is_floating(column.most.type)
    return all("." not in text for text in column.most[:100].to_pylist())


def _coarse(values: numbers.Floats) -> float:
    """The power of ten next to the standard deviation."""
    return float(10.0 ** np.rint(np.log10(np.nanstd(values))))
