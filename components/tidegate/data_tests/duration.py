"""Lengths of time as people write them: `2d`, `36h`, `15min`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

_UNITS = {
    "ms": 1_000,
    "s": 10**6,
    "min": 60 * 10**6,
    "h": 3_600 * 10**6,
    "d": 86_400 * 10**6,
    "w": 7 * 86_400 * 10**6,
}
_NAMES = {
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d|w)")
_MOST = 10_000 * 366 * 86_400 * 10**6


class Duration(BaseModel):
    """A length of time: a number with ms, s, min, h, d or w.

    Attributes:
        micros: Microseconds, 0 or more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    micros: int

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if isinstance(value, (dict, Duration)):
            return value
        if isinstance(value, timedelta) and value >= timedelta():
            return {"micros": value // timedelta(microseconds=1)}
        found = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
        if found:
            micros = round(float(found[1]) * _UNITS[found[2]])
            if micros <= _MOST:
                return {"micros": micros}
        raise ValueError("must be a length of time, such as 2d, 36h or 15min")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        return {
            "title": cls.__name__,
            "description": "a length of time, such as 2d, 36h or 15min",
            "type": "string",
            "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|min|h|d|w)\s*$",
        }

    @model_serializer
    def _text(self) -> str:
        number, unit = self._parts()
        return f"{number}{unit}"

    def __str__(self) -> str:
        return spoken(self.micros)

    def _parts(self) -> tuple[int, str]:
        for unit in ("w", "d", "h", "min", "s"):
            if self.micros and not self.micros % _UNITS[unit]:
                # "14 days" says more than "2 weeks" where days are the measure.
                if unit == "w":
                    continue
                return self.micros // _UNITS[unit], unit
        return round(self.micros / 1000), "ms"


def spoken(micros: int) -> str:
    """`2 days`, `1.5 hours`: a length of time in the unit that fits it best."""
    for unit in ("d", "h", "min", "s", "ms"):
        size = _UNITS[unit]
        # Up to two days are told in hours: "36 hours", "2 days".
        fits = abs(micros) >= (2 * size if unit in ("d", "h") else size)
        exact = unit in ("d", "h") and abs(micros) == size
        if fits or exact or unit == "ms":
            number = (
                f"{micros / size:,.3g}"
                if abs(micros) < 1000 * size
                else (f"{micros / size:,.0f}")
            )
            name = _NAMES[unit]
            return f"{number} {name[:-1] if number == '1' else name}"
    raise AssertionError("milliseconds fit everything")
