"""The factors and offsets by which one unit turns into another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Jump:
    """How numbers may have been converted.

    Attributes:
        told: What happened, in words.
        factor: What they were multiplied by.
        offset: What was added afterwards.
    """

    told: str
    factor: float
    offset: float = 0.0


_FACTORS = (
    (10.0, "10"),
    (100.0, "100"),
    (1000.0, "1,000"),
    (10_000.0, "10,000"),
    (1e6, "1,000,000"),
    (1e9, "1,000,000,000"),
    (60.0, "60, as minutes for hours"),
    (3600.0, "3,600, as seconds for hours"),
    (24.0, "24, as hours for days"),
    (86_400.0, "86,400, as seconds for days"),
)
_UNITS = (
    (1.609344, "1.609, as kilometres for miles"),
    (1.852, "1.852, as kilometres for nautical miles"),
    (2.20462, "2.205, as pounds for kilograms"),
    (3.28084, "3.281, as feet for metres"),
    (2.54, "2.54, as centimetres for inches"),
    (28.3495, "28.35, as grams for ounces"),
    (3.78541, "3.785, as litres for gallons"),
    (57.29578, "57.3, as degrees for radians"),
    (3.6, "3.6, as km/h for m/s"),
)


def _both_ways(factor: float, told: str) -> tuple[Jump, Jump]:
    number, _, unit = told.partition(", as ")
    new, _, old = unit.partition(" for ")
    back = f"{number}, as {old} for {new}" if unit else number
    return (
        Jump(f"multiplied by {told}", factor),
        Jump(f"divided by {back}", 1 / factor),
    )


TENS = tuple(jump for factor in _FACTORS for jump in _both_ways(*factor))
# Of a part of the column few factors are told apart.
GREAT = tuple(
    jump
    for factor, told in _FACTORS
    if factor in (10, 60, 100, 1000, 1e6)
    for jump in _both_ways(factor, told)
)
JUMPS = (
    *TENS,
    *(jump for factor in _UNITS for jump in _both_ways(*factor)),
    Jump("turned from °C to °F", 1.8, 32.0),
    Jump("turned from °F to °C", 1 / 1.8, -32 / 1.8),
    Jump("turned from °C to K", 1.0, 273.15),
    Jump("turned from K to °C", 1.0, -273.15),
    Jump("turned around in sign", -1.0),
)
