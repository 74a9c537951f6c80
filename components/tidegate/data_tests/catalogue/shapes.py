"""The usual shapes of a test: about single rows, a column's profile, a sample."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import (
    BadRows,
    DataTest,
    Evidence,
    Notes,
    Seen,
    Unanswered,
    of_rows,
)
from tidegate.data_tests.sql import ConditionError, named_columns
from tidegate.data_tests.tolerance import NONE, Tolerance

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole


class RowTest(DataTest):
    """A test that each row passes or breaks by itself.

    Attributes:
        at_most: How many rows may break it.
    """

    blames: ClassVar[bool] = True

    at_most: Tolerance = Field(default=NONE, description="rows that may break it")

    @abstractmethod
    def bad(self, view: View) -> tuple[Rows, Notes]:
        """The bad rows of a batch, by their number in the view, ascending; and why.

        Raises:
            ConditionError: It cannot be evaluated on these columns.
        """

    @override
    def look(self, view: View) -> Seen:
        try:
            rows, notes = self.bad(view)
        except ConditionError as error:
            names = view.table.column_names
            named = [c for one in self.conditions for c in named_columns(one, names)]
            return Unanswered(str(error), tuple(named), error.fix)
        return BadRows(view.rows, Blame.of(view.positions[rows]), notes)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: BadRows = seen or BadRows()
        count = len(found.blame)
        return Evidence(
            count <= self.at_most.of(found.total),
            self.observed(found),
            found.blame,
            self.telling(whole),
            total=found.total,
        )

    def observed(self, found: BadRows) -> str:
        """What was seen, in words."""
        return of_rows(len(found.blame), found.total)

    def telling(self, whole: Whole) -> tuple[str, ...]:
        """Columns whose values tell why a row is bad."""
        return self.columns


class ColumnTest(DataTest):
    """A test of one column."""

    column: str = Field(min_length=1, description="name of the column")

    @property
    @override
    def subject(self) -> str:
        return self.column

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


class ProfileTest(ColumnTest):
    """A test of what the values of a column are, all rows together."""

    @property
    @override
    def profiled(self) -> tuple[str, ...]:
        return self.columns

    @abstractmethod
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        """The verdict on the profile of the column."""

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        return self.of(whole.profile(self.column, self.where), whole)


class SampleTest(DataTest):
    """A test of how columns go together, on a random sample of the rows."""

    samples: ClassVar[bool] = True

    @abstractmethod
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        """The verdict on the sample of the rows of its slice."""

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        sample, positions = whole.sample(self.where)
        return self.on(sample, positions, whole)
