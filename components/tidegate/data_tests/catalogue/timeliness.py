"""Tests of when rows happened, all together: fresh, and without gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests import times
from tidegate.data_tests.catalogue.base import Evidence, Family
from tidegate.data_tests.catalogue.shapes import ColumnTest
from tidegate.data_tests.duration import Duration, spoken
from tidegate.data_tests.timeline import Timeline, bin_of
from tidegate.report.model import Plot
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_BINS = 60
_CLOCK = "check the clock and the time zone of the export: times are read as UTC"


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
        line: Timeline = Timeline() if seen is None else seen
        if not len(line):
            return self._without_times(line)
        return self.on(line, whole)

    def on(self, line: Timeline, whole: Whole) -> Evidence:
        """The verdict on at least one time."""
        raise NotImplementedError

    def _without_times(self, line: Timeline) -> Evidence:
        strange = f"; something else in {counted(line.strange, 'rows')}"
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
            told = (
                f"all {len(line):,} are in the future, from {times.told(line.earliest)}"
            )
            return Evidence(False, told, columns=self.columns, fix=_CLOCK)
        age = now - latest
        return Evidence(
            age <= self.within.micros,
            f"latest {times.told(latest)}, {spoken(age)} old",
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
        reach = f"rows from {times.told(line.earliest)} to {times.told(line.latest)}"
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
        told = f"{spoken(end - begin)} from {times.told(begin)} to {times.told(end)}"
        others = f", and {counted(more, 'others')}" if more > 0 else ""
        return Evidence(
            more < 0,
            f"longest {told}{others}; {reach}",
            columns=self.columns,
            fix=f"deliver the rows from {times.told(begin)} to {times.told(end)}",
            plot=_plot(line, self.column, gap) if more >= 0 else None,
        )


def _plot(line: Timeline, column: str, gap: tuple[int, int]) -> Plot:
    """Rows over time, the bins of the gap marked."""
    edges, rows = line.counted(_BINS)
    first, last = bin_of(edges, gap[0]), bin_of(edges, gap[1])
    empty = [n for n in range(first, last + 1) if not rows[n]]
    return Plot(
        kind="series",
        title=f"rows by {column}",
        labels=tuple(times.told(edge) for edge in edges[:-1]),
        now=tuple(map(float, rows)),
        marked=tuple(empty or [first]),
        unit="rows",
    )
