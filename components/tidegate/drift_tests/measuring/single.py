"""What is measured of one column by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.drift_tests.measuring.column import Column
from tidegate.drift_tests.measuring.names import BAND_MEANS, BANDS, LEVELS, QUANTILES
from tidegate.drift_tests.summary import FloatArray

Found = dict[str, float]
# Numbers that are all closer together than this are taken for the same.
_LEAST = 1e-150


def measures_of(column: Column) -> Found:
    """The measures of a column by itself; those that do not apply are left out."""
    found: Found = {"missing": 1 - _present(column) / max(column.rows, 1)}
    if column.nan or column.infinite or column.kind == "float":
        told = max(_present(column), 1)
        found |= {"nan": column.nan / told, "infinite": column.infinite / told}
    if not column.values:
        return found
    shares = column.counts / column.values
    found |= _of_any(shares, column)
    if column.numeric:
        found |= _of_numbers(shares, column)
    else:
        found |= _of_texts(shares, column.texts)
    return found


def _present(column: Column) -> int:
    return column.values + column.nan + column.infinite


def _of_any(shares: FloatArray, column: Column) -> Found:
    return {
        "log_distinct": float(np.log(len(shares))),
        "top_share": float(shares.max()),
        "entropy": _entropy(shares),
        "alone": float((column.counts == 1).sum() / column.values),
    }


def _of_numbers(shares: FloatArray, column: Column) -> Found:
    known = np.asarray(column.distinct, np.float64)
    values = column.sorted_numbers
    found = dict(zip(QUANTILES, _quantiles(values, LEVELS), strict=True))
    found |= dict(zip(BAND_MEANS, _band_means(values), strict=True))
    middle = found["quantile_0.5"]
    away = np.abs(values - middle)
    scale = max(float(np.median(away)) or float(away.mean()) or 1.0, _LEAST)
    trimmed = np.clip(values, found["quantile_0.05"], found["quantile_0.95"])
    found |= {
        "mean": float(values.mean()),
        "deviation": float(values.std()),
        "trimmed_mean": float(trimmed.mean()),
        "trimmed_deviation": float(trimmed.std()),
        "tail_weight": float(np.log1p(np.square(np.minimum(away / scale, 1e6)).mean())),
        "log_spread": float(np.log(scale)),
        "step": float(np.median(np.diff(known))) if len(known) > 1 else 0.0,
    }
    if column.is_time:
        return found
    return found | {
        "zero": float(shares[known == 0].sum()),
        "negative": float(shares[known < 0].sum()),
        "whole": float(shares[known == np.floor(known)].sum()),
        "fives": float(shares[np.mod(known, 5) == 0].sum()),
        "tens": float(shares[np.mod(known, 10) == 0].sum()),
    }


def _quantiles(values: FloatArray, levels: tuple[float, ...]) -> list[float]:
    """Values at levels, of ascending values; each is one of the values."""
    places = np.ceil(np.asarray(levels) * len(values)).astype(np.int64) - 1
    return [float(value) for value in values[np.maximum(places, 0)]]


def _band_means(values: FloatArray) -> list[float]:
    """Means of the values between two levels; a value on an edge counts by part."""
    total = np.append(0.0, np.cumsum(values))
    edges = np.array(sorted({edge for band in BANDS for edge in band})) * len(values)
    below = np.minimum(np.floor(edges).astype(np.int64), len(values) - 1)
    sums = total[below] + (edges - below) * values[below]
    widths = np.diff(edges)
    return [float(value) for value in np.diff(sums) / widths]


def _of_texts(shares: FloatArray, texts: pa.Array) -> Found:
    if pa.types.is_binary(texts.type) or pa.types.is_large_binary(texts.type):
        lengths = np.asarray(pc.binary_length(texts), np.float64)
        return _of_lengths(lengths, shares)
    lengths = np.asarray(pc.utf8_length(texts), np.float64)
    found = _of_lengths(lengths, shares)
    characters = max(found["length"], 1e-9)
    for name, pattern in _CHARACTERS.items():
        count = np.asarray(pc.count_substring_regex(texts, pattern), np.float64)
        found[name] = float((count * shares).sum() / characters)
    found["empty"] = float(shares[lengths == 0].sum())
    for name, pattern in _TEXTS.items():
        matches = np.asarray(pc.match_substring_regex(texts, pattern))
        found[name] = float(shares[matches.astype(bool)].sum())
    return found | _of_shapes(texts, shares)


_CHARACTERS = {"upper": "[A-Z]", "lower": "[a-z]", "digit": "[0-9]", "blank": r"\s"}
_TEXTS = {"padded": r"(^\s|\s$)", "not_ascii": r"[^\x00-\x7f]"}
_SHAPES = (("[A-Z]+", "A"), ("[a-z]+", "a"), ("[0-9]", "9"))


def _of_lengths(lengths: FloatArray, shares: FloatArray) -> Found:
    mean = float((lengths * shares).sum())
    squares = float((np.square(lengths - mean) * shares).sum())
    return {
        "length": mean,
        "length_deviation": float(np.sqrt(squares)),
        "shortest": float(lengths.min()),
        "longest": float(lengths.max()),
    }


def _of_shapes(texts: pa.Array, shares: FloatArray) -> Found:
    """How texts are written: `AB12` and `CD34` have one shape."""
    shapes = texts
    for pattern, letter in _SHAPES:
        shapes = pc.replace_substring_regex(shapes, pattern, letter)
    codes = np.asarray(shapes.dictionary_encode().indices)
    share: FloatArray = np.bincount(codes, weights=shares).astype(np.float64)
    return {
        "log_shapes": float(np.log(len(share))),
        "top_shape": float(share.max()),
        "shape_entropy": _entropy(share),
    }


def _entropy(shares: FloatArray) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())
