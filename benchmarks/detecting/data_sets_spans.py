"""Rows with a day each, cut into spans of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa

Days = np.ndarray[Any, np.dtype[np.datetime64]]

LEAST_ROWS = 60
MOST_ROWS = 1500

_FRIDAY = 4
_SECOND_HALF = 15


def typed(frame: pd.DataFrame) -> pa.Table:
    """The frame with columns of int64, float64 and text only.

    Whole numbers that pandas holds as floats because some are missing become
    integers again, as a reader of CSV would type them; truth values become text.
    """
    return pa.table({str(name): _column(frame[name]) for name in frame.columns})


def cut(
    table: pa.Table,
    days: Days,
    period: str,
    *,
    least: int = LEAST_ROWS,
    most: int = MOST_ROWS,
) -> tuple[tuple[date, ...], tuple[pa.Table, ...]]:
    """First day and rows of each span, oldest first.

    The order of rows within a span is kept. A first or last span that the data
    covers in part only is left out, and so is one of too few rows. Of one with
    too many rows, evenly spread ones are kept.

    Args:
        table: The rows.
        days: Day of each row.
        period: One of `PERIODS`.
        least: Fewest rows of a span.
        most: Most rows of a span.
    """
    starts = first_days(days, period)
    order = np.argsort(starts, kind="stable")
    found, offsets = np.unique(starts[order], return_index=True)
    kept: dict[date, pa.Table] = {}
    for start, rows in zip(found, np.split(order, offsets[1:]), strict=True):
        if len(rows) >= least and start not in _cut_off(days, period):
            kept[start.astype(object)] = table.take(pa.array(spread(rows, most)))
    return tuple(kept), tuple(kept.values())


def first_days(days: Days, period: str) -> Days:
    """First day of the span in which each day lies.

    Args:
        days: The days.
        period: One of `PERIODS`.
    """
    return PERIODS[period](days.astype("datetime64[D]"))


def spread(rows: np.ndarray[Any, Any], most: int) -> np.ndarray[Any, Any]:
    """`most` of the rows, spread evenly over them; all if there are no more."""
    if len(rows) <= most:
        return rows
    kept: np.ndarray[Any, Any] = rows[np.arange(most) * len(rows) // most]
    return kept


def _cut_off(days: Days, period: str) -> set[np.datetime64]:
    """Starts of the spans at the ends of the data that it covers in part only."""
    if period == "year":
        return set()  # Such data has no days: each row has the first of its year.
    first, last = days.min().astype("datetime64[D]"), days.max()
    after = last.astype("datetime64[D]") + 1
    of_first, of_last, of_after = first_days(
        np.array([first, after - 1, after]), period
    )
    partial = {of_first} if of_first != first else set()
    return partial | ({of_last} if of_last == of_after else set())


def _weekday(days: Days) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Days since the last Monday, from 0 to 6."""
    return (days.astype(np.int64) + 3) % 7  # The first of January 1970: a Thursday.


def _half_week(days: Days) -> Days:
    weekday = _weekday(days)
    start: Days = days - weekday + np.where(weekday >= _FRIDAY, _FRIDAY, 0)
    return start


def _half_month(days: Days) -> Days:
    month = days.astype("datetime64[M]").astype("datetime64[D]")
    late = (days - month).astype(np.int64) >= _SECOND_HALF
    start: Days = month + np.where(late, _SECOND_HALF, 0)
    return start


# A half week starts on Monday or Friday, a half month on the 1st or the 16th.
PERIODS: dict[str, Callable[[Days], Days]] = {
    "day": lambda days: days,
    "half week": _half_week,
    "week": lambda days: days - _weekday(days),
    "half month": _half_month,
    "month": lambda days: days.astype("datetime64[M]").astype("datetime64[D]"),
    "year": lambda days: days.astype("datetime64[Y]").astype("datetime64[D]"),
}


def _column(values: pd.Series) -> pa.Array:
    present = values.dropna()
    if present.dtype == bool or not pd.api.types.is_numeric_dtype(present):
        kept = values.astype(object).where(values.notna(), None)
        return pa.array(
            [None if one is None else str(one) for one in kept], pa.string()
        )
    missing = values.isna().to_numpy()
    if len(present) and np.all(present == np.floor(present)):
        whole = values.fillna(0).to_numpy().astype(np.int64)
        return pa.array(whole, pa.int64(), mask=missing)
    return pa.array(values.to_numpy().astype(np.float64), pa.float64(), mask=missing)
