"""Times in columns: ISO text, numbers since 1970, or dates as 20130131.

Text is ISO 8601: a date, or a date and a time with `T` or a space, with `Z`, an
offset, or none, which means UTC. Whole numbers are seconds, milli-, micro- or
nanoseconds since 1970, told apart by how great each one is (all four say 1973
to 5138), or a date with eight digits; 20130231 is neither. What a value means
depends on the value alone, so that batches and the whole agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.data_tests.blame import Rows

if TYPE_CHECKING:
    from tidegate.data_tests.catalogue.cells import Cells

Micros: TypeAlias = "npt.NDArray[np.int64]"
Mask: TypeAlias = "npt.NDArray[np.bool_]"

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICRO = timedelta(microseconds=1)
# 10^11 seconds are the year 5138; as milliseconds they are 1973.
_SECONDS, _MILLIS, _MICROS = 10**11, 10**14, 10**17
_DATES = (1900_01_01, 2100_01_01)
_PLAIN = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_ZONED = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$"
_FINE = re.compile(r"(\.\d{6})\d+")
_SHORT_ZONE = re.compile(r"(\d[+-]\d\d)$")


@dataclass(frozen=True, eq=False)
class Times:
    """The times of a column, each with its row.

    Attributes:
        micros: Microseconds since 1970 in UTC.
        rows: For each of them its row, ascending.
        strange: Rows with a value that is no time, ascending.
    """

    micros: Micros
    rows: Rows
    strange: Rows

    def blame(self, bad: Mask) -> Rows:
        """The rows with a bad time, each once; `bad` is by time."""
        found: Rows = np.unique(self.rows[bad])
        return found


def times_of(cells: Cells) -> Times:
    """The times among the values of a column.

    Args:
        cells: Its values, such as `view.cells("time_hour")`.
    """
    micros, known = parse_times(cells.values)
    return Times(micros[known], cells.rows[known], np.unique(cells.rows[~known]))


def parse_times(values: pa.Array) -> tuple[Micros, Mask]:
    """Microseconds since 1970 of each value, and which values are times.

    Args:
        values: Values without nulls.
    """
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _from_numbers(np.asarray(values))
    if pa.types.is_temporal(kind):
        stamps = values.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return np.asarray(stamps), np.ones(len(values), np.bool_)
    if pa.types.is_null(kind):
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    coded = values.dictionary_encode()
    micros, known = _from_texts(_as_text(coded.dictionary))
    codes = np.asarray(coded.indices)
    return micros[codes], known[codes]


def looks_like_times(values: pa.Array) -> bool:
    """Whether the values are text that can be read as times, nearly all of it.

    Numbers do not look like times: every number could be one.
    """
    if not _is_text(values.type) or not len(values):
        return False
    known = parse_times(values)[1]
    return bool(known.mean() >= 0.95)


def parse_moment(text: str) -> int | None:
    """Microseconds since 1970 of one text, such as a suite has; None if no time."""
    return _parsed(text)


def micros_of(moment: datetime | date) -> int:
    """Microseconds since 1970; without a zone it is UTC, a date is its midnight."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - _EPOCH) // _MICRO


def moment_of(micros: int) -> datetime:
    """The time in UTC; the first or last one that there is where it is beyond."""
    try:
        return _EPOCH + timedelta(microseconds=int(micros))
    except OverflowError:
        last = datetime.max if micros > 0 else datetime.min
        return last.replace(tzinfo=timezone.utc)


def told(micros: int) -> str:
    """`2013-01-31 10:00`: a time in UTC as reports write it, seconds if it has any."""
    moment = moment_of(micros)
    precise = moment.second or moment.microsecond
    text = moment.strftime("%H:%M:%S" if precise else "%H:%M")
    return f"{moment.date().isoformat()} {text}"


