"""Columns of any Arrow type in the types that a tf.Example can hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_t = pa.types
_FITS = np.iinfo(np.int64).max


class Unstorable(Exception):
    """A column has values that a tf.Example cannot hold; the text says why."""


def stored_type(kind: pa.DataType, *, inside_list: bool = False) -> pa.DataType:
    """The type in which a column of this Arrow type is kept.

    Raises:
        Unstorable: A tf.Example has nothing like it.
    """
    if isinstance(kind, pa.BaseExtensionType):
        return stored_type(kind.storage_type, inside_list=inside_list)
    if _t.is_dictionary(kind):
        return stored_type(kind.value_type, inside_list=inside_list)
    for held, stored in _STORED:
        if held(kind):
            return stored
    if not inside_list and is_list(kind):
        return pa.large_list(stored_type(kind.value_type, inside_list=True))
    raise Unstorable(f"values of type {kind}")


def stored(column: pa.Array) -> pa.Array:
    """The column in its `stored_type`.

    Raises:
        Unstorable: A whole number is beyond 64 bits, text is not UTF-8, or a list
            has a missing value in it.
        pa.ArrowInvalid: Its content is damaged.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return stored(column.storage)
    if _t.is_dictionary(kind):
        column.validate(full=True)
        return stored(column.dictionary_decode())
    if is_list(kind):
        return _stored_list(column)
    if _t.is_temporal(kind) and not _t.is_duration(kind):
        return _iso_text(column)
    if _t.is_decimal(kind):
        return column.cast(pa.float64()).cast(pa.float32(), safe=False)
    if _t.is_float16(kind):
        return _halves(column)
    if _t.is_uint64(kind) and len(column) and (pc.max(column).as_py() or 0) > _FITS:
        raise Unstorable(f"the number {pc.max(column).as_py()}, beyond 64 signed bits")
    if _t.is_string(kind) or _t.is_large_string(kind):
        _demand_text(column)
    if _t.is_fixed_size_binary(kind):
        column = column.cast(pa.binary())
    wanted = stored_type(kind)
    return column if kind == wanted else column.cast(wanted, safe=False)


def is_list(kind: pa.DataType) -> bool:
    """True for columns with several values a row."""
    return bool(
        _t.is_list(kind) or _t.is_large_list(kind) or _t.is_fixed_size_list(kind)
    )


def joined(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """The stored type that holds both, or None where there is none.

    Whole numbers become floats, as a column of them does in exports of months
    in which a value is missing.
    """
    if first == second or _t.is_null(second):
        return first
    if _t.is_null(first):
        return second
    if {first, second} == {pa.int64(), pa.float32()}:
        return pa.float32()
    if is_list(first) and is_list(second):
        inner = joined(first.value_type, second.value_type)
        return None if inner is None else pa.large_list(inner)
    return None


def _stored_list(column: pa.Array) -> pa.Array:
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
    values = stored(column.flatten())
    if values.null_count:
        raise Unstorable("lists with a missing value in them")
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    if int(offsets[-1]) != len(values):
        raise pa.ArrowInvalid("a list's values do not match its lengths")
    missing = np.append(np.asarray(column.is_null()), False)
    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64(), mask=missing), values
    )


def _demand_text(column: pa.Array) -> None:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error) and "UTF-8" not in str(error):
            raise
        raise Unstorable("text that is not UTF-8") from None


def _iso_text(column: pa.Array) -> pa.Array:
    """Dates and times by ISO 8601, those with a time zone in UTC with a Z."""
    kind = column.type
    if not _t.is_timestamp(kind):
        return _trimmed(column.cast(pa.string())).cast(pa.large_string())
    zone = kind.tz
    if zone is not None:
        column = column.cast(pa.int64()).cast(pa.timestamp(kind.unit))
    text = _trimmed(column.cast(pa.string()))
    text = pc.replace_substring(text, " ", "T", max_replacements=1)
    if zone is not None:
        text = pc.binary_join_element_wise(text, "Z", "")
    return text.cast(pa.large_string())


def _trimmed(text: pa.Array) -> pa.Array:
    """Without the zeros at the end of fractions of seconds."""
    if not len(text) or not pc.any(pc.match_substring(text, ".")).as_py():
        return text
    text = pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1")
    return pc.replace_substring_regex(text, r"\.$", "")


def _halves(column: pa.Array) -> pa.Array:
    values = np.array(
        [np.nan if value is None else value for value in column.to_pylist()],
        np.float32,
    )
    return pa.array(values, pa.float32(), mask=np.asarray(column.is_null()))


_STORED: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (_t.is_null, pa.null()),
    (_t.is_boolean, pa.int64()),
    (_t.is_integer, pa.int64()),
    (_t.is_duration, pa.int64()),
    (_t.is_floating, pa.float32()),
    (_t.is_decimal, pa.float32()),
    (_t.is_string, pa.large_string()),
    (_t.is_large_string, pa.large_string()),
    (_t.is_temporal, pa.large_string()),
    (_t.is_binary, pa.large_binary()),
    (_t.is_large_binary, pa.large_binary()),
    (_t.is_fixed_size_binary, pa.large_binary()),
)
