"""The label of each row: a column, or what an SQL expression makes of columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.catalogue.cells import canonical, cells
from tidegate.data_tests.sql import ConditionError, check_syntax, column_of

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# With more different numbers than this a label is a quantity, not a class.
_MOST_CLASSES = 20
_TRUE = frozenset({"1", "true", "True", "TRUE"})
_FALSE = frozenset({"0", "false", "False", "FALSE"})


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of some rows.

    Attributes:
        words: The different labels, as text under which equal ones meet.
        codes: For each row the place of its label in `words`; -1 if it has none.
        numbers: The labels as numbers, NaN for none; None if they are text.
    """

    words: tuple[str, ...]
    codes: Codes
    numbers: Floats | None = None

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which rows have a label."""
        return self.codes >= 0

    @property
    def kind(self) -> Literal["classes", "quantity"]:
        """Whether labels are classes, or a quantity: more than 20 numbers."""
        many = len(self.words) > _MOST_CLASSES
        return "quantity" if many and self.numbers is not None else "classes"

    def are(self, value: object) -> npt.NDArray[np.bool_]:
        """Which rows have this label; true is also 1, and false 0."""
        wanted = spellings(value)
        places = [n for n, word in enumerate(self.words) if word in wanted]
        found: npt.NDArray[np.bool_] = np.isin(self.codes, places)
        return found

    def only(self, rows: npt.NDArray[np.bool_]) -> Labels:
        """The labels of some of the rows; `words` may name some that are gone."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Labels(self.words, self.codes[rows], numbers)


def labels_of(table: pa.Table, column: str | None, expression: str | None) -> Labels:
    """The label of each row of a table.

    Args:
        table: The rows.
        column: Column that holds it; if it is not there, no row has a label.
        expression: SQL expression that gives it instead.

    Raises:
        ConditionError: The expression cannot be evaluated on these columns.
    """
    if expression is not None:
        if not table.num_rows:
            return Labels((), np.zeros(0, np.int64))
        return labels_in(pa.chunked_array([column_of(expression, table)]))
    if column is None or column not in table.column_names:
        return Labels((), np.full(table.num_rows, -1, np.int64))
    return labels_in(table[column])


def labels_in(column: pa.ChunkedArray) -> Labels:
    """The labels that a column holds; the first one of a list counts."""
    found = cells(column)
    rows, first = np.unique(found.rows, return_index=True)
    values = found.values.take(pa.array(first))
    coded = values.dictionary_encode()
    single = pa.types.is_float32(values.type)
    every = [canonical(value, single) for value in coded.dictionary.to_pylist()]
    # NaN is no label.
    words = sorted({word for word in every if word != "nan" or not _number(values)})
    place = {word: n for n, word in enumerate(words)}
    places = np.array([place.get(word, -1) for word in every], np.int64)
    codes = np.full(len(column), -1, np.int64)
    if len(rows):
        codes[rows] = places[np.asarray(coded.indices, np.int64)]
    return Labels(tuple(words), codes, _numbers(values, rows, len(column)))


def spellings(value: object) -> frozenset[str]:
    """All texts that a label of a suite may have in the data."""
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    words = {canonical(value), canonical(value, single=True)}
    return frozenset(words).union(*(same for same in (_TRUE, _FALSE) if words & same))


def spelled_any(values: Iterable[object]) -> frozenset[str]:
    """All texts that some labels of a suite may have in the data."""
    return frozenset().union(*map(spellings, values))


def check_expression(expression: str) -> None:
    """Refuses what is not one SQL expression about a row.

    Raises:
        ConditionError: It does not parse; says where.
    """
    try:
        check_syntax(f"(\n{expression}\n) is not null")
    except ConditionError as error:
        raise ConditionError(str(error).replace("condition", "expression")) from None


def _number(values: pa.Array) -> bool:
    kind = values.type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _numbers(values: pa.Array, rows: Codes, total: int) -> Floats | None:
    if not _number(values):
        return None
    found = np.full(total, np.nan)
    found[rows] = np.asarray(values, np.float64)
    return found
