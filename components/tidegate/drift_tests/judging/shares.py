"""Shares of the values of columns with few different ones, over spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.history.value_shares import value_shares
from tidegate.drift_tests.judging.errors import share_error
from tidegate.drift_tests.summary import IntArray

if TYPE_CHECKING:
    from tidegate.drift_tests.judging.features import Features

# A column counts as one of few values if most spans have no more than so many.
_FEW = 50
_TABLE = -1


def shares_of(history: History) -> Features:
    """A feature for each value of the columns that have few.

    A span that has the column but not the value has a share of 0.
    """
    from tidegate.drift_tests.judging.features import Features

    few = _few(history)
    found = value_shares(history, few)
    columns, values = found.column, found.values
    missing = history.values[:, :, history.measures.index("missing")]
    count = history.rows[:, None] * (1 - np.nan_to_num(missing))
    known = values[-30:]
    errors = share_error(known, count[-30:][:, columns]) if len(columns) else known
    middle = np.median(errors, axis=0) if len(columns) else np.empty(0)
    return Features(
        history.columns,
        values,
        np.asarray(middle),
        columns,
        np.full(len(columns), _TABLE),
        np.full(len(columns), "share", dtype=object),
        np.array(found.texts, dtype=object),
    )


def _few(history: History) -> IntArray:
    """Columns with few distinct values in most spans, none of them private."""
    place = history.measures.index("log_distinct")
    distinct = history.values[:, :, place]
    filled = np.where(np.isnan(distinct), np.inf, distinct)
    few = np.median(filled, axis=0) <= np.log(_FEW) + 1e-9
    for span in history.spans:
        for name in span.private:
            few[history.columns.index(name)] = False
    return np.flatnonzero(few)
