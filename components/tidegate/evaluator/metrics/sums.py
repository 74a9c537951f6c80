"""Sums by slice: the one state that every metric here is computed from.

A metric keeps, for each slice, a row of cells (buckets, thresholds, or just one)
with some numbers each, and all of them are plain sums. So states merge by adding,
in any order, and a slice that a state has not seen yet is a row of zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.evaluator.metrics.predicted import Indices, Numbers


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


def sums(entries: Entries, members: Members, width: int) -> Numbers:
    """The sums of a batch, (slices, numbers, cells)."""
    at, groups, times = _joined(entries, members)
    places = groups if entries.cells is None else groups * width + entries.cells[at]
    size = members.count * width
    totals = np.empty((members.count, len(entries.values), width))
    for number, values in enumerate(entries.values):
        picked = values[at] if times is None else values[at] * times
        total = np.bincount(places, weights=picked, minlength=size)
        totals[:, number, :] = total.reshape(members.count, width)
    return totals


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


def added(one: Numbers, other: Numbers) -> Numbers:
    """Both sums together; the one with fewer slices has zeros for the rest."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total
