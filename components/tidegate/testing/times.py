"""Times in columns of timestamps, dates, ISO text or seconds since 1970."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.errors import UsageError
from tidegate.testing.cells import is_text, missing

Micros = npt.NDArray[np.int64]
DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICRO = timedelta(microseconds=1)
# Numbers of 2001 and later are this large: seconds, milli-, microseconds.
_UNITS = ((10**11, 10**6), (10**14, 10**3), (10**17, 1))


def read_times(values: pa.Array) -> tuple[Micros, npt.NDArray[np.bool_]]:
    """Microseconds since 1970 of each row, and which rows hold a time.

    Raises:
        UsageError: The column has values, none of which is a time.
    """
    known = ~missing(values)
    if is_text(values.type):
        return _read_text(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        stamps = values.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return _plain(stamps), known
    if pa.types.is_integer(values.type):
        return _plain(values) * _unit(values), known
    raise _no_times(str(values.type))


def move_times(values: pa.Array, by: Micros) -> pa.Array:
    """The column with each row's time moved, in its type and notation.

    Args:
        values: The column.
        by: Microseconds to add, one for each row.
    """
    micros, known = read_times(values)
    moved = micros + np.where(known, by, 0)
    if is_text(values.type):
        return _write_text(values, moved, known & (by != 0))
    if pa.types.is_integer(values.type):
        whole = pa.array(moved // _unit(values), mask=missing(values))
        return whole.cast(values.type)
    stamps = pa.array(moved, mask=missing(values)).cast(pa.timestamp("us"))
    zone = getattr(values.type, "tz", None)
    if zone is not None:
        stamps = stamps.cast(pa.int64()).cast(pa.timestamp("us", zone))
    return stamps.cast(values.type, safe=False)


def is_times(values: pa.Array) -> bool:
    """True if the column can be read as times."""
    try:
        return bool(read_times(values)[1].any())
    except UsageError:
        return False


def _plain(values: pa.Array) -> Micros:
    plain = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return np.array(plain, np.int64)


def _unit(values: pa.Array) -> int:
    largest = int(np.abs(_plain(values)).max(initial=0))
    return next((unit for limit, unit in _UNITS if largest < limit), 1)


def _read_text(values: pa.Array) -> tuple[Micros, npt.NDArray[np.bool_]]:
    encoded = values.dictionary_encode()
    parsed = [_parse(text) for text in encoded.dictionary.to_pylist()]
    if parsed and all(micros is None for micros in parsed):
        raise _no_times("other text")
    table = np.array([*(micros or 0 for micros in parsed), 0], np.int64)
    right = np.array([*(micros is not None for micros in parsed), False])
    indices = encoded.indices.fill_null(len(parsed)).to_numpy(zero_copy_only=False)
    return table[indices], right[indices]


def _parse(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - _EPOCH) // _MICRO


def _write_text(
    values: pa.Array, micros: Micros, rows: npt.NDArray[np.bool_]
) -> pa.Array:
    written: dict[tuple[str, int], str] = {}
    texts = values.to_pylist()
    for row in np.flatnonzero(rows).tolist():
        key = (texts[row], int(micros[row]))
        if key not in written:
            written[key] = _like(*key)
        texts[row] = written[key]
    return pa.array(texts, values.type)


def _like(text: str, micros: int) -> str:
    """The time in the notation of `text`: its separator, precision and zone."""
    zone = datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo
    moment = (_EPOCH + timedelta(microseconds=micros)).astimezone(zone or timezone.utc)
    if len(text) <= 10:
        return moment.date().isoformat()
    clock = text[11:].replace("Z", "").split("+")[0].split("-")[0]
    precision = {2: "hours", 5: "minutes", 8: "seconds", 12: "milliseconds"}
    kept = precision.get(len(clock), "microseconds")
    moment = moment if zone else moment.replace(tzinfo=None)
    written = moment.isoformat(sep=text[10], timespec=kept)
    return written.replace("+00:00", "Z") if text.endswith("Z") else written


def _no_times(got: str) -> UsageError:
    return UsageError(
        "this corruption is for times",
        expected="timestamps, dates, text like 2013-01-31, or seconds since 1970",
        got=got,
        fix="name a column of times",
    )
