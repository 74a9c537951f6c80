"""The accepted spans together, aligned: the same place is the same thing in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tidegate.drift_tests.history.acceptance import Acceptance
from tidegate.drift_tests.history.age import comes_before, in_order
from tidegate.drift_tests.summary import FloatArray, IntArray, SpanMeasures


@dataclass(frozen=True, eq=False)
class AlignedPairs:
    """Relations between columns in each span.

    Attributes:
        first: Place of the first column in the history's columns.
        second: Place of the second one.
        measure: Names of the kinds of relation.
        kind: Place in `measure` of each pair.
        values: A row for each span; NaN where a span does not have the pair.
    """

    first: IntArray
    second: IntArray
    measure: tuple[str, ...]
    kind: IntArray
    values: FloatArray

    def __len__(self) -> int:
        return self.first.size


@dataclass(frozen=True, eq=False)
class History:
    """The accepted spans, oldest first.

    Attributes:
        spans: What was measured of each.
        acceptances: Why each is in the history; None where it is not known.
    """

    spans: tuple[SpanMeasures, ...] = ()
    acceptances: tuple[Acceptance | None, ...] = ()

    def __post_init__(self) -> None:
        if not self.acceptances:
            object.__setattr__(self, "acceptances", (None,) * len(self.spans))
        if len(self.acceptances) != len(self.spans):
            raise ValueError("not as many acceptances as spans")

    @classmethod
    def of(cls, spans: Iterable[SpanMeasures]) -> History:
        """The history of some spans, put in order."""
        return cls(tuple(in_order(spans, lambda one: one)))

    def __len__(self) -> int:
        return len(self.spans)

    def __str__(self) -> str:
        if not self.spans:
            return "no span"
        first, last = self.spans[0].name, self.spans[-1].name
        if len(self.spans) == 1:
            return f"1 span, {first}"
        return f"{len(self.spans)} spans, {first} to {last}"

    def part(self, first: int, last: int) -> History:
        """The spans from the place `first` to before `last`."""
        kept = slice(first, last)
        return History(self.spans[kept], self.acceptances[kept])

    def before(self, span: SpanMeasures) -> History:
        """The spans that come before another, itself not among them.

        Where nothing says which of two is older, the accepted one is.
        """
        return self.before_day(span.name, span.span, span.start, span.created)

    def before_day(
        self,
        name: str | None,
        number: int | None,
        start: date | None,
        created: datetime | None = None,
    ) -> History:
        """The spans that come before one that has not been measured yet.

        Args:
            name: Its name.
            number: Its number.
            start: Its first day.
            created: When it was measured; None stands for now.
        """
        created = created or datetime.now(timezone.utc)
        kept = [
            place
            for place, one in enumerate(self.spans)
            if one.name != name and comes_before(one, number, start, created)
        ]
        return History(
            tuple(self.spans[place] for place in kept),
            tuple(self.acceptances[place] for place in kept),
        )

    def find(self, name: str) -> SpanMeasures | None:
        """The span of a name; None if it is not there."""
        return next((span for span in self.spans if span.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each span."""
        return tuple(span.name for span in self.spans)

    @property
    def starts(self) -> tuple[date | None, ...]:
        """First day of each span."""
        return tuple(span.start for span in self.spans)

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """Number of each span."""
        return tuple(span.span for span in self.spans)

    @cached_property
    def rows(self) -> IntArray:
        """Number of rows of each span."""
        return np.array([span.rows for span in self.spans], dtype=np.int64)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column of any span, in the newest span's order, old ones last."""
        return _union([span.columns for span in reversed(self.spans)])

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Every measure of any span, in the newest span's order."""
        return _union([span.measures for span in reversed(self.spans)])

    @cached_property
    def places(self) -> tuple[IntArray, ...]:
        """For each span, where its columns are in the history's."""
        return _all_places([span.columns for span in self.spans], self.columns)

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """(spans, columns): whether a span has the column."""
        found = np.zeros((len(self), len(self.columns)), dtype=np.bool_)
        for row, places in zip(found, self.places, strict=True):
            row[places] = True
        return found

    @cached_property
    def values(self) -> FloatArray:
        """(spans, columns, measures): every figure; NaN where there is none."""
        shape = (len(self), len(self.columns), len(self.measures))
        figures = np.full(shape, np.nan)
        fields = _all_places([span.measures for span in self.spans], self.measures)
        aligned = zip(figures, self.spans, self.places, fields, strict=True)
        for layer, span, rows, across in aligned:
            if _straight(rows, shape[1]) and _straight(across, shape[2]):
                layer[:] = span.matrix
            else:
                layer[np.ix_(rows, across)] = span.matrix
        return figures

    def kinds(self, column: str) -> tuple[str | None, ...]:
        """What the column held in each span; None where a span does not have it."""
        return tuple(
            None if (place := span.place(column)) is None else span.kinds[place]
            for span in self.spans
        )

    @cached_property
    def pairs(self) -> AlignedPairs:
        """The relations of any span, with their strength in each."""
        kinds = _union([span.pairs.measure for span in reversed(self.spans)])
        width = max(len(self.columns), 1)
        keys = [
            self._keys(span, places, kinds, width)
            for span, places in zip(self.spans, self.places, strict=True)
        ]
        known = np.unique(np.concatenate([*keys, np.empty(0, dtype=np.int64)]))
        values = np.full((len(self), known.size), np.nan)
        for row, key, span in zip(values, keys, self.spans, strict=True):
            row[np.searchsorted(known, key)] = span.pairs.values
        pair, kind = np.divmod(known, max(len(kinds), 1))
        first, second = np.divmod(pair, width)
        return AlignedPairs(first, second, kinds, kind, values)

    @staticmethod
    def _keys(
        span: SpanMeasures, places: IntArray, kinds: tuple[str, ...], width: int
    ) -> IntArray:
        """One number for each pair of a span, the same in every span."""
        pairs = span.pairs
        if not len(pairs):
            return np.empty(0, dtype=np.int64)
        kind = places_in(pairs.measure, kinds)[pairs.kind]
        both = places[pairs.first] * width + places[pairs.second]
        return np.asarray(both * len(kinds) + kind, dtype=np.int64)


def places_in(names: Sequence[str], union: Sequence[str]) -> IntArray:
    """Where each name is in the union that holds them all."""
    known = {name: place for place, name in enumerate(union)}
    return np.array([known[name] for name in names], dtype=np.int64)


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The names of all lists, each once, in the order in which they are first met."""
    # Most spans have the same names: those are looked at once.
    return tuple(
        dict.fromkeys(name for names in dict.fromkeys(lists) for name in names)
    )


def _all_places(
    lists: Sequence[tuple[str, ...]], union: tuple[str, ...]
) -> tuple[IntArray, ...]:
    known: dict[tuple[str, ...], IntArray] = {}
    for names in lists:
        if names not in known:
            known[names] = places_in(names, union)
    return tuple(known[names] for names in lists)


def _straight(places: IntArray, count: int) -> bool:
    """Whether the places are simply 0, 1, 2 … count - 1."""
    return places.size == count and bool((places == np.arange(count)).all())
