"""Tests of which columns there are, and what type each one has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator
from typing_extensions import override

from tidegate.data_tests.blame import Blame
from tidegate.data_tests.catalogue.base import (
    BadRows,
    DataTest,
    Evidence,
    Notes,
)
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.shapes import ProfileTest
from tidegate.data_tests.catalogue.words import Flags, Words
from tidegate.documents import near_miss
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_MOST_NAMED = 8
_INT = r"\A[-+]?\d{1,18}\z"
_NUMBER = r"\A[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\z"
_BOOL = r"(?i)\A(0|1|t|f|y|n|true|false|yes|no)\z"


class Columns(DataTest):
    """The columns are these, in whatever order."""

    name: ClassVar[str] = "columns"
    why: ClassVar[str] = "a column that is gone, renamed or new"
    default: ClassVar[str] = (
        "`new: fail`, for nobody has yet looked whether a new column is private or "
        "gives the label away; say `new: allow` where exports may grow"
    )
    example: ClassVar[str] = "columns: {expect: [origin, dest, distance], new: allow}"

    expect: list[str] = Field(min_length=1, description="names of the columns")
    new: Literal["fail", "allow"] = Field(
        default="fail", description="whether a column that is not listed breaks it"
    )

    @field_validator("expect")
    @classmethod
    def _once_each(cls, expect: list[str]) -> list[str]:
        twice = sorted({name for name in expect if expect.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} twice")
        return expect

    @property
    @override
    def subject(self) -> str:
        return "columns"

    @property
    @override
    def expectation(self) -> str:
        more = " or more" if self.new == "allow" else ""
        return f"the {counted(len(self.expect), 'columns')} listed{more}"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        gone = [name for name in self.expect if name not in whole.columns]
        new = [name for name in whole.columns if name not in set(self.expect)]
        renamed = dict(_renamed(gone, new))
        told = list(self._told(gone, new, renamed))
        if not gone and not (new and self.new == "fail"):
            return Evidence(True, "; ".join(told) or "all of them")
        return Evidence(False, "; ".join(told), fix=_advice(gone, new, renamed))

    def _told(
        self, gone: list[str], new: list[str], renamed: dict[str, str]
    ) -> Iterator[str]:
        for old, name in list(renamed.items())[:_MOST_NAMED]:
            yield f"{printable(old)} may now be {printable(name, 40)}"
        lost = [name for name in gone if name not in renamed]
        if lost:
            yield f"missing {_listed(lost)}"
        others = [name for name in new if name not in renamed.values()]
        if others:
            yield f"new {_listed(others)}"


class Type(ProfileTest):
    """The values are of this type. Missing is allowed, and no value tells no type."""

    name: ClassVar[str] = "type"
    why: ClassVar[str] = "numbers that became text, codes that lost leading zeros"
    default: ClassVar[str] = (
        "`is` is required; whole numbers pass for floats, and text passes for bytes, "
        "for they lose nothing as such"
    )
    example: ClassVar[str] = "type: {column: distance, is: int}"

    model_config = DataTest.model_config | {"populate_by_name": True}

    kind: Literal["int", "float", "number", "text", "bytes", "bool"] = Field(
        alias="is",
        description="int, float, number (either), text, bytes, or bool: 0, 1, true, "
        "false, yes, no",
    )

    @property
    @override
    def expectation(self) -> str:
        return f"type {self.kind}"

    @override
    def look(self, view: View) -> BadRows:
        """The rows whose value does not even read as one of the type."""
        cells = view.cells(self.column)
        if self.kind in ("text", "bytes"):
            return BadRows(view.rows)
        if cells.is_number:
            odd = self._odd_numbers(np.asarray(cells.values))
            rows = cells.blame(odd)
            return BadRows(view.rows, Blame.of(view.positions[rows]), Notes())
        words = Words.of(cells)
        rows, notes = words.blame(self._odd_words(words))
        return BadRows(view.rows, Blame.of(view.positions[rows]), notes)

    def _odd_numbers(self, values: np.ndarray[Any, Any]) -> Flags:
        if self.kind == "bool":
            return np.asarray((values != 0) & (values != 1), np.bool_)
        if self.kind == "int" and values.dtype.kind == "f":
            return np.asarray(~(np.floor(values) == values), np.bool_)
        return np.zeros(len(values), np.bool_)

    def _odd_words(self, words: Words) -> Flags:
        pattern = {"int": _INT, "bool": _BOOL}.get(self.kind, _NUMBER)
        return ~words.matching(pattern)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        profile = whole.profile(self.column, self.where)
        found: BadRows = seen or BadRows()
        held = {kind for kind, n in (profile.values_by_kind or {}).items() if n}
        if not held:
            return Evidence(
                None,
                "no value that could tell the type",
                fix=f"use `missing` to refuse an empty {self.column}",
            )
        if self._fits(held) and not (self.kind == "bool" and len(found.blame)):
            return Evidence(True, _kinds(held), columns=self.columns)
        odd = len(found.blame)
        return Evidence(
            False,
            self._told(held, found, profile),
            # Where each value would do, no single row is to blame.
            found.blame if odd else None,
            self.columns,
            fix=self._advice(odd),
            total=found.total,
        )

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        raise NotImplementedError("it is judged with the rows that it saw")

    def _fits(self, held: set[str]) -> bool:
        allowed = {
            "int": {"int"},
            "float": {"int", "float"},
            "number": {"int", "float"},
            "text": {"text"},
            "bytes": {"bytes", "text"},
            # By its values: CSV has no truth values of its own.
            "bool": {"int", "float", "text", "bytes"},
        }
        return held <= allowed[self.kind]

    def _told(self, held: set[str], found: BadRows, profile: ColumnProfile) -> str:
        kinds, odd = _kinds(held), len(found.blame)
        if self.kind == "text" and "bytes" in held:
            return f"{kinds}, {counted(profile.invalid_utf8, 'values')} not UTF-8"
        if self.kind in ("text", "bytes"):
            return kinds
        if odd:
            words = found.notes.words
            which = f": {named(words)}" if words else ""
            return f"{kinds}, no {self.kind} on {counted(odd, 'rows')}{which}"
        sample = profile.frequent(1)
        shown = f' such as "{printable(str(sample[0][0]), 24)}"' if sample else ""
        return f"{kinds}, although every value reads as {_a(self.kind)},{shown}"

    def _advice(self, odd: int) -> str | None:
        if self.kind == "text":
            return f"write {self.column} as text; as a number it may lose zeros"
        if odd:
            return f"correct these rows, or leave {self.column} empty in them"
        return f"write {self.column} as {_a(self.kind)} in the export"


def _renamed(gone: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Columns that are gone, each with the new one that looks like it."""
    left = list(new)
    for name in gone:
        near = near_miss(name, left)
        if near:
            left.remove(near)
            yield name, near


def _listed(names: list[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return shown + (f" and {more:,} more" if more > 0 else "")


def _advice(gone: list[str], new: list[str], renamed: dict[str, str]) -> str:
    if renamed:
        old, name = next(iter(renamed.items()))
        return f"name {printable(name, 40)} {old} again, or change `expect`"
    if gone:
        return f"restore {_listed(gone)} in the export, or change `expect`"
    return f"add {_listed(new)} to `expect` once reviewed, or say `new: allow`"


def _kinds(held: set[str]) -> str:
    return " and ".join(sorted(held))


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "int" else f"a {kind}"
