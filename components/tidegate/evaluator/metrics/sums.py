"""Sums by slice: the one state that every metric here is computed from.

A metric keeps, for each slice, a row of cells (buckets, thresholds, or just one)
with some numbers each, and all of them are plain sums. So states merge by adding,
in any order, and a slice that a state has not seen yet is a row of zeros. Few cells
lie in an array; many, of which most stay empty, are kept by their place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tidegate.evaluator.metrics.predicted import Indices, Numbers

Part = tuple[Indices, Numbers]

DENSE = 1 << 21
"""Numbers up to which an array holds them all: 16 MiB."""


@dataclass(frozen=True, eq=False)
class Entries:
    """What a batch adds, before it is known which slices its rows are in.

    Attributes:
        rows: Row number of each entry, ascending; None where entry i is row i.
        cells: Cell of each entry; None where there is one cell only.
        values: Numbers to add, each one an entry.
    """

    rows: Indices | None
    cells: Indices | None
    values: tuple[Numbers, ...]


@dataclass(frozen=True, eq=False)
class Members:
    """Which slice each row is in; a row can be in many.

    Attributes:
        rows: Row number of each membership.
        groups: Slice number of each membership.
        count: Number of slices.
        times: How often the row counts; None where once.
    """

    rows: Indices
    groups: Indices
    count: int
    times: Numbers | None = None


@dataclass(frozen=True, eq=False)
class Row:
    """The cells of one slice.

    Attributes:
        cells: Which cells hold anything, ascending.
        values: Their numbers, (numbers, cells held).
        width: Number of all cells.
    """

    cells: Indices
    values: Numbers
    width: int

    @property
    def dense(self) -> Numbers:
        """All cells, (numbers, width)."""
        if len(self.cells) == self.width:
            return self.values
        every = np.zeros((len(self.values), self.width))
        every[:, self.cells] = self.values
        return every

    def filled(self) -> Row:
        """The same row with all its cells, unless they are too many to hold."""
        if self.width > DENSE:
            return self
        return Row(np.arange(self.width), self.dense, self.width)

    def plus(self, other: Row) -> Row:
        """Both rows together."""
        if len(self.cells) == self.width == len(other.cells):
            return Row(self.cells, self.values + other.values, self.width)
        cells = np.concatenate([self.cells, other.cells])
        values = np.concatenate([self.values, other.values], axis=1)
        return Row(*_gathered(cells, values), self.width)


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums of all slices.

    Attributes:
        count: Number of slices.
        width: Number of cells a slice.
        parts: Places (slice * width + cell, ascending) with their numbers. More
            than one part waits to be added up, the smallest one first.
        dense: All of them as (slices, numbers, cells), instead of parts.
    """

    count: int
    width: int
    parts: tuple[Part, ...] = ()
    dense: Numbers | None = None

    @classmethod
    def empty(cls, count: int, numbers: int, width: int) -> Sums:
        """No rows seen."""
        if count * numbers * width <= DENSE:
            return cls(count, width, (), np.zeros((count, numbers, width)))
        nothing = np.zeros(0, dtype=np.int64), np.zeros((numbers, 0))
        return cls(count, width, (nothing,))

    @classmethod
    def of(cls, entries: Entries, members: Members, width: int) -> Sums:
        """The sums of a batch."""
        at, groups, times = _joined(entries, members)
        count = members.count
        places = groups if entries.cells is None else groups * width + entries.cells[at]
        columns = [
            values[at] if times is None else values[at] * times
            for values in entries.values
        ]
        if count * width * len(columns) <= DENSE:
            dense = np.empty((count, len(columns), width))
            for number, column in enumerate(columns):
                total = np.bincount(places, weights=column, minlength=count * width)
                dense[:, number, :] = total.reshape(count, width)
            return cls(count, width, (), dense)
        return cls(count, width, (_gathered(places, np.array(columns)),))

    def plus(self, other: Sums) -> Sums:
        """Both together; the one with fewer slices has nothing in the rest."""
        count = max(self.count, other.count)
        dense = (self.dense, other.dense)
        if dense[0] is not None and dense[1] is not None:
            return Sums(count, self.width, (), _added(dense[0], dense[1]))
        parts = sorted(
            (*self._by_place(), *other._by_place()), key=lambda part: len(part[0])
        )
        return Sums(count, self.width, tuple(_settled(parts)))

    def rows(self) -> list[Row]:
        """The cells of each slice."""
        if self.dense is not None:
            every = np.arange(self.width)
            return [Row(every, values, self.width) for values in self.dense]
        (places, values), *rest = self.parts
        for part in rest:
            places, values = _both((places, values), part)
        fences = np.searchsorted(places, np.arange(self.count + 1) * self.width)
        return [
            Row(places[low:high] - group * self.width, values[:, low:high], self.width)
            for group, (low, high) in enumerate(itertools.pairwise(fences))
        ]

    def _by_place(self) -> tuple[Part, ...]:
        if self.dense is None:
            return self.parts
        flat = self.dense.transpose(1, 0, 2).reshape(self.dense.shape[1], -1)
        held = np.flatnonzero(flat.any(axis=0))
        return ((held, flat[:, held]),)


def _settled(parts: Iterable[Part]) -> list[Part]:
    """Parts, the smallest first, each at least twice as large as the one before.

    Like a log-structured merge: parts join only when they are of a size, so that
    every number is moved few times over all batches.
    """
    kept: list[Part] = []
    for part in parts:
        if kept and len(part[0]) <= 2 * len(kept[-1][0]):
            kept[-1] = _both(kept[-1], part)
        elif kept and not len(kept[-1][0]):
            kept[-1] = part
        else:
            kept.append(part)
    return kept


def _joined(
    entries: Entries, members: Members
) -> tuple[Indices, Indices, Numbers | None]:
    """Entry number, slice and times of each entry in each slice of its row."""
    if entries.rows is None:
        return members.rows, members.groups, members.times
    rows = int(members.rows.max(initial=-1)) + 1
    first = np.searchsorted(entries.rows, np.arange(rows + 1))
    counts = np.diff(first)[members.rows]
    ends = np.cumsum(counts)
    offsets = np.arange(int(ends[-1]) if len(ends) else 0)
    offsets -= np.repeat(ends - counts, counts)
    at = np.repeat(first[members.rows], counts) + offsets
    times = None if members.times is None else np.repeat(members.times, counts)
    return at, np.repeat(members.groups, counts), times


def _gathered(places: Indices, values: Numbers) -> Part:
    """Each place once, ascending, with its numbers added up."""
    order = np.argsort(places, kind="stable")
    places, values = places[order], values[:, order]
    if not len(places):
        return places, values
    first = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
    return places[first], np.add.reduceat(values, first, axis=1)


def _both(one: Part, two: Part) -> Part:
    places = np.concatenate([one[0], two[0]])
    return _gathered(places, np.concatenate([one[1], two[1]], axis=1))


def _added(one: Numbers, other: Numbers) -> Numbers:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total: Numbers = longer.copy()
    total[: len(shorter)] += shorter
    return total
