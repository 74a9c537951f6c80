"""A test that nothing to train on is later than what is evaluated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests import times
from tidegate.data_tests.blame import Rows
from tidegate.data_tests.catalogue.base import Evidence, Notes, of_rows
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.catalogue.splits import ONE_SPLIT, SplitsTest, in_order
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import printable

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole


@dataclass(frozen=True)
class Reaches:
    """The first and the last time of each split, in microseconds since 1970."""

    of: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def merge(self, other: Reaches) -> Reaches:
        """The times of both."""
        both = dict(self.of)
        for name, (first, last) in other.of.items():
            held = both.get(name, (first, last))
            both[name] = (min(held[0], first), max(held[1], last))
        return Reaches(both)

    @property
    def start(self) -> int | None:
        """When the first row of a split other than train is; None without two."""
        others = [reach[0] for name, reach in self.of.items() if name != self.train]
        return min(others, default=None)

    @property
    def train(self) -> str:
        """Name of the split to train on: the first one."""
        return in_order(list(self.of))[0]


class SplitsInTime(SplitsTest):
    """Nothing to train on is later than the first row to evaluate on."""

    name: ClassVar[str] = "splits_in_time"
    why: ClassVar[str] = (
        "a model that knows the future of what it is judged by: splits at random, or "
        "rows that came late"
    )
    default: ClassVar[str] = (
        "the suite's `time`; the splits of the data; `at_most: 0`. Blames the rows of "
        "train; one at the very time of the first row of eval is allowed"
    )
    example: ClassVar[str] = (
        'splits_in_time: {column: time_hour, train: "month < 10", eval: "month >= 10"}'
    )

    column: str | None = Field(
        default=None, min_length=1, description="column that tells when a row happened"
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows of train that may be later than eval's first"
    )

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        time = settings.get("time")
        if "column" in parameters or not isinstance(time, str):
            return parameters
        return {**parameters, "column": time}

    @property
    @override
    def subject(self) -> str:
        return self.column or "time"

    @property
    @override
    def expectation(self) -> str:
        most = "no row" if self.at_most.rows == 0 else f"at most {self.at_most}"
        return f"{most} of train later than the first of eval"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *(() if self.column is None else (self.column,)))

    @override
    def look(self, view: View) -> Reaches | None:
        if self.column is None:
            return None
        found = times.times_of(view.cells(self.column))
        reaches: dict[str, tuple[int, int]] = {}
        for name, rows in self.parts(view):
            inside = found.micros[np.isin(found.rows, rows)]
            if len(inside):
                reaches[name] = (int(inside.min()), int(inside.max()))
        return Reaches(reaches)

    @override
    def again(self, seen: Any, whole: Whole) -> RowTest | None:
        start = None if seen is None else seen.start
        if start is None or seen.of[seen.train][1] <= start:
            return None
        return _LaterRows(
            by=self.by,
            train=self.train,
            eval=self.eval,
            column=self.subject,
            split=seen.train,
            start=start,
            at_most=self.at_most,
        )

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        if self.column is None:
            return Evidence(
                None,
                "no column of times is named",
                fix="name it in the suite, `time: time_hour`, or here, `column:`",
            )
        found: Reaches = seen or Reaches()
        start = found.start
        if start is None:
            return Evidence(None, ONE_SPLIT)
        last = times.told(found.of[found.train][1])
        told = f"{printable(found.train, 30)} ends {last}"
        return Evidence(
            True, f"{told}, the others begin {times.told(start)}", columns=self.columns
        )


class _LaterRows(SplitsTest, RowTest):
    """Rows of train later than a time. Its total are the rows of train."""

    column: str
    split: str
    start: int

    @property
    @override
    def subject(self) -> str:
        return self.column

    @property
    @override
    def expectation(self) -> str:
        return f"not after {times.told(self.start)}"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, self.column)

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        mine = np.concatenate(
            [np.zeros(0, np.int64)]
            + [rows for name, rows in self.parts(view) if name == self.split]
        )
        found = times.times_of(view.cells(self.column))
        inside = found.micros[np.isin(found.rows, mine)]
        late = np.isin(found.rows, mine) & (found.micros > self.start)
        last = float(inside.max()) if late.any() else None
        return found.blame(late), Notes({"rows": len(mine)}, high=last)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        total = seen.notes.words.get("rows", 0)
        last = times.told(int(seen.notes.high or self.start))
        count = len(seen.blame)
        return Evidence(
            count <= self.at_most.of(total),
            f"{of_rows(count, total)} of {printable(self.split, 30)}, up to {last}; "
            f"the others begin {times.told(self.start)}",
            seen.blame,
            self.columns,
            fix=f"split by {self.column}: all of train before all of eval",
            total=total,
        )
