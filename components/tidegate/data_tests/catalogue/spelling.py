"""Tests of columns of text that hold what does not belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow.compute as pc
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.catalogue.base import Evidence, Notes, of_rows
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.shapes import ColumnTest
from tidegate.data_tests.catalogue.texts import TextTest
from tidegate.data_tests.catalogue.words import Flags, Words, is_in
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

# How exports, databases, spreadsheets and libraries write that there is no value.
# "unknown" and "none of these" are left out: they are honest categories.
NULL_SPELLINGS = (
    "",
    "-",
    "--",
    "---",
    "?",
    ".",
    "na",
    "n/a",
    "n.a.",
    "n.a",
    "<na>",
    "#n/a",
    "#n/a n/a",
    "#na",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "none",
    "nil",
    "nan",
    "-nan",
    "nat",
    "1.#ind",
    "-1.#ind",
    "1.#qnan",
    "-1.#qnan",
    "#null!",
    "#value!",
    "#div/0!",
    "#ref!",
    "#name?",
    "#num!",
    "\\n",
    "undefined",
    "not available",
)

# The kind of a value, by its spelling; the first that fits.
_CLOCK = r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?"
_KINDS = (
    ("number", r"\A[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\z"),
    ("number with a comma", r"\A[-+]?\d+,\d+\z"),
    ("date as 2013-01-31", r"\A\d{4}-\d\d-\d\d\z"),
    (
        "date and time",
        rf"\A\d{{4}}-\d\d-\d\d[T ]{_CLOCK} ?(Z|UTC|[-+]\d\d:?(\d\d)?)?\z",
    ),
    ("date as 31/01/2013", r"\A\d{1,2}/\d{1,2}/(\d\d|\d{4})\z"),
    ("date as 31.01.2013", r"\A\d{1,2}\.\d{1,2}\.(\d\d|\d{4})\z"),
    ("date as 2013/01/31", r"\A\d{4}/\d{1,2}/\d{1,2}\z"),
    ("time of day", rf"\A{_CLOCK}\z"),
)
_WORD = "word"


class NullSpellings(TextTest):
    """No value is a word for "there is no value", whatever its case."""

    name: ClassVar[str] = "null_spellings"
    why: ClassVar[str] = "missing values that count as a category: NA, null, -, ?"
    default: ClassVar[str] = (
        "`at_most: 0`, for a missing value should be missing; `allow` what is honest "
        "in this column, such as NA for Namibia; `also` adds your own words"
    )
    example: ClassVar[str] = "null_spellings: {column: tailnum, also: [unknown]}"

    also: list[str] = Field(
        default_factory=list, description="further words that mean missing"
    )
    allow: list[str] = Field(
        default_factory=list, description="words that are honest in this column"
    )
    at_most: Tolerance = Field(default=NONE, description="rows with such a word")

    @property
    @override
    def expectation(self) -> str:
        return "no word for missing"

    @override
    def wrong(self, words: Words) -> Flags:
        if words.cells.is_number:
            return np.zeros(len(words.texts), np.bool_)
        known = {*NULL_SPELLINGS, *map(_plain, self.also)}
        known -= set(map(_plain, self.allow))
        return is_in(pc.utf8_lower(pc.utf8_trim_whitespace(words.texts)), known)


@dataclass(frozen=True)
class KindsSeen:
    """Rows by the kind of value that they hold.

    Attributes:
        total: Rows looked at.
        rows: By kind, the rows that hold such a value.
        words: By kind, some of the values.
    """

    total: int = 0
    rows: dict[str, Blame] = field(default_factory=dict)
    words: dict[str, Notes] = field(default_factory=dict)

    def merge(self, other: KindsSeen) -> KindsSeen:
        """The rows of both."""
        rows, words = dict(self.rows), dict(self.words)
        for kind, blame in other.rows.items():
            rows[kind] = rows.get(kind, Blame()).merge(blame)
            words[kind] = words.get(kind, Notes()).merge(other.words[kind])
        return KindsSeen(self.total + other.total, rows, words)


class OneKind(ColumnTest):
    """All values are of one kind: numbers, dates of one form, times, or words."""

    name: ClassVar[str] = "one_kind"
    why: ClassVar[str] = "words among numbers, dates in two forms, decimal commas"
    default: ClassVar[str] = (
        "`at_most: 0` rows may hold a value of another kind than most rows; allow a "
        "share where codes may be all digits"
    )
    example: ClassVar[str] = "one_kind: {column: time_hour}"

    at_most: Tolerance = Field(
        default=NONE, description="rows that may hold a value of another kind"
    )

    @property
    @override
    def expectation(self) -> str:
        return "values of one kind"

    @override
    def look(self, view: View) -> KindsSeen:
        cells = view.cells(self.column)
        if cells.is_number:
            rows = np.unique(cells.rows)
            if not len(rows):
                return KindsSeen(view.rows)
            blame = Blame.of(view.positions[rows])
            return KindsSeen(view.rows, {"number": blame}, {"number": Notes()})
        words = Words.of(cells)
        seen = KindsSeen(view.rows)
        for kind, held in _by_kind(words):
            rows, notes = words.blame(held)
            seen.rows[kind] = Blame.of(view.positions[rows])
            seen.words[kind] = notes
        return seen

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: KindsSeen = seen or KindsSeen()
        # By name where they are equal, so that the same one is right each time.
        ranked = sorted(found.rows, key=lambda kind: (-len(found.rows[kind]), kind))
        if len(ranked) < 2:
            told = f"every value a {ranked[0]}" if ranked else "no value"
            return Evidence(True, told, Blame(), self.columns, total=found.total)
        odd = union(found.rows[kind] for kind in ranked[1:])
        listed = [self._told(kind, found) for kind in ranked[1:4]]
        told = f"{of_rows(len(odd), found.total)} no {ranked[0]}: {'; '.join(listed)}"
        return Evidence(
            len(odd) <= self.at_most.of(found.total),
            told,
            odd,
            self.columns,
            total=found.total,
            fix=f"write every {self.column} as a {ranked[0]}, or leave it empty",
        )

    def _told(self, kind: str, found: KindsSeen) -> str:
        words = found.words[kind].words
        rows = counted(len(found.rows[kind]), "rows")
        return f"{kind} on {rows}" + (f" ({named(words)})" if words else "")


def _by_kind(words: Words) -> list[tuple[str, Flags]]:
    left = np.ones(len(words.texts), np.bool_)
    found: list[tuple[str, Flags]] = []
    for kind, pattern in _KINDS:
        if left.any():
            held = words.matching(pattern) & left
            left &= ~held
            found.append((kind, held))
    return [(kind, held) for kind, held in [*found, (_WORD, left)] if held.any()]


def _plain(text: str) -> str:
    return text.strip().lower()
