"""Which columns together name a row, and which column says when it happened."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations

import numpy as np
import numpy.typing as npt

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue.cells import cells
from tidegate.data_tests.times import DAY, SECOND, looks_like_times, times_of
from tidegate.schema_life.codes import codes_of
from tidegate.schema_life.names import words_of
from tidegate.schema_life.seen_data import SeenData

_MOST_COLUMNS = 12
_MOST_IN_KEY = 4
_MOST_CANDIDATES = 6
_FEWEST_ROWS = 100
# So many pairs of rows would share a key by chance if the columns had nothing to
# do with each other. Where few would, that none does says nothing.
_EXPECTED = 20.0
_MANY_TIMES = 50
_ID_WORDS = {"id", "key", "uuid", "guid", "uid", "no", "nr", "number", "code", "ref"}
_TIME_WORDS = {"time", "timestamp", "date", "datetime", "at", "when", "created", "ts"}
_CALENDAR = {"year", "month", "day", "hour", "minute", "second", "week", "weekday"}


def key_candidates(seen: SeenData, left_out: Iterable[str] = ()) -> list[list[str]]:
    """Sets of columns that are unique in the sample, the likeliest key first.

    Whether they are unique in all rows is for a test on all rows to say.

    Args:
        seen: The data.
        left_out: Columns that cannot be part of a key.
    """
    if seen.rows < _FEWEST_ROWS:
        return []
    skipped, whole_times = set(left_out), time_column(seen) is not None
    names = [n for n in _candidates(seen, whole_times) if n not in skipped]
    singles = [name for name in names if _names_rows(name, seen)]
    if singles:
        return [[name] for name in singles[:_MOST_CANDIDATES]]
    sample = seen.sample()
    codes = {name: codes_of(sample[name]) for name in names}
    found: list[list[str]] = []
    for size in range(2, _MOST_IN_KEY + 1):
        ranked = sorted(
            (sum(_cost(name, seen.profile(name)) for name in chosen), -expected, chosen)
            for chosen in combinations(names, size)
            if (expected := _expected(chosen, codes, seen.rows)) >= _EXPECTED
        )
        for *_, chosen in ranked:
            if any(set(smaller) <= set(chosen) for smaller in found):
                continue
            if _unique([codes[name] for name in chosen]):
                found.append(list(chosen))
        if len(found) >= _MOST_CANDIDATES:
            break
    return found[:_MOST_CANDIDATES]


def time_column(seen: SeenData) -> str | None:
    """The column that says when a row happened; None if none stands out."""
    sample = seen.sample()
    found = []
    for name in seen.columns:
        profile = seen.profile(name)
        if profile.kind != "text" or profile.missing > 0.05 * profile.rows:
            continue
        if looks_like_times(cells(sample[name].slice(0, 1000)).values):
            named = bool(words_of(name) & _TIME_WORDS)
            # Deliveries and updates come later than what they are about.
            late = bool(words_of(name) & {"updated", "modified", "loaded", "birth"})
            found.append((late, not named, -profile.distinct, name))
    return min(found)[3] if found else None


def _candidates(seen: SeenData, whole_times: bool) -> list[str]:
    """Columns that can be part of a key, the likeliest first.

    A day without its month is no key for longer than a month: beside a column of
    whole times its parts are left out.
    """
    ranked = sorted(
        (_cost(name, seen.profile(name)), place, name)
        for place, name in enumerate(seen.columns)
        if _can_name(seen.profile(name))
        and not (
            whole_times and words_of(name) & _CALENDAR and not _is_text(seen, name)
        )
    )
    return [name for _, _, name in ranked[:_MOST_COLUMNS]]


def _is_text(seen: SeenData, name: str) -> bool:
    return seen.profile(name).kind == "text"


def _can_name(profile: ColumnProfile) -> bool:
    if profile.kind not in ("int", "text", "bytes") or profile.is_list:
        return False
    low = profile.low
    # Keys have no gaps, and what can be negative is measured.
    return not profile.missing and profile.distinct > 1 and (low is None or low >= 0)


def _cost(name: str, profile: ColumnProfile) -> int:
    words = words_of(name)
    if words & _ID_WORDS:
        return 0
    if profile.kind != "int" or words & _TIME_WORDS:
        return 1
    return 3 if words & _CALENDAR else 2


def _names_rows(name: str, seen: SeenData) -> bool:
    """Whether one column alone names the rows, and not by accident."""
    profile = seen.profile(name)
    off = 4 * profile.distinct_error
    if profile.distinct * (1 + off) < seen.rows:
        return False
    if words_of(name) & _ID_WORDS:
        return True
    low, high = profile.low, profile.high
    if profile.kind == "int" and low is not None and high is not None:
        return high - low < 2 * seen.rows
    fixed = profile.shortest == profile.longest
    return bool(fixed and not words_of(name) & _TIME_WORDS)


def _expected(
    chosen: tuple[str, ...], codes: dict[str, npt.NDArray[np.int64]], rows: int
) -> float:
    """Pairs of rows that would share the key if its columns were independent."""
    pairs = rows * (rows - 1) / 2
    return pairs * math.prod(_collision(codes[name]) for name in chosen)


def _collision(codes: npt.NDArray[np.int64]) -> float:
    counts = np.bincount(codes - codes.min()).astype(np.float64)
    rows = len(codes)
    return float((counts * (counts - 1)).sum() / max(rows * (rows - 1), 1))


def _unique(columns: list[npt.NDArray[np.int64]]) -> bool:
    joined = columns[0]
    for column in columns[1:]:
        joined = joined * (int(column.max()) + 1) + column
        _, joined = np.unique(joined, return_inverse=True)
    return len(np.unique(joined)) == len(joined)


def longest_gap(seen: SeenData, time: str | None) -> str | None:
    """The longest time without a row to allow: three times that of the sample.

    A delivery may be one file of several, in which rows lie farther apart.

    None without a column of times, or with too few of them to say.
    """
    if time is None or time not in seen.columns or seen.rows < 1000:
        return None
    micros = np.unique(times_of(cells(seen.sample()[time])).micros)
    if len(micros) < _MANY_TIMES:
        return None
    fewer = max(round(seen.rows / seen.smallest_file), 1)
    longest = 3 * fewer * int(np.diff(micros).max())
    days, hours = -(-longest // DAY), -(-longest // (3600 * SECOND))
    return f"{days}d" if hours > 24 else f"{max(hours, 1)}h"
