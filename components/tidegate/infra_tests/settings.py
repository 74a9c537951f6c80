"""What InfraTests holds a model to. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tidegate.saved_model.allowing import without_reason

_UNITS = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
# TensorFlow alone takes about half of it.
_LEAST_MEMORY = 10**9
SERVING_DEFAULT = "serving_default"


class Settings(BaseModel):
    """What is asked, and what the model may take.

    Attributes:
        signature: The signature that is served.
        split: Split that sample requests are taken from.
        sample: Number of sample requests.
        without: Features that requests do not have, such as the label.
        seconds: Time that loading and asking may take.
        memory: Bytes of memory that the process may take, TensorFlow included.
        latency_p50_ms: Longest that half of the requests may take.
        latency_p99_ms: Longest that 99 of 100 requests may take.
        size_at_most: Largest size of the model's files in bytes.
        allow_ops: Further operations to allow, each with the reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    signature: str = Field(default=SERVING_DEFAULT, min_length=1)
    split: str = Field(default="eval", min_length=1)
    sample: int = Field(default=100, ge=1, le=10_000)
    without: tuple[str, ...] = ()
    seconds: float = Field(default=60.0, gt=0, le=86_400)
    memory: int = Field(default=4 * 10**9, ge=_LEAST_MEMORY)
    latency_p50_ms: float | None = Field(default=None, gt=0)
    latency_p99_ms: float | None = Field(default=None, gt=0)
    size_at_most: int | None = Field(default=None, gt=0)
    allow_ops: Mapping[str, str] = Field(default_factory=dict)

    @field_validator("memory", "size_at_most", mode="before")
    @classmethod
    def _size(cls, given: object) -> object:
        return bytes_of(given) if isinstance(given, str) else given

    @field_validator("allow_ops")
    @classmethod
    def _with_reasons(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        for op in without_reason(given):
            raise ValueError(f"the operation {op!r} needs a reason: {{op: reason}}")
        return dict(given)


def bytes_of(told: str) -> int:
    """The number of bytes in "4GB" or "500 MB".

    Raises:
        ValueError: It is no size.
    """
    match = _SIZE.fullmatch(told)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{told!r} is no size; write it as 500MB or 4GB")
    return int(float(match[1]) * _UNITS[match[2]])


def shown_bytes(size: int) -> str:
    """A number of bytes as people say it."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:,.3g} {units[0]}" if value < 1000 else f"{value:,.0f} {units[0]}"
