"""What a table's columns are like, so that a sweep knows what can be broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.categories import common
from tidegate.testing.cells import Mask, cells, is_text, missing
from tidegate.testing.numbers import Floats, read_numbers
from tidegate.testing.times import is_times

_MOST_CLASSES = 50
_ROWS_A_CLASS = 20
_MOSTLY = 0.99
_CORRELATED = 0.8
# Pairs grow with the square: beyond this many columns only the first are paired.
_MOST_PAIRED = 200


@dataclass(frozen=True, eq=False)
class Column:
    """What one column holds.

    Attributes:
        name: Its name.
        text: True if its cells are text, be it of numbers.
        numbers: The number of each row, NaN where there is none; None if it
            is not a column of numbers.
        whole: True if all its numbers are whole.
        time: True if it holds times.
        empty: Where it is missing.
        distinct: Number of distinct values.
        most: The distinct values, the most frequent first.
    """

    name: str
    text: bool
    numbers: Floats | None
    whole: bool
    time: bool
    empty: Mask
    distinct: int
    most: pa.Array

    @property
    def words(self) -> bool:
        """True for text that is neither numbers nor times."""
        return self.text and self.numbers is None and not self.time

    @property
    def category(self) -> bool:
        """True if few values come again and again."""
        present = len(self.empty) - int(self.empty.sum())
        few = self.distinct <= _MOST_CLASSES
        return few and self.distinct * _ROWS_A_CLASS <= present


def profile(table: pa.Table) -> list[Column]:
    """Every column that corruptions know how to break, in the table's order."""
    plain = [name for name in table.column_names if _known(table, name)]
    return [_column(name, cells(table, name)) for name in plain]


def linked(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Pairs of columns that are missing together or closely correlated."""
    yield from together_missing(columns)
    numeric = [c for c in columns if c.numbers is not None and c.distinct > 2]
    for first, second in combinations(numeric[:_MOST_PAIRED], 2):
        if abs(_correlation(first, second)) >= _CORRELATED:
            yield first.name, second.name


def together_missing(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Pairs of columns where one is hardly ever missing without the other."""
    holed = [c for c in columns if 0 < c.empty.sum() < len(c.empty)]
    for first, second in combinations(holed[:_MOST_PAIRED], 2):
        both = (first.empty & second.empty).sum()
        if both >= _MOSTLY * max(first.empty.sum(), second.empty.sum()):
            yield first.name, second.name


def _known(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    time = pa.types.is_timestamp(kind) or pa.types.is_date(kind)
    return bool(number or time or is_text(kind) or pa.types.is_boolean(kind))


def _column(name: str, values: pa.Array) -> Column:
    most = common(values)
    numbers = _numbers(values)
    known = numbers[~np.isnan(numbers)] if numbers is not None else np.empty(0)
    return Column(
        name=name,
        text=is_text(values.type),
        numbers=numbers,
        whole=bool(len(known)) and bool((known == np.rint(known)).all()),
        time=not pa.types.is_integer(values.type) and is_times(values),
        empty=missing(values),
        distinct=len(most),
        most=most,
    )


def _numbers(values: pa.Array) -> Floats | None:
    try:
        numbers = read_numbers(values)
    except UsageError:
        return None
    present = len(values) - values.null_count
    known = int((~np.isnan(numbers)).sum())
    return numbers if present and known >= _MOSTLY * present else None


def _correlation(first: Column, second: Column) -> float:
    if first.numbers is None or second.numbers is None:
        return 0.0
    both = ~np.isnan(first.numbers) & ~np.isnan(second.numbers)
    left, right = first.numbers[both], second.numbers[both]
    if len(left) < 3 or not left.std() or not right.std():
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])


def has_letters(column: Column) -> bool:
    """True if some of its text has a letter."""
    found = pc.match_substring_regex(column.most, "[A-Za-z]")
    return bool(pc.any(found).as_py())
