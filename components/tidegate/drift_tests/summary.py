"""What was measured of one span of data: small, and without any row.

Generic over the names of measures: whoever measures names them. Only NumPy is
imported, so that everything that decides can be used by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KINDS = ("int", "float", "text", "bytes", "none")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, eq=False)
class Frequent:
    """The frequent values of one column.

    Attributes:
        texts: The values as text, most frequent first; none of a private column.
        shares: Share of each, of all values of the column.
    """

    texts: tuple[str, ...]
    shares: FloatArray

    def __post_init__(self) -> None:
        if self.shares.shape != (len(self.texts),):
            raise ValueError(
                f"{len(self.texts)} frequent values have {self.shares.size} shares"
            )

    @classmethod
    def none(cls) -> Frequent:
        """The frequent values of a column that tells none."""
        return cls((), np.empty(0))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Relations between columns, each with its strength.

    Attributes:
        first: Place of the first column of each pair.
        second: Place of the second one.
        measure: Names of the kinds of relation.
        kind: Place in `measure` of each pair.
        values: How strong each relation is.
    """

    first: IntArray
    second: IntArray
    measure: tuple[str, ...]
    kind: IntArray
    values: FloatArray

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.first, self.second, self.kind, self.values)}
        if shapes != {(self.values.size,)}:
            raise ValueError("the pairs' columns, kinds and values are not as many")
        if self.kind.size and not _within(self.kind, len(self.measure)):
            raise ValueError("a pair has a kind of relation without a name")
        if len(set(self.measure)) < len(self.measure):
            raise ValueError("a kind of relation is named twice")

    def __len__(self) -> int:
        return self.values.size

    @classmethod
    def none(cls) -> Pairs:
        """No relations."""
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, (), nothing, np.empty(0))


@dataclass(frozen=True, eq=False)
class SpanMeasures:
    """What was measured of one span.

    Attributes:
        name: The span's number or name; it names the file.
        rows: Number of rows.
        span: Number of the span; None where spans have none.
        start: First day of the span's data, by which weekday and season are
            known; None where it is not.
        created: When it was measured, in UTC.
        columns: Names of the columns.
        kinds: What each column holds: one of `KINDS`.
        private: Columns whose values are private.
        measures: Names of the columns of `matrix`.
        matrix: A row for each column; NaN where a measure does not apply.
        frequent: The frequent values of each column.
        pairs: How columns went together.
    """

    name: str
    rows: int
    span: int | None
    start: date | None
    created: datetime
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    private: frozenset[str]
    measures: tuple[str, ...]
    matrix: FloatArray
    frequent: Sequence[Frequent]
    pairs: Pairs

    def __post_init__(self) -> None:
        wrong = next(self._faults(), None)
        if wrong:
            raise ValueError(wrong)
        if self.created.tzinfo is None:
            aware = self.created.replace(tzinfo=timezone.utc)
            object.__setattr__(self, "created", aware)

    def place(self, column: str) -> int | None:
        """Place of a column in `columns`; None if the span does not have it."""
        return self.columns.index(column) if column in self.columns else None

    def value(self, column: str, measure: str) -> float:
        """One figure; NaN if the span does not have it."""
        if column not in self.columns or measure not in self.measures:
            return float("nan")
        row, place = self.columns.index(column), self.measures.index(measure)
        return float(self.matrix[row, place])

    def _faults(self) -> Iterator[str]:
        """What does not fit together, each in words."""
        width = len(self.columns)
        if not fits_a_file(self.name):
            yield f"{self.name!r} is no name for a span: letters, digits and ._- only"
        if self.rows < 0:
            yield f"{self.rows} rows"
        for what, names in (("column", self.columns), ("measure", self.measures)):
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                yield f"the {what} {twice!r} is there twice"
        if len(self.kinds) != width or len(self.frequent) != width:
            yield f"{width} columns, {len(self.kinds)} kinds, {len(self.frequent)} tops"
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            yield f"{unknown[0]!r} is none of the kinds {', '.join(KINDS)}"
        if self.matrix.shape != (width, len(self.measures)):
            wanted = f"{width} x {len(self.measures)}"
            yield f"a matrix of {self.matrix.shape}, but {wanted} figures"
        for places in (self.pairs.first, self.pairs.second):
            if places.size and not _within(places, width):
                yield "a relation is of a column that is not there"


def fits_a_file(name: str) -> bool:
    """True for a name that can be part of a file's name everywhere."""
    return _NAME.fullmatch(name) is not None


def _within(places: IntArray, count: int) -> bool:
    return bool(places.min() >= 0 and places.max() < count)
