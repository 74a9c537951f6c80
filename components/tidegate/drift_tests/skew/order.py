"""What the order of the training rows means."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.drift_tests.measuring.column import Column, column_of
from tidegate.drift_tests.skew.division import Order
from tidegate.drift_tests.skew.periods import Period, files_fit, period_of
from tidegate.drift_tests.summary import FloatArray
from tidegate.errors import UsageError
from tidegate.schema_life.seen_data import SeenData

# From such a rank correlation with the row number on, rows are sorted by a column.
_SORTED = 0.95
# A log that has this part of the training data's range is as wide as it.
_WIDE = 0.5
_TELLING = 20
# A switch that is turned once is no date; what rises twice is.
_STEPS = 2


@dataclass(frozen=True)
class Ordered:
    """How training rows are put in order.

    Attributes:
        order: By a time, as they stand, or at random.
        column: The column of times, or the one that the rows are sorted by.
        why: The reason in words.
        rising: Columns that rise or fall with the order, as dates and counters do:
            a later log is always beyond them.
        period: The period that a block is; None where blocks are of equal size.
        by_file: Whether each file is a block.
    """

    order: Order
    column: str | None
    why: str
    rising: tuple[str, ...] = ()
    period: Period | None = None
    by_file: bool = False

    def cut(self, training: SeenData, serving: SeenData, needed: int) -> Ordered:
        """The same with the pieces that a log is one of, if there are enough.

        Args:
            training: The training data.
            serving: The serving log.
            needed: Fewest pieces there must be.
        """
        times, log = self.column, serving.sample()
        if self.order == "time" and times is not None and times in log.column_names:
            period = period_of(training.sample()[times], log[times], needed)
            if period is not None:
                return replace(self, why=f"{period.name} by {times}", period=period)
        files = tuple(training.rows_of_files.values())
        if self.order != "random" and files_fit(files, serving.rows, needed):
            return replace(self, why="its files", by_file=True)
        return self


def order_of(
    training: pa.Table, serving: pa.Table, asked: Order | None = None
) -> Ordered:
    """What the order of the training rows means.

    A column of times says which rows belong together. Without one rows count as
    they stand, unless they are sorted by a column of which the serving log has
    values from everywhere: then neighbours are alike and no serving log is like
    them.

    Args:
        training: A sample of the training rows, in their order.
        serving: A sample of the serving log.
        asked: The order that somebody wants; None finds it out.

    Raises:
        UsageError: An order of time is asked for, and there are no times.
    """
    if asked == "random":
        return Ordered("random", None, "at random, as asked")
    columns = {name: column_of(training[name]) for name in training.column_names}
    times = [name for name, one in columns.items() if one.is_time]
    if asked == "time" and not times:
        raise UsageError(
            "the training data have no column of times to put them in order by",
            where="--order time",
            expected="a column of dates or times, as ISO 8601 text",
            got=", ".join(training.column_names[:20]),
            fix="--order rows if the rows stand in the order of time, else random",
        )
    if times and asked != "rows":
        # The one that tells rows apart best; the first of equals.
        finest = max(times, key=lambda name: len(columns[name].counts))
        rising = _rising(columns, columns[finest].ranks)
        return Ordered("time", finest, f"in the order of {finest}", rising)
    rising = _rising(columns, np.arange(training.num_rows, dtype=np.float64))
    for name in rising if asked is None else ():
        if name in serving.column_names and _is_wide(columns[name], serving[name]):
            return Ordered("random", name, f"at random, for they are sorted by {name}")
    return Ordered("rows", None, "in the order of the rows", rising)


def _rising(columns: dict[str, Column], order: FloatArray) -> tuple[str, ...]:
    """Columns that rise or fall with the order."""
    found = []
    for name, column in columns.items():
        known = column.present & np.isfinite(order)
        if column.is_time or len(column.counts) < 2 or known.sum() < _TELLING:
            continue
        if _goes_with(_ranks(column)[known], order[known]):
            found.append(name)
    return tuple(found)


def _goes_with(ranks: FloatArray, order: FloatArray) -> bool:
    """Whether values never turn back, as months of a year, or hardly ever do."""
    steps = np.diff(ranks[np.argsort(order, kind="stable")])
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    if not min(up, down):
        return max(up, down) >= _STEPS
    return abs(float(np.corrcoef(ranks, order)[0, 1])) >= _SORTED


def _ranks(column: Column) -> FloatArray:
    if column.numeric:
        return column.ranks
    order = np.argsort(np.asarray(pc.sort_indices(column.texts)))
    known = np.append(order.astype(np.float64), np.nan)
    return np.asarray(known[column.codes])


def _is_wide(column: Column, serving: pa.ChunkedArray) -> bool:
    """Whether a log's values come from most of the range of the training data."""
    log = column_of(serving)
    if not log.values or log.numeric != column.numeric:
        return False
    if not column.numeric:
        return len(log.counts) >= _WIDE * len(column.counts)
    ours, theirs = (
        float(np.subtract(*np.quantile(one.sorted_numbers, [0.9, 0.1])))
        for one in (column, log)
    )
    low, high = column.sorted_numbers[[0, -1]]
    inside = float(((log.sorted_numbers >= low) & (log.sorted_numbers <= high)).mean())
    return theirs >= _WIDE * ours and inside >= _WIDE
