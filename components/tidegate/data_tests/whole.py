"""What is known of a whole data set when its tests are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.dataset import part_of
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.blame import NO_ROWS, Rows
from tidegate.data_tests.random_sample import RandomSample
from tidegate.data_tests.sql import ConditionError, Questions

if TYPE_CHECKING:
    from tidegate.data_tests.reference import Reference

Profiles = Mapping[str, ColumnProfile]


@dataclass(eq=False)
class Whole:
    """A data set, all of its batches together.

    Attributes:
        rows: Number of rows.
        columns: Names of the columns, in their order.
        splits: Rows per split.
        profiles: By slice (None for all rows) and column, what its values are.
        drawn: A random sample of the rows; None if no test asked for it.
        split_of_part: The split of each part.
        reference: What accepted data look like; None where nothing is known.
        label: Column that is predicted.
        key: Columns that together name a row.
        time: Column that tells when a row happened.
        pii: Columns whose values must not be shown.
        now: The time by which freshness is judged, in UTC.
        counterparts: Rows of what was made from the same data, by name.
        divides: Whether rows that may leave are really taken out.
        measured: Whether figures are wanted that only a summary of an accepted
            span keeps.
    """

    rows: int
    columns: tuple[str, ...]
    splits: dict[str, int]
    profiles: Mapping[str | None, Profiles] = field(default_factory=dict)
    drawn: RandomSample | None = None
    split_of_part: tuple[str, ...] = ()
    reference: Reference | None = None
    label: str | None = None
    key: tuple[str, ...] = ()
    time: str | None = None
    pii: frozenset[str] = frozenset()
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    counterparts: Mapping[str, int] = field(default_factory=dict)
    divides: bool = False
    measured: bool = True

    def has(self, *columns: str) -> bool:
        """Whether it has all of these columns."""
        return self._names.issuperset(columns)

    def profile(self, column: str, where: str | None = None) -> ColumnProfile:
        """What the values of a column are, of all rows or of a slice.

        A column that no row of the slice has is empty.
        """
        found = self.profiles.get(where, {}).get(column)
        if found is not None:
            return found
        return ColumnProfile.of(pa.nulls(0))

    def sample(self, where: str | None = None) -> tuple[pa.Table, Rows]:
        """A random sample of the rows, or of a slice, with their positions.

        Raises:
            ConditionError: The slice cannot be made.
        """
        table, positions = self._sample
        if where is None:
            return table, positions
        mask = Questions((where,)).ask(table).conditions[where]
        if isinstance(mask, str):
            raise ConditionError(mask)
        return table.filter(pa.array(mask)), positions[mask]

    def split_of(self, positions: Rows) -> npt.NDArray[np.object_]:
        """The split that each row is in."""
        names = np.array(self.split_of_part, dtype=object)
        chosen: npt.NDArray[np.object_] = names[part_of(positions)]
        return chosen

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.columns)

    @cached_property
    def _sample(self) -> tuple[pa.Table, Rows]:
        return (pa.table({}), NO_ROWS) if self.drawn is None else self.drawn.rows()
