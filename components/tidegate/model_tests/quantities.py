"""Sizes, growths and confidences, as people write them in a suite."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from tidegate.data_tests.share import share

_UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB)")
# Below a half an interval leaves out what is likelier than not; at 1 it is endless.
_LEAST_SURE, _MOST_SURE = 0.5, 0.9999
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _bytes(value: Any) -> int:
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found and math.isfinite(float(found[1])):
        return round(float(found[1]) * _UNITS[found[2]])
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError("must be a size, such as 50 MB")


def _growth(value: Any) -> float:
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        return float(found[1]) / 100
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise ValueError("must be a growth, such as 20%")


def _confidence(value: Any) -> float:
    try:
        found = share(value)
    except ValueError:
        found = math.nan
    if _LEAST_SURE <= found <= _MOST_SURE:
        return found
    raise ValueError("must be a confidence from 50% to 99.99%, such as 95%")


def size_told(size: int) -> str:
    """`12.3 MB`: a size."""
    for unit in ("GB", "MB", "kB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.3g} {unit}"
    return f"{size} B"


def growth_told(value: float) -> str:
    """`20 %`: a growth."""
    return f"{100 * value:.10g} %"


Size = Annotated[
    int,
    BeforeValidator(_bytes),
    WithJsonSchema(
        {
            "description": "a size, such as 50 MB",
            "oneOf": [
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(B|[kKMG]B)\s*$"},
                {"type": "integer", "exclusiveMinimum": 0},
            ],
        }
    ),
]
Growth = Annotated[
    float,
    BeforeValidator(_growth),
    PlainSerializer(lambda value: f"{100 * value:.10g}%", return_type=str),
    WithJsonSchema(
        {
            "description": "a growth, such as 20% or 150%",
            "oneOf": [
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"},
                {"type": "number", "minimum": 0},
            ],
        }
    ),
]
Confidence = Annotated[
    float,
    BeforeValidator(_confidence),
    PlainSerializer(lambda value: f"{100 * value:.10g}%", return_type=str),
    WithJsonSchema(
        {
            "description": "a confidence from 50% to 99.99%, such as 95% or 0.95",
            "oneOf": [
                {"type": "string", "pattern": r"^\s*[5-9]\d(\.\d+)?\s*%\s*$"},
                {"type": "number", "minimum": _LEAST_SURE, "maximum": _MOST_SURE},
            ],
        }
    ),
]
