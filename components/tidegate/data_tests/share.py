"""A share between 0 and 1, written `5%` or `0.05`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def share(value: Any) -> float:
    """The share that a text or a number says.

    Raises:
        ValueError: It says none between 0 and 100 %.
    """
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found and float(found[1]) <= 100:
        return float(found[1]) / 100
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and 0 <= value <= 1:
        return float(value)
    raise ValueError("must be a share, such as 5% or 0.05")


def told(value: float) -> str:
    """`5 %`: a share in words, as exact as it was given."""
    return f"{100 * value:.10g} %"


def _written(value: float) -> str:
    return f"{100 * value:.10g}%"


Share = Annotated[
    float,
    BeforeValidator(share),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema(
        {
            "description": "a share, such as 5% or 0.05",
            "oneOf": [
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"},
                {"type": "number", "minimum": 0, "maximum": 1},
            ],
        }
    ),
]
