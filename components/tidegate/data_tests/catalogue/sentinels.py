"""Test for numbers and dates that stand for "there is no value"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.cells import Cells, canonical
from tidegate.data_tests.catalogue.shapes import ProfileTest
from tidegate.data_tests.catalogue.standing_apart import NUMBERS, other_numbers
from tidegate.data_tests.catalogue.words import Words, is_in
from tidegate.data_tests.plots import distribution
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

DATES = (
    "0000-00-00",
    "0001-01-01",
    "1582-10-15",
    "1601-01-01",
    "1753-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1904-01-01",
    "1969-12-31",
    "1970-01-01",
    "2038-01-19",
    "2099-12-31",
    "2100-01-01",
    "2999-12-31",
    "9999-12-31",
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)([T ].*)?", re.DOTALL)
_DATED = r"\A\d{4}-\d\d-\d\d([T ]|\z)"


@dataclass(frozen=True)
class SentinelsSeen:
    """Rows by the sentinel that they hold.

    Attributes:
        total: Rows looked at.
        rows: By sentinel, as text, the rows that hold it.
        first: The earliest other date, as text; None without dates.
        last: The latest other date.
    """

    total: int = 0
    rows: dict[str, Blame] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None

    def merge(self, other: SentinelsSeen) -> SentinelsSeen:
        """The rows of both."""
        rows = dict(self.rows)
        for value, blame in other.rows.items():
            rows[value] = rows.get(value, Blame()).merge(blame)
        firsts = [one for one in (self.first, other.first) if one is not None]
        lasts = [one for one in (self.last, other.last) if one is not None]
        return SentinelsSeen(
            self.total + other.total,
            rows,
            min(firsts, default=None),
            max(lasts, default=None),
        )


class NoSentinel(ProfileTest):
    """No value stands for "unknown": -999, 9999, 1970-01-01 and the like.

    Without `values` a usual stand-in counts only if it stands apart from all other
    values, so that an honest 999 among distances is none. With `values` each of
    them counts wherever it stands.
    """

    name: ClassVar[str] = "no_sentinel"
    why: ClassVar[str] = "stand-ins for a missing value that shift every mean"
    default: ClassVar[str] = (
        "`at_most: 0`; without `values`, -1, -99, 0, runs of three to nine nines of "
        "either sign, the limits of integers and floats, and dates such as 1970-01-01, "
        "1900-01-01 and 9999-12-31 count where they stand apart: outside all other "
        "values, and far from them or negative among none"
    )
    example: ClassVar[str] = "no_sentinel: {column: [dep_delay, distance]}"

    values: list[str | int | float] | None = Field(
        default=None, min_length=1, description="values that stand for missing"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may hold one")

    @property
    @override
    def expectation(self) -> str:
        if self.values is None:
            return "no stand-in for missing"
        shown = ", ".join(str(value) for value in self.values[:6])
        more = len(self.values) - 6
        return f"no {shown}" + (f" and {more} more" if more > 0 else "")

    @override
    def look(self, view: View) -> SentinelsSeen:
        cells = view.cells(self.column)
        if cells.is_number:
            found = self._among_numbers(cells)
            return SentinelsSeen(view.rows, _blamed(found, cells, view))
        words = Words.of(cells)
        wanted = set(DATES if self.values is None else map(canonical, self.values))
        rows = _blamed(_places(words, wanted), cells, view)
        return SentinelsSeen(view.rows, rows, *_reach(words))

    def _among_numbers(self, cells: Cells) -> Iterator[tuple[str, Any]]:
        values = np.asarray(cells.values)
        single = pa.types.is_floating(cells.values.type)
        for sentinel in NUMBERS if self.values is None else self.values:
            number = _number(sentinel)
            if number is None:
                continue
            with np.errstate(over="ignore"):
                held = values == _like(number, values.dtype)
            if held.any():
                yield canonical(sentinel, single), held

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: SentinelsSeen = seen or SentinelsSeen()
        profile = whole.profile(self.column, self.where)
        guilty = [
            value
            for value in sorted(found.rows)
            if self.values is not None or self._stands_apart(value, found, profile)
        ]
        rows = union(found.rows[value] for value in guilty)
        guilty.sort(key=lambda value: (-len(found.rows[value]), value))
        told = [
            f"{value} on {counted(len(found.rows[value]), 'rows')}" for value in guilty
        ]
        more = len(told) - 3
        shown = ", ".join(told[:3]) + (f" and {more} others" if more > 0 else "")
        return Evidence(
            len(rows) <= self.at_most.of(found.total),
            shown or "no row",
            rows,
            self.columns,
            total=found.total,
            plot=distribution(self.column, whole, self.where) if guilty else None,
            fix=f"leave {self.column} empty where it is not known",
        )

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        raise NotImplementedError("it is judged with the rows that it saw")

    def _stands_apart(
        self, value: str, found: SentinelsSeen, profile: ColumnProfile
    ) -> bool:
        rows = len(found.rows[value])
        if value in DATES:
            return _is_far_date(value, found)
        others = other_numbers(profile, float(value))
        return others is not None and others.is_apart(float(value), rows)


def _is_far_date(value: str, found: SentinelsSeen) -> bool:
    """Whether a date lies a year, and a tenth of the others' span, from them."""
    if found.first is None or found.last is None:
        return False
    day, first, last = map(_days, (value, found.first, found.last))
    gap = first - day if day < first else day - last
    return gap > max(365, 0.1 * (last - first))


def _days(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return int(text[:4]) * 365


def _sentinel(text: str, wanted: set[str]) -> str | None:
    """The sentinel that a text is, or is a time of the day of."""
    if text in wanted:
        return text
    return text[:10] if text[:10] in wanted and _DATE.fullmatch(text) else None


def _reach(words: Words) -> tuple[str | None, str | None]:
    """The earliest and the latest date among texts, usual sentinels left out."""
    dated = words.texts.filter(pa.array(words.matching(_DATED)))
    days = set(pc.unique(_days_of(dated)).to_pylist()).difference(DATES)
    return min(days, default=None), max(days, default=None)


def _days_of(texts: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(texts, 0, 10)


def _places(
    words: Words, wanted: set[str]
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Each sentinel among the texts, and which cells hold it."""
    maybe = is_in(words.texts, wanted) | is_in(_days_of(words.texts), wanted)
    places = np.flatnonzero(maybe)
    texts = words.texts.take(pa.array(places)).to_pylist()
    chosen = [_sentinel(text, wanted) for text in texts]
    for value in sorted({one for one in chosen if one is not None}):
        held = np.zeros(len(words.texts), np.bool_)
        held[places] = [one == value for one in chosen]
        yield value, held[words.codes]


def _blamed(
    found: Iterator[tuple[str, npt.NDArray[np.bool_]]], cells: Cells, view: View
) -> dict[str, Blame]:
    return {value: Blame.of(view.positions[cells.blame(held)]) for value, held in found}


def _number(value: str | int | float) -> int | float | None:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return None


def _like(number: int | float, kind: np.dtype[Any]) -> Any:
    """The number in the type of the values, so that 0.1 meets 0.1."""
    if kind.kind == "f":
        return kind.type(number)
    return number
