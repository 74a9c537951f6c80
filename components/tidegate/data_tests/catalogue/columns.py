"""Tests of one column: its missing values, its range, its values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import BadRows, Evidence, Notes, Rows, where
from tidegate.data_tests.catalogue.cells import canonical
from tidegate.data_tests.catalogue.shapes import ColumnTest, RowTest
from tidegate.data_tests.plots import distribution
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.model import Plot
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_MOST_NAMED = 3
_MOST_SPANS = 60


class Missing(ColumnTest, RowTest):
    """Missing values: null, an empty cell, or a list without a value."""

    name: ClassVar[str] = "missing"
    why: ClassVar[str] = "an export that lost a column's values, wholly or in part"
    default: ClassVar[str] = (
        "`at_most` is required: whether a column may have gaps is for you to know"
    )
    example: ClassVar[str] = "missing: {column: dep_delay, at_most: 5%}"

    at_most: Tolerance = Field(description="a number of rows, or a share such as 5%")

    @property
    @override
    def expectation(self) -> str:
        return f"missing at most {self.at_most}"

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        column = view.column(self.column)
        empty = pc.is_null(column)
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            empty = pc.or_(
                empty, pc.equal(pc.fill_null(pc.list_value_length(column), 0), 0)
            )
        return where(empty), Notes()

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found = super().judge(seen, whole)
        return replace(found, plot=None if found.holds else self._plot(found, whole))

    def _plot(self, found: Evidence, whole: Whole) -> Plot | None:
        """The share now beside those of the accepted spans; None without any."""
        spans = () if whole.reference is None else whole.reference.spans[-_MOST_SPANS:]
        known = [
            (span.name, span.columns[self.column].missing)
            for span in spans
            if self.column in span.columns
        ]
        if not known or self.where is not None or found.rows is None:
            return None
        total = max(found.total or whole.rows, 1)
        now = len(found.rows) / total
        return Plot(
            kind="series",
            title=f"{self.column}, missing in the accepted spans and now",
            labels=(*(name for name, _ in known), "now"),
            now=(*(share for _, share in known), now),
            marked=(len(known),),
            limits=(-math.inf, self.at_most.of(total) / total),
            unit="share",
        )


class Between(ColumnTest, RowTest):
    """Numbers within bounds, which are allowed themselves. Missing is allowed."""

    name: ClassVar[str] = "between"
    why: ClassVar[str] = "a changed unit, a sentinel such as -999, a shifted column"
    default: ClassVar[str] = "one bound is required, both are allowed; `at_most: 0`"
    example: ClassVar[str] = "between: {column: distance, low: 80, high: 5000}"

    low: float | None = Field(
        default=None, allow_inf_nan=False, description="smallest allowed value"
    )
    high: float | None = Field(
        default=None, allow_inf_nan=False, description="largest allowed value"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may be outside")

    @model_validator(mode="after")
    def _has_bounds(self) -> Between:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    @property
    @override
    def expectation(self) -> str:
        if self.low is None:
            return f"at most {self.high:,g}"
        if self.high is None:
            return f"at least {self.low:,g}"
        return f"{self.low:,g} to {self.high:,g}"

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        found = view.cells(self.column)
        values = found.numbers()
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        # Not-a-number compares false with everything: outside every range.
        outside = ~((values >= low) & (values <= high))
        return found.blame(outside), _reach(values[outside])

    @override
    def observed(self, found: BadRows) -> str:
        return ", ".join([super().observed(found), *_reached(found.notes)])

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        evidence = super().judge(seen, whole)
        if evidence.holds:
            return evidence
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        plot = distribution(self.column, whole, self.where, limits=(low, high))
        return replace(evidence, plot=plot)


class OneOf(ColumnTest, RowTest):
    """Values out of a list. Missing is allowed: `missing` is there for that."""

    name: ClassVar[str] = "one_of"
    why: ClassVar[str] = "a misspelt, translated or new category"
    default: ClassVar[str] = "`at_most: 0`: a category is known or it is not"
    example: ClassVar[str] = "one_of: {column: origin, values: [EWR, JFK, LGA]}"

    values: list[str | int | float] = Field(min_length=1, description="allowed values")
    at_most: Tolerance = Field(default=NONE, description="rows that may have others")

    @property
    @override
    def expectation(self) -> str:
        shown = ", ".join(str(value) for value in self.values[:6])
        more = len(self.values) - 6
        return f"one of {shown}" + (f" and {more} more" if more > 0 else "")

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        found = view.cells(self.column)
        single = pa.types.is_floating(found.values.type)
        allowed = {canonical(value, single) for value in self.values}
        held, codes = found.distinct()
        words = [canonical(value, single) for value in held]
        strange = np.array([word not in allowed for word in words], np.bool_)[codes]
        counts = np.bincount(codes[strange], minlength=len(words))
        others: dict[str, int] = {}
        for i in np.flatnonzero(counts):  # Two values may be the same text.
            others[words[i]] = others.get(words[i], 0) + int(counts[i])
        return found.blame(strange), Notes.of_words(others)

    @override
    def observed(self, found: BadRows) -> str:
        count = len(found.blame)
        if not count:
            return "no other value"
        return f"{named(found.notes.words)} on {counted(count, 'rows')}"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        evidence = super().judge(seen, whole)
        if evidence.holds:
            return evidence
        single = whole.profile(self.column).kind == "float"
        allowed = {canonical(value, single) for value in self.values}
        plot = distribution(
            self.column,
            whole,
            self.where,
            is_bad=lambda value: canonical(value, single) not in allowed,
            as_values=True,
        )
        return replace(evidence, plot=plot)


def named(words: dict[str, int]) -> str:
    """The most frequent of some words, quoted: `"JKF", "EWL" and 3 others`."""
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f'"{printable(word, 24)}"' for word, _ in ranked[:_MOST_NAMED])
    more = len(words) - _MOST_NAMED
    if len(words) >= Notes.MOST:
        return f"{shown} and many others"
    return shown + (f" and {more:,} others" if more > 0 else "")


def _reach(outside: npt.NDArray[Any]) -> Notes:
    """How far values outside reach, and how many of them are no number."""
    real = outside[~np.isnan(outside)]
    if not len(real):
        return Notes(odd=len(outside))
    return Notes(
        low=float(real.min()), high=float(real.max()), odd=len(outside) - len(real)
    )


def _reached(notes: Notes) -> Iterator[str]:
    if notes.low is not None:
        yield f"{notes.low:,g} to {notes.high:,g}"
    if notes.odd:
        yield f"not a number in {notes.odd:,}"
