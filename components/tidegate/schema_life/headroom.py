"""How far a limit stands from what was seen: round numbers, with room to spare.

A limit at the greatest value seen fails as soon as a greater one comes, which a
second sample of the same size brings every other time. So limits stand several
times as far from the middle as anything seen, and on round numbers, which also
tells the reader that they were set and not measured.
"""

from __future__ import annotations

import math

_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
# So many values say something about their limits at all.
FEWEST_VALUES = 30
_MANY = 1000
_SOME = 100


def rounded_out(value: float) -> float:
    """The next round number away from zero; 0 stays."""
    if not value:
        return 0.0
    size = abs(value)
    unit = 10.0 ** math.floor(math.log10(size))
    mantissa = next(m for m in _ROUND if m * unit >= size * (1 - 1e-9))
    return math.copysign(_clean(mantissa * unit), value)


def rounded_in(value: float) -> float:
    """The next round number towards zero; 0 stays."""
    if not value:
        return 0.0
    size = abs(value)
    unit = 10.0 ** math.floor(math.log10(size))
    mantissa = next(m for m in reversed(_ROUND) if m * unit <= size * (1 + 1e-9))
    return math.copysign(_clean(mantissa * unit), value)


def outer(value: float, *, up: bool) -> float:
    """The round number beyond a value, upwards or downwards."""
    away = (value > 0) == up
    return rounded_out(value) if away else rounded_in(value)


def factor(values: int) -> float:
    """How many times as far from the middle as the farthest of so many values.

    3 for a thousand values or more: the greatest of a sample ten times as great
    lies there even where a distribution has a tail like that of delays or incomes.
    """
    if values >= _MANY:
        return 3.0
    return 5.0 if values >= _SOME else 10.0


def missing_limit(missing: int, rows: int) -> float | None:
    """The share of missing values to allow: 0 to 1; None for no limit.

    None missing in a thousand rows: none allowed. Otherwise three standard errors
    of the count, five points for reasons that were not seen yet (weather, a
    strike), and three times the share where it is great.
    """
    if not missing:
        return 0.0 if rows >= _MANY else (0.02 if rows >= _SOME else 0.1)
    share = missing / rows
    likely = min((missing + 3 * math.sqrt(missing + 1)) / rows, 1.0)
    limit = likely + max(0.05, min(2 * share, 0.2))
    limit = math.ceil(100 * limit) / 100
    if limit >= 0.98:
        return None
    return limit


def fewest_rows(rows: int) -> int:
    """Half of the rows, rounded down to two digits."""
    half = rows // 2
    unit = int(10 ** max(len(str(half)) - 2, 0))
    return max(half // unit * unit, 1)


def percent_text(share: float) -> str:
    """`5%`, as a suite writes a share."""
    return f"{100 * share:.10g}%"


def number(value: float) -> int | float:
    """The number as it is written: without `.0` where it is whole."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _clean(value: float) -> float:
    return float(f"{value:.10g}")
