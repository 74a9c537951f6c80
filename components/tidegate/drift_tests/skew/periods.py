"""Pieces that training data fall into by themselves: files, or hours, days, weeks.

A log of a day is like a day and not like as many rows from noon to noon, least of
all where days have more rows and fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.times import DAY, SECOND, times_of
from tidegate.drift_tests.skew.division import MOST_ROWS, most_rows, sampled
from tidegate.drift_tests.summary import IntArray

_PERIODS = {"hours": 3600 * SECOND, "days": DAY, "weeks": 7 * DAY}
# A log that covers this part of a period is one of it, if it is not much longer.
_COVERED, _OVER = 0.5, 1.02
# Stray rows of another time must not decide.
_STRAY = 0.005
# Files count as blocks unless the log has more rows than so many of them: one of
# fewer rows is a sample of what a file holds, and held against samples of files.
_MANY = 2.0
# A piece with a smaller part of the usual rows was cut off.
_WHOLE = 0.5
_MOST = 150


@dataclass(frozen=True)
class Period:
    """A period that training data are cut into.

    Attributes:
        name: "hours", "days" or "weeks".
        length: In microseconds.
        phase: When one begins, in microseconds since 1970.
    """

    name: str
    length: int
    phase: int

    def of(self, times: IntArray) -> IntArray:
        """Number of each time's period; -1 without a time."""
        known = times > np.iinfo(np.int64).min
        number = np.full(len(times), -1, np.int64)
        if known.any():
            number[known] = (times[known] - self.phase) // self.length
            number[known] -= number[known].min()
        return number


def period_of(
    training: pa.ChunkedArray, log: pa.ChunkedArray, needed: int
) -> Period | None:
    """The period that a log is one of; None if there is none, or too few of them.

    A day need not begin at midnight: the log stands in the middle of its own.

    Args:
        training: Times of training rows.
        log: Times of the log's rows.
        needed: Fewest periods that the training data must have.
    """
    ours, theirs = times_of(cells(training)).micros, times_of(cells(log)).micros
    if not len(ours) or not len(theirs):
        return None
    first, last = np.quantile(theirs, [_STRAY, 1 - _STRAY])
    begin, end = np.quantile(ours, [_STRAY, 1 - _STRAY])
    for name, length in _PERIODS.items():
        if _COVERED * length <= last - first <= _OVER * length:
            if end - begin < needed * length:
                return None
            return Period(name, length, int((first + last) / 2) - length // 2)
    return None


def files_fit(rows: Sequence[int], log: int, needed: int) -> bool:
    """Whether files can be the blocks: enough of them, and long enough for the log."""
    return len(rows) >= needed and log <= _MANY * float(np.median(rows))


def pieces_of(group: IntArray, rows: int, columns: int) -> IntArray:
    """The block of each row; -1 for rows that are in none.

    Args:
        group: The period or file of each row, -1 for none.
        rows: Rows of the serving log: no more are measured of any piece.
        columns: Number of columns, see `division`.
    """
    counts = np.bincount(group + 1)[1:]
    whole = np.flatnonzero(counts >= _WHOLE * np.median(counts[counts > 0]))
    whole = whole[-_MOST:]
    number = np.full(len(counts) + 1, -1, np.int64)
    number[whole] = np.arange(len(whole))
    block = number[group]
    least = min(rows, most_rows(len(whole), columns), MOST_ROWS)
    block[~sampled(block, least)] = -1
    return block
