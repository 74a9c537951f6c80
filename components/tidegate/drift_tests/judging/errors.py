"""How far a measure may be off by chance alone, because a span has few rows.

Standard errors of shares, means and correlations are the textbook ones; those of
quantile means, entropies and logarithms are rough. They only keep a feature that
never moved in the past from making an alarm of nothing: how much a feature varies
from span to span is seen in the history itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tidegate.drift_tests.history.aligned import AlignedPairs
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.summary import FloatArray

Get = Callable[[str], FloatArray]


def share_error(share: FloatArray, count: FloatArray) -> FloatArray:
    """Standard error of a share of so many, at least one of them."""
    count = np.maximum(count, 1.0)
    variance = np.clip(share * (1 - share), 0, None) / count
    return np.asarray(np.sqrt(variance + 1 / count**2))


def measure_error(
    name: str, value: FloatArray, rows: FloatArray, get: Get
) -> FloatArray:
    """Error of one measure of columns.

    Args:
        name: The measure.
        value: Its values, of any shape.
        rows: Number of rows behind each.
        get: Other measures of the same columns, by name.
    """
    if name == names.METRIC:
        return np.nan_to_num(get(names.METRIC_ERROR))
    count = np.maximum(rows * (1 - np.nan_to_num(get("missing"))), 1.0)
    if name in names.OF_ROWS:
        return share_error(value, rows)
    if name in (*names.OF_VALUES, *names.OF_CHARACTERS):
        return share_error(value, count)
    if name == names.SEPARATED:
        rarer = np.asarray(count * (1 - np.nan_to_num(get("top_share"))))
        return share_error(value, rarer)
    if name in ("log_distinct", "log_shapes"):
        return np.asarray(0.5 / np.exp(value))
    if name in (*names.ENTROPIES, "log_spread", "left_spread"):
        return np.asarray(1 / np.sqrt(count))
    if name == "tail_weight":
        return np.full(value.shape, 0.1)
    if name in _DEVIATION_OF:
        return np.asarray(get(_DEVIATION_OF[name]) / np.sqrt(count))
    if name in ("length", "length_deviation"):
        spread = np.maximum(get("length_deviation"), 0.05)
        return np.asarray(spread / np.sqrt(count))
    if name in ("shortest", "longest"):
        return np.full(value.shape, 0.5)
    if name in names.RESIDUALS:
        share = 0.05 if name in ("left_low", "left_high") else 0.1
        return np.asarray(np.abs(value) / np.sqrt(share * count) + 0.02)
    if name in ("quantile_0", "quantile_1"):
        inner = get("quantile_0.01" if name == "quantile_0" else "quantile_0.99")
        return np.maximum(get("step"), 0.1 * np.abs(inner - value))
    return _band_error(name, count, get)


_DEVIATION_OF = {
    "mean": "deviation",
    "trimmed_mean": "trimmed_deviation",
    "deviation": "deviation",
    "trimmed_deviation": "trimmed_deviation",
}


def _band_error(name: str, count: FloatArray, get: Get) -> FloatArray:
    """Error of the mean of the values between two quantiles."""
    low, high = _BANDS[name]
    width = get(names.quantile_name(high)) - get(names.quantile_name(low))
    width = np.maximum(width, 0.5 * get("step"))
    return np.asarray(width / np.sqrt(np.maximum(count * (high - low), 1.0)))


_BANDS = {names.band_name(band): band for band in names.BANDS}


def pair_error(
    pairs: AlignedPairs, rows: FloatArray, missing: FloatArray, distinct: FloatArray
) -> FloatArray:
    """Errors of relations, of the shape of their values.

    Args:
        pairs: The relations over spans.
        rows: (spans,) number of rows.
        missing: (spans, columns) share of rows without a value.
        distinct: (spans, columns) number of distinct values.
    """
    rows = rows[:, None]
    present = 1 - np.nan_to_num(missing)
    both = rows * present[:, pairs.first] * present[:, pairs.second]
    both = np.maximum(both, 1.0)
    repeats = both - np.nan_to_num(distinct)[:, pairs.first]
    order = (1 - np.square(pairs.values)) / np.sqrt(both) + 1 / both
    kind = np.array(pairs.measure, dtype=object)[pairs.kind] if len(pairs) else None
    errors = share_error(pairs.values, both)
    if kind is None:
        return errors
    errors = np.where(kind == names.APART, share_error(pairs.values, rows), errors)
    errors = np.where(kind == names.TOLD, share_error(pairs.values, repeats), errors)
    return np.asarray(np.where(kind == names.ORDER, order, errors))
