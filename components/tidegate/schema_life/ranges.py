"""Between which limits the numbers of a column can be, and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.schema_life.headroom import FEWEST_VALUES, factor, number, outer
from tidegate.schema_life.names import says, words_of

_CLOCK_VALUES = 50
_FEW = 10
_CALENDAR = ("month", "day", "hour", "minute", "second", "week", "weekday")


@dataclass(frozen=True)
class Range:
    """Limits of numbers.

    Attributes:
        kind: What the numbers are: "measure", "clock", "month", "id" and so on.
        reason: Why the limits are these, for a reader.
        low: The least allowed; None for any.
        high: The greatest allowed; None for any.
    """

    kind: str
    reason: str
    low: float | None = None
    high: float | None = None

    @property
    def is_measure(self) -> bool:
        """Whether the numbers measure something, so that a middle means something."""
        return self.kind == "measure"

    @property
    def is_calendar(self) -> bool:
        """Whether one delivery may well have but one of the values."""
        return self.kind in {"year", "quarter", "date", "epoch", *_CALENDAR}


@dataclass(frozen=True)
class _Known:
    """Numbers that have limits by what they are.

    Attributes:
        kind: What they are called.
        words: One of these is in the column's name.
        low: Least possible.
        high: Greatest possible.
        whole: Whether they must be whole.
    """

    kind: str
    words: tuple[str, ...]
    low: float
    high: float
    whole: bool = True


_KNOWN = (
    _Known("year", ("year", "yr"), 1900, 2100),
    _Known("month", ("month", "mon"), 1, 12),
    _Known("quarter", ("quarter", "qtr"), 1, 4),
    _Known("weekday", ("weekday", "dow"), 0, 7),
    _Known("week", ("week", "wk"), 0, 53),
    _Known("day", ("day", "dom"), 1, 31),
    _Known("hour", ("hour", "hr"), 0, 23),
    _Known("hour", ("hour", "hr"), 0, 24),
    _Known("minute", ("minute",), 0, 59),
    _Known("second", ("second",), 0, 60),
    _Known("latitude", ("lat", "latitude"), -90, 90, whole=False),
    _Known("longitude", ("lon", "lng", "long", "longitude"), -180, 180, whole=False),
    _Known("percent", ("percent", "pct", "percentage"), 0, 100, whole=False),
)


def range_of(name: str, profile: ColumnProfile) -> Range | None:
    """The limits of the numbers of a column; None if it has none to speak of."""
    low, high = profile.low, profile.high
    if profile.kind not in ("int", "float") or low is None or high is None:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    rules: tuple[Callable[[str, ColumnProfile, float, float], Range | None], ...] = (
        _known,
        _moments,
        _flag,
        _clock,
        _identity,
        _share,
        _measured,
    )
    return next(
        (found for rule in rules if (found := rule(name, profile, low, high))), None
    )


def _known(name: str, profile: ColumnProfile, low: float, high: float) -> Range | None:
    for known in _KNOWN:
        if not says(name, *known.words) or (known.whole and profile.kind != "int"):
            continue
        if known.low <= low and high <= known.high:
            limits = f"{number(known.low)} to {number(known.high)}"
            return Range(
                known.kind, f"{_a(known.kind)}: {limits}", known.low, known.high
            )
    return None


def _moments(
    name: str, profile: ColumnProfile, low: float, high: float
) -> Range | None:
    if profile.kind != "int":
        return None
    if low >= 19000101 and high <= 21001231 and says(name, "date", "day", "time"):
        return Range("date", "dates as YYYYMMDD", 19000101, 21001231)
    if low > 10**8 and says(name, "time", "timestamp", "ts", "epoch", "date", "at"):
        return Range("epoch", "a time counted since 1970; it goes on growing", 0)
    return None


def _flag(name: str, profile: ColumnProfile, low: float, high: float) -> Range | None:
    if profile.distinct == 2 and low == 0 and high == 1:
        return Range("flag", "only 0 and 1", 0, 1)
    return None


def _clock(name: str, profile: ColumnProfile, low: float, high: float) -> Range | None:
    """Times of day as HHMM: no number ends in 60 to 99."""
    if profile.kind != "int" or not low >= 0 or not 1000 < high <= 2400:
        return None
    if profile.distinct < _CLOCK_VALUES or not profile.distinct_is_exact:
        return None
    if all(value % 100 < 60 for value, _ in profile.frequent(2401)):
        return Range("clock", "a clock as HHMM: no value ends in 60 to 99", 0, 2400)
    return None


def _identity(
    name: str, profile: ColumnProfile, low: float, high: float
) -> Range | None:
    if profile.kind != "int" or low < 0:
        return None
    nearly_all = profile.distinct >= 0.9 * profile.values
    named = bool(words_of(name) & {"id", "key", "uid", "no", "nr", "number", "zip"})
    if named or (nearly_all and high - low < 2 * profile.values):
        return Range("id", "numbers that name things; new ones come", 0)
    return None


def _share(name: str, profile: ColumnProfile, low: float, high: float) -> Range | None:
    many = profile.distinct > _FEW and profile.values >= FEWEST_VALUES
    if many and profile.kind == "float" and low >= 0 and 0 < high <= 1:
        return Range("share", "a share: 0 to 1", 0, 1)
    return None


def _measured(
    name: str, profile: ColumnProfile, low: float, high: float
) -> Range | None:
    middle = profile.quantile(0.5)
    if profile.values < FEWEST_VALUES or low == high or middle is None:
        return None
    times = factor(profile.values)
    least = outer(middle - times * (middle - low), up=False)
    most = outer(middle + times * (high - middle), up=True)
    if low >= 0:
        least = 0.0
    if high <= 0:
        most = 0.0
    seen = f"seen {_plain(low)} to {_plain(high)}, middle {_plain(middle)}"
    sign = "; never negative" if low >= 0 else ""
    return Range("measure", f"{seen}{sign}", least, most)


def middle_of(profile: ColumnProfile, spreads: float) -> tuple[float, float] | None:
    """Limits of the median: so many interquartile ranges to either side."""
    parts = [profile.quantile(q) for q in (0.25, 0.5, 0.75)]
    if None in parts or profile.values < 1000:
        return None
    first, middle, third = (float(part or 0) for part in parts)
    if first == third:
        return None
    room = spreads * (third - first)
    low, high = middle - room, middle + room
    if (profile.low or 0) >= 0:
        low = max(low, 0.0)
    return _step(low, room, up=False), _step(high, room, up=True)


def _step(value: float, room: float, *, up: bool) -> float:
    """The value on a step of about a tenth of the room around it."""
    step = 10.0 ** math.floor(math.log10(room / 2))
    steps = math.ceil(value / step) if up else math.floor(value / step)
    return float(f"{steps * step:.10g}")


def _plain(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "hour" else f"a {kind}"
