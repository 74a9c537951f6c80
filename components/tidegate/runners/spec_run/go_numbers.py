"""Numbers as texts, in the three ways in which KFP's Go code writes doubles."""

from __future__ import annotations

import math
from decimal import Decimal


def plain(value: float) -> str:
    """The number without an exponent: strconv.FormatFloat(v, 'f', -1, 64)."""
    return _odd(value) or format(_shortest(value), "f")


def general(value: float) -> str:
    """The number as fmt's %g writes it: an exponent below 1e-4 and from 1e6 on.

    KFP's driver writes so what is not whole (driver/util.go:pbValueToString).
    """
    return _odd(value) or _scientific_outside(value, -4, 6)


def in_json(value: float) -> str:
    """The number as encoding/json writes it: an exponent below 1e-6, from 1e21 on."""
    text = _scientific_outside(value, -6, 21)
    # encoding/json leaves out the zero that fmt puts before one digit.
    return text.replace("e-0", "e-")


def _odd(value: float) -> str:
    if math.isfinite(value):
        return ""
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")


def _shortest(value: float) -> Decimal:
    """The fewest digits that read back as the same double."""
    return Decimal(repr(float(value))).normalize()


def _scientific_outside(value: float, low: int, high: int) -> str:
    number = _shortest(value)
    exponent = number.adjusted()
    if not number or low <= exponent < high:
        return format(number, "f")
    sign, digits, _ = number.as_tuple()
    tail = "".join(map(str, digits[1:]))
    return (
        f"{'-' if sign else ''}{digits[0]}{'.' if tail else ''}{tail}"
        f"e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    )
