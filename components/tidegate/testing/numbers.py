"""Corruptions of numbers: scale, range, precision, what is no number.

A column of text that holds numbers counts as the numbers that it holds; text in
it that is no number is left alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.errors import UsageError
from tidegate.testing.cells import change, is_text, missing, repeat
from tidegate.testing.faults import Corruption

Floats = npt.NDArray[np.float64]
KILOMETRES_A_MILE = 1.609344
_MAD_TO_SIGMA = 1.4826


def scale(column: str, factor: float, share: float) -> Corruption:
    """Multiplies `column` in a share of its rows, as a change of unit does.

    Whole numbers stay whole. Values that the type cannot hold stay as they were.
    """
    words = f"times {factor:g}"
    return change("unit_jump", column, share, _each(lambda x: x * factor), words)


def miles_to_kilometres(column: str, share: float) -> Corruption:
    """Multiplies `column` by 1.609344 in a share of its rows."""
    return scale(column, KILOMETRES_A_MILE, share)


def flip_sign(column: str, share: float) -> Corruption:
    """Turns the sign of `column` in a share of the rows that are not 0."""
    return change("sign_flip", column, share, _each(np.negative), "sign turned")


def round_values(column: str, share: float, *, step: float = 10.0) -> Corruption:
    """Rounds `column` to multiples of `step`: an export that lost precision."""

    def rounded(values: Floats) -> Floats:
        return np.asarray(np.rint(values / step) * step)

    words = f"rounded to {step:g}"
    return change("precision_loss", column, share, _each(rounded), words)


def write_out_of_range(
    column: str, share: float, *, distance: float = 2.0, low: bool = False
) -> Corruption:
    """Puts numbers outside the column's range into a share of its rows.

    Args:
        column: The column.
        share: Share of the rows that hold a number.
        distance: How far beyond the range, as a multiple of its width.
        low: Below the smallest number instead of above the largest.
    """

    def outside(values: Floats) -> Floats:
        least, most = float(np.nanmin(values)), float(np.nanmax(values))
        width = float(max(most - least, abs(most), 1.0)) * distance
        return np.full(len(values), np.rint(least - width if low else most + width))

    side = "below" if low else "above"
    return change("out_of_range", column, share, _each(outside), f"{side} the range")


def add_outliers(column: str, share: float, *, sigmas: float = 50.0) -> Corruption:
    """Moves a share of the rows `sigmas` robust deviations off the median.

    The robust deviation is 1.4826 times the median absolute deviation, or the
    standard deviation where that is 0.
    """

    def far(values: Floats) -> Floats:
        middle = np.nanmedian(values)
        spread = _MAD_TO_SIGMA * np.nanmedian(np.abs(values - middle))
        spread = spread or np.nanstd(values) or 1.0
        beyond = np.where(values < middle, -sigmas, sigmas) * spread
        return np.asarray(middle + beyond)

    return change("outlier", column, share, _each(far), f"{sigmas:g} sigmas off")


def write_nan(column: str, share: float) -> Corruption:
    """Writes NaN into a share of the rows that hold a number."""
    return _no_number("nan", column, share, math.nan, "NaN")


def write_infinity(column: str, share: float) -> Corruption:
    """Writes infinity into a share of the rows that hold a number."""
    return _no_number("infinity", column, share, math.inf, "inf")


def zero_column(column: str) -> Corruption:
    """Sets every number of the column to 0."""
    return change("all_zero", column, 1.0, _each(np.zeros_like), "set to 0")


def read_numbers(values: pa.Array) -> Floats:
    """The numbers of a column, NaN where it holds none.

    Raises:
        UsageError: It has values, none of which is a number.
    """
    if is_text(values.type):
        encoded = values.dictionary_encode()
        parsed = np.array([_parse(text) for text in encoded.dictionary.to_pylist()])
        return _read(values, parsed.astype(float), encoded.indices)
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise _not_numbers(str(kind))
    filled = np.array(values.fill_null(0).to_numpy(zero_copy_only=False), float)
    filled[missing(values)] = np.nan
    return filled


def write_numbers(old: pa.Array, numbers: Floats) -> pa.Array:
    """The numbers in the type, and for text in the notation, of `old`.

    A row keeps its old value where the number is NaN or does not fit the type.
    """
    if is_text(old.type):
        return _as_written(old, numbers)
    known = ~np.isnan(numbers) & ~missing(old)
    if pa.types.is_integer(old.type):
        whole = np.rint(np.where(known, numbers, 0))
        limits = np.iinfo(old.type.to_pandas_dtype())
        # The largest int64 is no float64: the next float above it does not fit.
        fits = (whole >= limits.min) & (whole < float(limits.max))
        before = old.fill_null(0).to_numpy(zero_copy_only=False)
        kept = known & fits
        put = np.where(kept, np.where(kept, whole, 0).astype(before.dtype), before)
        return pa.array(put, old.type, mask=missing(old))
    before = np.asarray(old.fill_null(0).to_numpy(zero_copy_only=False))
    with np.errstate(over="ignore"):
        put = np.where(known, numbers, before).astype(before.dtype)
    return pa.array(put, old.type, mask=missing(old), from_pandas=False)


def _each(make: Callable[[Floats], Floats]) -> Callable[..., pa.Array]:
    def made(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        numbers = read_numbers(old)
        if np.isnan(numbers).all():
            return old
        with np.errstate(over="ignore", invalid="ignore"):
            new = np.where(np.isnan(numbers), np.nan, make(numbers))
        return write_numbers(old, new)

    return made


def _no_number(
    kind: str, column: str, share: float, value: float, text: str
) -> Corruption:
    def made(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        if pa.types.is_integer(old.type):
            raise UsageError(
                f"whole numbers cannot hold {text}",
                where=column,
                expected="a column of floats, or of text that holds numbers",
                got=str(old.type),
                fix="name such a column, or leave this corruption out",
            )
        here = pa.array(~np.isnan(read_numbers(old)))
        new = repeat(text if is_text(old.type) else value, old)
        return pc.if_else(here, new, old)

    return change(kind, column, share, made, f"{text} put")


def _read(values: pa.Array, parsed: Floats, indices: pa.Array) -> Floats:
    if len(parsed) and np.isnan(parsed).all():
        raise _not_numbers("other text")
    places = indices.fill_null(len(parsed)).to_numpy(zero_copy_only=False)
    return np.asarray(np.append(parsed, np.nan)[places])


def _parse(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _as_written(old: pa.Array, numbers: Floats) -> pa.Array:
    pairs = zip(old.to_pylist(), numbers.tolist(), strict=True)
    written: dict[tuple[object, float], str | None] = {}
    texts = []
    for text, number in pairs:
        if number != number or text is None:
            texts.append(text)
            continue
        key = (text, number)
        if key not in written:
            written[key] = _like(text, number)
        texts.append(written[key])
    return pa.array(texts, old.type)


def _like(text: str, number: float) -> str:
    try:
        int(text)
    except ValueError:
        return str(number)
    return str(round(number)) if math.isfinite(number) else text


def _not_numbers(got: str) -> UsageError:
    return UsageError(
        "only numbers can be scaled, moved or rounded",
        expected="a number, or text that is one",
        got=got,
        fix="name a column of numbers",
    )
