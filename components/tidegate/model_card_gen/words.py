"""How moments, sizes and numbers read on a card."""

from __future__ import annotations

import math
from datetime import datetime, timezone

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def moment(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    utc = at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at
    return f"{utc.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def bytes_of(size: int) -> str:
    """A size with three digits that count: `1.25 MB`."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_UNITS[unit]}"


def number(value: float) -> str:
    """A number with the digits that count; whole ones in full."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not a number")
    if value == int(value) and abs(value) < 1e15:
        # A year has no comma.
        return f"{int(value):,}" if abs(value) >= 1e4 else f"{int(value)}"
    return f"{value:,.4g}" if abs(value) >= 1e-3 else f"{value:.3g}"