def _from_numbers(numbers: npt.NDArray[Any]) -> tuple[Micros, Mask]:
    """Numbers as times, each in the unit that its size tells."""
    values = numbers.astype(np.float64)
    size = np.abs(values)
    known = size < _MICROS * 100
    # Floats lose the microseconds of today, whole numbers do not.
    exact = numbers.dtype.kind in "iu"
    whole = numbers.astype(np.int64) if exact else np.where(known, values, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        micros = np.select(
            [size < _SECONDS, size < _MILLIS, size < _MICROS, known],
            [whole * 10**6, whole * 10**3, whole, whole // 1000],
            0,
        ).astype(np.int64)
    dates = (values >= _DATES[0]) & (values < _DATES[1])
    dates &= values == np.floor(values)
    if dates.any():
        days, right = _dates(values[dates].astype(np.int64))
        found = np.flatnonzero(dates)
        micros[found] = np.where(right, days, 0) * DAY
        known[found] = right
    return micros, known


def _dates(digits: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Mask]:
    """Days since 1970 of numbers such as 20130131, and which are a date."""
    years, months, days = digits // 10_000, digits // 100 % 100, digits % 100
    right = (months >= 1) & (months <= 12) & (days >= 1)
    start = (years - 1970) * 12 + np.where(right, months - 1, 0)
    first = start.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (start + 1).astype("datetime64[M]").astype("datetime64[D]")
    right &= days <= after.astype(np.int64) - first
    return first + days - 1, right


def _is_text(kind: pa.DataType) -> bool:
    t = pa.types
    held = (t.is_string, t.is_large_string, t.is_binary, t.is_large_binary)
    return any(is_it(kind) for is_it in held)


def _as_text(words: pa.Array) -> pa.Array:
    try:
        return words.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        held = words.to_pylist()
        texts = [
            w.decode("utf-8", "replace") if isinstance(w, bytes) else str(w)
            for w in held
        ]
        return pa.array(texts, pa.large_string())


def _from_texts(texts: pa.Array) -> tuple[Micros, Mask]:
    """Microseconds of distinct texts, and which of them are times."""
    micros = np.zeros(len(texts), np.int64)
    known = np.zeros(len(texts), np.bool_)
    for pattern, zone in ((_ZONED, "UTC"), (_PLAIN, None)):
        fits = np.asarray(pc.match_substring_regex(texts, pattern=pattern))
        if not fits.any():
            continue
        chosen = texts.filter(pa.array(fits))
        found = _cast(chosen, zone)
        if found is not None:
            micros[fits], known[fits] = found, True
    for place in np.flatnonzero(~known).tolist():
        one = _parsed(texts[place].as_py())
        if one is not None:
            micros[place], known[place] = one, True
    return micros, known


def _cast(texts: pa.Array, zone: str | None) -> Micros | None:
    """All of them by Arrow, some fifty times faster; None if one is no time."""
    # Arrow 10 reads zones from large text no better than from text.
    try:
        stamps = texts.cast(pa.string()).cast(pa.timestamp("us", zone))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return np.asarray(stamps.cast(pa.int64()))


def _parsed(text: str) -> int | None:
    """Microseconds of one text; None if it is no time."""
    text = text.strip()
    if len(text) < 8 or len(text) > 40 or not text[0].isdigit():
        return None
    if text.isdigit() or (text.isascii() and text.replace(".", "", 1).isdigit()):
        return _from_digits(text)
    text = _FINE.sub(r"\1", text).replace("Z", "+00:00").replace("z", "+00:00")
    if len(text) > 10:
        text = _SHORT_ZONE.sub(r"\1:00", text)
        text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)
        # Before Python 3.11 a fraction has to have three or six digits.
        text = re.sub(r"\.(\d{1,5})(?!\d)", lambda m: "." + m[1].ljust(6, "0"), text)
    try:
        return micros_of(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _from_digits(text: str) -> int | None:
    """Digits are a date of eight, or a number since 1970 of ten and more."""
    if not (text.isascii() and (len(text) == 8 or len(text) >= 10)):
        return None
    number = float(text) if "." in text else int(text)
    if abs(number) >= _MICROS * 10:
        return None
    if len(text) == 8 and not _DATES[0] <= number < _DATES[1]:
        return None
    if len(text) == 8 and not _dates(np.array([int(number)]))[1][0]:
        return None
    return int(_from_numbers(np.array([number]))[0][0])
