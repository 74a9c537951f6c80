"""A history laid flat: one number a feature and span."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.judging.errors import measure_error, pair_error
from tidegate.drift_tests.judging.shares import shares_of
from tidegate.drift_tests.judging.stamps import is_open, stamps_of
from tidegate.drift_tests.measuring.names import JUDGED
from tidegate.drift_tests.summary import FloatArray, IntArray

# Errors are medians over so many of the newest spans.
_NEWEST = 30
TABLE = -1
_LEAST = 0.01


@dataclass(frozen=True, eq=False)
class Features:
    """What is judged, feature by feature.

    Attributes:
        columns: Names of the columns.
        values: (spans, features); NaN where a span does not tell.
        errors: By how much each feature may be off by chance.
        column: Place of each feature's column; `TABLE` for the table as a whole.
        other: Place of the other column of a relation, else `TABLE`.
        measure: Name of each feature's measure.
        detail: The value whose share it is, else "".
    """

    columns: tuple[str, ...]
    values: FloatArray
    errors: FloatArray
    column: IntArray
    other: IntArray
    measure: NDArray[np.object_]
    detail: NDArray[np.object_]

    def kept(self, places: NDArray[np.bool_] | IntArray) -> Features:
        """The same with some of the features only."""
        return Features(
            self.columns,
            self.values[:, places],
            self.errors[places],
            self.column[places],
            self.other[places],
            self.measure[places],
            self.detail[places],
        )


def features_of(history: History, ignored: Collection[str] = ()) -> Features:
    """The features of the accepted spans.

    Args:
        history: The accepted spans, at least one.
        ignored: Columns that are not judged.
    """
    parts = [_table(history), _own(history), _relations(history), shares_of(history)]
    joined = Features(
        history.columns,
        np.concatenate([part.values for part in parts], axis=1),
        np.concatenate([part.errors for part in parts]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.other for part in parts]),
        np.concatenate([part.measure for part in parts]),
        np.concatenate([part.detail for part in parts]),
    )
    joined = replace(joined, errors=_at_least(joined))
    out = np.array([name in ignored for name in history.columns] + [False])
    told = np.isfinite(joined.values).any(axis=0) & np.isfinite(joined.errors)
    stamp = np.append(stamps_of(history), False)
    closed = np.array([not is_open(name) for name in joined.measure], bool)
    told &= ~(closed & (stamp[joined.column] | stamp[joined.other]))
    return joined.kept(told & ~out[joined.column] & ~out[joined.other])


def _at_least(features: Features) -> FloatArray:
    """The errors, none of them 0: a hundredth of what the feature usually is."""
    usual = np.abs(np.nan_to_num(features.values).mean(axis=0))
    floor = np.where(usual > 0, _LEAST * usual, _LEAST)
    return np.where(features.errors > 0, features.errors, floor)


def _table(history: History) -> Features:
    rows = np.log(np.maximum(history.rows, 1)).astype(np.float64)
    return _features(history, rows[:, None], np.array([0.01]), ["log_rows"], [TABLE])


def _own(history: History) -> Features:
    """What is measured of columns by themselves."""
    places = {name: place for place, name in enumerate(history.measures)}
    judged = [name for name in JUDGED if name in places]
    width = len(history.columns)
    values = history.values[:, :, [places[name] for name in judged]]
    recent = history.values[-_NEWEST:]
    rows = np.repeat(history.rows[-_NEWEST:, None].astype(float), width, axis=1)

    def get(name: str) -> FloatArray:
        if name not in places:
            return np.full(rows.shape, np.nan)
        found: FloatArray = recent[:, :, places[name]]
        return found

    errors = [_middle(measure_error(name, get(name), rows, get)) for name in judged]
    flat = values.transpose(0, 2, 1).reshape(len(history), -1)
    measure = [name for name in judged for _ in range(width)]
    column = list(range(width)) * len(judged)
    joined = np.concatenate(errors) if errors else np.empty(0)
    return _features(history, flat, joined, measure, column)


def _relations(history: History) -> Features:
    pairs = history.pairs
    recent = slice(-_NEWEST, None)
    places = {name: place for place, name in enumerate(history.measures)}
    of_columns = history.values[recent]
    missing = of_columns[:, :, places["missing"]]
    distinct = np.exp(of_columns[:, :, places["log_distinct"]])
    newest = type(pairs)(
        pairs.first, pairs.second, pairs.measure, pairs.kind, pairs.values[recent]
    )
    rows = history.rows[recent].astype(float)
    errors = _middle(pair_error(newest, rows, missing, distinct))
    measure = [pairs.measure[kind] for kind in pairs.kind]
    found = _features(history, pairs.values, errors, measure, pairs.first.tolist())
    return Features(
        found.columns,
        found.values,
        found.errors,
        found.column,
        pairs.second,
        found.measure,
        found.detail,
    )


def _features(
    history: History,
    values: FloatArray,
    errors: FloatArray,
    measure: list[str],
    column: list[int],
) -> Features:
    count = len(measure)
    return Features(
        history.columns,
        values,
        errors,
        np.array(column, np.int64),
        np.full(count, TABLE),
        np.array(measure, dtype=object),
        np.full(count, "", dtype=object),
    )


def _middle(errors: FloatArray) -> FloatArray:
    """Medians over spans; not a number where no span tells."""
    if not len(errors):
        return np.full(errors.shape[1:], np.nan)
    filled = np.where(np.isfinite(errors), errors, np.nan)
    none = np.isnan(filled).all(axis=0)
    filled[:, none] = 0.0
    return np.asarray(np.where(none, np.nan, np.nanmedian(filled, axis=0)))
