"""One batch, or a slice of it, as the tests look at it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.dataset import Batch
from tidegate.data_tests.blame import Rows
from tidegate.data_tests.catalogue.cells import Cells, cells
from tidegate.data_tests.sql import Answers, ConditionError

Mask = npt.NDArray[np.bool_]


@dataclass(eq=False)
class View:
    """Rows of one batch.

    Attributes:
        table: The rows of the slice.
        positions: Position of each row in the data set.
        split: Name of the split that the batch belongs to.
        answers: What the conditions of all tests say of these rows.
    """

    table: pa.Table
    positions: Rows
    split: str
    answers: Answers
    _cells: dict[str, Cells] = field(default_factory=dict)
    _slices: dict[str, View] = field(default_factory=dict)
    _numbers: dict[str, int] | None = None

    @classmethod
    def of(cls, batch: Batch, split: str, answers: Answers) -> View:
        """The whole batch."""
        positions = np.arange(batch.rows, dtype=np.int64) + batch.first
        return cls(batch.table, positions, split, answers)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.positions)

    def column(self, name: str) -> pa.ChunkedArray:
        """The column; all missing where this batch does not have it."""
        if self._numbers is None:
            # By number, for finding a name costs a walk through all of them.
            names = enumerate(self.table.column_names)
            self._numbers = {name: number for number, name in names}
        if name in self._numbers:
            return self.table.column(self._numbers[name])
        return pa.chunked_array([pa.nulls(self.rows)])

    def cells(self, column: str) -> Cells:
        """The values of a column that are there, each with its row."""
        if column not in self._cells:
            self._cells[column] = cells(self.column(column))
        return self._cells[column]

    def true_of(self, condition: str) -> Mask:
        """Of which rows an SQL condition of a test is true.

        Raises:
            ConditionError: It cannot be evaluated on these columns.
        """
        answer = self.answers.conditions[condition]
        if isinstance(answer, str):
            raise ConditionError(answer)
        return answer

    def keys(self, columns: tuple[str, ...]) -> npt.NDArray[np.uint64]:
        """A hash of each row's values in these columns; equal values, equal hash.

        Two different rows of a billion share one with a chance of 3 %.
        """
        return self.answers.hashes[columns]

    def where(self, condition: str | None) -> View:
        """The rows of which the condition is true; this view if there is none.

        Raises:
            ConditionError: It cannot be evaluated on these columns.
        """
        if condition is None:
            return self
        if condition not in self._slices:
            self._slices[condition] = self._only(self.true_of(condition))
        return self._slices[condition]

    def _only(self, mask: Mask) -> View:
        return View(
            self.table.filter(pa.array(mask)),
            self.positions[mask],
            self.split,
            self.answers.only(mask),
        )
