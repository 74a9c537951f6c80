"""Tests of when each row happened: in a window, not long before, not ahead."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from tidegate.data_tests import times
from tidegate.data_tests.blame import Blame
from tidegate.data_tests.catalogue.base import BadRows, Evidence, Notes, Rows
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.catalogue.timeliness import TimelineTest, TimeTest
from tidegate.data_tests.duration import Duration
from tidegate.data_tests.timeline import Timeline
from tidegate.data_tests.tolerance import NONE, Tolerance

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

# A few rows from the future must not say how old the others may be.
_NEARLY_ALL = 0.99
# The year 1 to the year 9999, which suites can say.
_BEGIN, _END = -(2**63), 2**63 - 1


def _as_moment(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if not isinstance(value, str) or times.parse_moment(value) is None:
        raise ValueError("must be a time such as 2013-01-31 or 2013-01-31T10:00Z")
    return value.strip()


Moment = Annotated[str, BeforeValidator(_as_moment)]


class InFuture(TimelineTest):
    """Rows that have not happened yet."""

    name: ClassVar[str] = "in_future"
    why: ClassVar[str] = "a wrong clock, a swapped day and month, a sentinel 9999-12-31"
    default: ClassVar[str] = (
        "`by: 1d`, for a time without a zone may be up to 14 hours ahead; `at_most: 0`"
    )
    example: ClassVar[str] = "in_future: {column: time_hour}"
    blames: ClassVar[bool] = True

    by: Duration = Field(
        default=Duration(micros=times.DAY),
        validate_default=False,
        description="how far ahead of now a row may be",
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may be ahead")

    @property
    @override
    def expectation(self) -> str:
        most = f"at most {self.at_most}" if self.at_most.of(10**9) else "no row"
        return f"{most} over {self.by} ahead of now"

    @override
    def again(self, seen: Any, whole: Whole) -> RowTest | None:
        limit = times.micros_of(whole.now) + self.by.micros
        if seen is None or not len(seen) or seen.latest <= limit:
            return None
        return _Within(column=self.column, high=limit, at_most=self.at_most)

    @override
    def on(self, line: Timeline, whole: Whole) -> Evidence:
        told = f"no row; latest {times.told(line.latest)}"
        return Evidence(True, told, Blame(), self.columns)


class LateRows(TimelineTest):
    """Rows that happened long before the others of the batch."""

    name: ClassVar[str] = "late_rows"
    why: ClassVar[str] = "rows of an earlier period delivered again, 1970-01-01"
    default: ClassVar[str] = (
        "`older_than` is required; `at_most: 0`. It counts back from the time that "
        "99 % of the rows do not exceed, so that a few from the future do not matter"
    )
    example: ClassVar[str] = "late_rows: {column: time_hour, older_than: 35d}"
    blames: ClassVar[bool] = True

    older_than: Duration = Field(
        description="how long before the end of the batch, such as 35d"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may be older")

    @property
    @override
    def expectation(self) -> str:
        most = f"at most {self.at_most}" if self.at_most.of(10**9) else "no row"
        return f"{most} over {self.older_than} before the end"

    @override
    def again(self, seen: Any, whole: Whole) -> RowTest | None:
        if seen is None or not len(seen):
            return None
        limit = seen.until(_NEARLY_ALL) - self.older_than.micros
        if seen.earliest >= limit:
            return None
        return _Within(column=self.column, low=limit, at_most=self.at_most)

    @override
    def on(self, line: Timeline, whole: Whole) -> Evidence:
        told = f"no row; earliest {times.told(line.earliest)}"
        return Evidence(True, told, Blame(), self.columns)


class _Within(RowTest):
    """Rows between two times, in microseconds since 1970. Missing is allowed."""

    column: str
    low: int = _BEGIN
    high: int = _END

    @property
    @override
    def subject(self) -> str:
        return self.column

    @property
    @override
    def expectation(self) -> str:
        return f"{times.told(self.low)} to {times.told(self.high)}"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        return _outside(view, self.column, self.low, self.high, strange=False)

    @override
    def observed(self, found: BadRows) -> str:
        return ", ".join([super().observed(found), *_reached(found.notes)])


class TimeBetween(TimeTest, RowTest):
    """Times within a window, its ends included. Missing is allowed."""

    name: ClassVar[str] = "time_between"
    why: ClassVar[str] = "rows of another period: late ones, or some from the future"
    default: ClassVar[str] = (
        "`from`, `to` or both are required; a day in `to` counts whole; `at_most: 0`. "
        "A value that is no time is outside"
    )
    example: ClassVar[str] = (
        "time_between: {column: time_hour, from: 2013-01-01, to: 2014-01-02}"
    )

    start: Moment | None = Field(
        default=None, alias="from", description="first allowed time"
    )
    end: Moment | None = Field(
        default=None, alias="to", description="last allowed time"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may be outside")

    model_config = TimeTest.model_config | {"populate_by_name": True}

    @model_validator(mode="after")
    def _has_ends(self) -> TimeBetween:
        if self.start is None and self.end is None:
            raise ValueError("needs from, to or both")
        low, high = self._window
        if low > high:
            raise ValueError(f"from {self.start} is after to {self.end}")
        return self

    @property
    def _window(self) -> tuple[int, int]:
        low, high = _BEGIN, _END
        if self.start is not None:
            low = times.parse_moment(self.start) or 0
        if self.end is not None:
            high = times.parse_moment(self.end) or 0
            # A day and no time of the day means all of it.
            high += times.DAY - 1 if len(self.end) <= len("2013-01-31") else 0
        return low, high

    @property
    @override
    def expectation(self) -> str:
        if self.start is None:
            return f"until {self.end}"
        if self.end is None:
            return f"from {self.start} on"
        return f"{self.start} to {self.end}"

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        return _outside(view, self.column, *self._window, strange=True)

    @override
    def observed(self, found: BadRows) -> str:
        return ", ".join([super().observed(found), *_reached(found.notes)])


def _outside(
    view: View, column: str, low: int, high: int, *, strange: bool
) -> tuple[Rows, Notes]:
    """Rows with a time outside, and how far those reach."""
    found = times.times_of(view.cells(column))
    beyond = (found.micros < low) | (found.micros > high)
    rows = found.blame(beyond)
    notes = Notes()
    if beyond.any():
        outside = found.micros[beyond]
        # Notes hold floats, which are exact to some microseconds until 2255.
        notes = Notes(low=float(outside.min()), high=float(outside.max()))
    if strange and len(found.strange):
        rows = np.union1d(rows, found.strange)
        notes = Notes(low=notes.low, high=notes.high, odd=len(found.strange))
    return rows, notes


def _reached(notes: Notes) -> list[str]:
    told = []
    if notes.low is not None and notes.high is not None:
        low, high = times.told(int(notes.low)), times.told(int(notes.high))
        told.append(low if low == high else f"{low} to {high}")
    if notes.odd:
        told.append(f"no time in {notes.odd:,}")
    return told
