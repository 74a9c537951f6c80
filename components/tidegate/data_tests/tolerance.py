"""How much of a batch may break a test: a number of rows, or a share."""

from __future__ import annotations

import math
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


class Tolerance(BaseModel):
    """`5%` of the rows, or `20` rows.

    Attributes:
        share: Share of the rows, 0 to 1, None where rows are counted.
        rows: Number of rows, None where it is a share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float | None = None
    rows: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if isinstance(value, (dict, Tolerance)):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return {"rows": value}
        found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
        if found and float(found[1]) <= 100:
            return {"share": float(found[1]) / 100}
        raise ValueError("must be a number of rows, such as 20, or a share, such as 5%")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        return {
            "title": cls.__name__,
            "description": "a number of rows, such as 20, or a share, such as 5%",
            "oneOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"},
            ],
        }

    @model_serializer
    def _text(self) -> int | str:
        return self.rows if self.rows is not None else f"{self._percent()}%"

    def of(self, rows: int) -> int:
        """The most rows of a batch of `rows` that may break the test."""
        if self.rows is not None:
            return self.rows
        return math.floor((self.share or 0.0) * rows + 1e-9)

    def __str__(self) -> str:
        if self.rows is not None:
            return f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        return f"{self._percent()} %"

    def _percent(self) -> str:
        return f"{100 * (self.share or 0.0):.10g}"


NONE = Tolerance(rows=0)
