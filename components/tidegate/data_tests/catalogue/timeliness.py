"""Tests of when rows happened: fresh, within a window, without gaps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from tidegate.data_tests import times
from tidegate.data_tests.blame import Blame
from tidegate.data_tests.catalogue.base import BadRows, Evidence, Family, Notes, Rows
from tidegate.data_tests.catalogue.shapes import ColumnTest, RowTest
from tidegate.data_tests.duration import Duration, spoken
from tidegate.data_tests.timeline import Timeline, bin_of
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.model import Plot
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

# A few rows from the future must not say how old the others may be.
_NEARLY_ALL = 0.99
_BINS = 60
_CLOCK = "check the clock and the time zone of the export: times are read as UTC"
# The year 1 to the year 9999, which suites can say.
_BEGIN, _END = -(2**63), 2**63 - 1


def _as_moment(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if not isinstance(value, str) or times.parse_moment(value) is None:
        raise ValueError("must be a time such as 2013-01-31 or 2013-01-31T10:00Z")
    return value.strip()


Moment = Annotated[str, BeforeValidator(_as_moment)]


class TimeTest(ColumnTest):
    """A test of a column of times; the suite's `time` unless it names another."""

    family: ClassVar[Family] = "batch"

    column: str = Field(
        min_length=1, description="column of times; the suite's `time` by default"
    )

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        time = settings.get("time")
        return {"column": time, **parameters} if time else parameters


class TimelineTest(TimeTest):
    """A test of the times of all rows together."""

    @override
    def look(self, view: View) -> Timeline:
        return Timeline.of(times.times_of(view.cells(self.column)))

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        line: Timeline = seen or Timeline()
        if not len(line):
            return self._without_times(line)
        return self.on(line, whole)

    def on(self, line: Timeline, whole: Whole) -> Evidence:
        """The verdict on at least one time."""
        raise NotImplementedError

    def _without_times(self, line: Timeline) -> Evidence:
        strange = f"; {counted(line.strange, 'rows')} hold something else"
        return Evidence(
            False,
            "no time in the column" + (strange if line.strange else ""),
            columns=self.columns,
            fix=f"deliver {self.column} as ISO 8601 text such as 2013-01-31T10:00:00Z, "
            "or as seconds since 1970",
        )


class Fresh(TimelineTest):
    """The latest event is not long ago."""

    name: ClassVar[str] = "fresh"
    why: ClassVar[str] = "an old delivery sent again, an export that has stopped"
    default: ClassVar[str] = (
        "`within` is required: how old is too old is for you to know. Rows from "
        "the future are no proof of freshness and do not count"
    )
    example: ClassVar[str] = "fresh: {column: time_hour, within: 2d}"

    within: Duration = Field(description="age of the latest event at most, such as 2d")

    @property
    @override
    def expectation(self) -> str:
        return f"latest at most {self.within} old"

    @override
    def on(self, line: Timeline, whole: Whole) -> Evidence:
        now = times.micros_of(whole.now)
        latest = line.latest_until(now)
        if latest is None:
            told = f"all {len(line):,} are in the future, from {_told(line.earliest)}"
            return Evidence(False, told, columns=self.columns, fix=_CLOCK)
        age = now - latest
        return Evidence(
            age <= self.within.micros,
            f"latest {_told(latest)}, {spoken(age)} old",
            columns=self.columns,
            fix="deliver the newest export; this one is old",
        )


class NoGaps(TimelineTest):
    """No long stretch of time without a row, between the first and the last one."""

    name: ClassVar[str] = "no_gaps"
    why: ClassVar[str] = "hours or days that got lost on the way"
    default: ClassVar[str] = (
        "`longest` is required: nights and weekends may be quiet. Gaps are exact "
        "from a minute on for two weeks, from an hour on for two years"
    )
    example: ClassVar[str] = "no_gaps: {column: time_hour, longest: 12h}"

    longest: Duration = Field(description="longest time without a row, such as 6h")

    @property
    @override
    def expectation(self) -> str:
        return f"no gap over {self.longest}"

    @override
    def on(self, line: Timeline, whole: Whole) -> Evidence:
        gap = line.longest_gap()
        reach = f"rows from {_told(line.earliest)} to {_told(line.latest)}"
        if self.longest.micros < line.resolution:
            return Evidence(
                None,
                f"{reach} are counted by {line.told_resolution()}, which is longer",
                columns=self.columns,
                fix=f"allow {line.told_resolution()}, or test smaller batches",
            )
        if gap is None:
            return Evidence(True, f"no gap; {reach}", columns=self.columns)
        begin, end = gap
        more = line.gaps_over(self.longest.micros) - 1
        told = f"{spoken(end - begin)} from {_told(begin)} to {_told(end)}"
        others = f", and {counted(more, 'others')}" if more > 0 else ""
        return Evidence(
            more < 0,
            f"longest {told}{others}; {reach}",
            columns=self.columns,
            fix=f"deliver the rows from {_told(begin)} to {_told(end)}",
            plot=_plot(line, self.column, gap) if more >= 0 else None,
        )


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
        told = f"no row; latest {_told(line.latest)}"
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
        told = f"no row; earliest {_told(line.earliest)}"
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
        return f"{_told(self.low)} to {_told(self.high)}"

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
        low, high = _told(int(notes.low)), _told(int(notes.high))
        told.append(low if low == high else f"{low} to {high}")
    if notes.odd:
        told.append(f"no time in {notes.odd:,}")
    return told


def _plot(line: Timeline, column: str, gap: tuple[int, int]) -> Plot:
    """Rows over time, the bins of the gap marked."""
    edges, rows = line.counted(_BINS)
    first, last = bin_of(edges, gap[0]), bin_of(edges, gap[1])
    empty = [n for n in range(first, last + 1) if not rows[n]]
    return Plot(
        kind="series",
        title=f"rows by {column}",
        labels=tuple(_told(edge) for edge in edges[:-1]),
        now=tuple(map(float, rows)),
        marked=tuple(empty or [first]),
        unit="rows",
    )


def _told(micros: int) -> str:
    return times.told(micros)
