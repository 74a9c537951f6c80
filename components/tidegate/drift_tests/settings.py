"""What the drift tests promise, and what they leave alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_ONE_IN = re.compile(r"\s*(\d+(?:\.\d+)?)\s+in\s+(\d+(?:\.\d+)?)(?:\s+\w+)?\s*")
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


class DriftSettings(BaseModel):
    """What the drift tests promise, and what they leave alone.

    Attributes:
        false_alarms: Share of runs with good data that may alarm, 0.001 to 0.5;
            also as text: "1 in 60 runs", "5 %".
        slow_every: Mean number of runs between false alarms of slow drift; it is
            a part of `false_alarms`. None takes a fifth of `false_alarms`.
        smallest_share: Changes of a share of rows, or of the strength of a
            relation, below this never alarm; 0 to 1.
        smallest_shift: Changes of other measures below this never alarm, in
            standard deviations of the column.
        ignore: Columns that are not judged.
        window: The newest accepted spans that are compared with.
        level: "fail" shuts the gate, "warn" only says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_alarms: float = Field(default=0.05, ge=0.001, le=0.5)
    slow_every: float | None = Field(default=None, ge=2)
    smallest_share: float = Field(default=0.002, ge=0, le=1)
    smallest_shift: float = Field(default=0.02, ge=0)
    ignore: tuple[str, ...] = ()
    window: int = Field(default=400, ge=30, le=5_000)
    level: str = Field(default="fail", pattern="^(fail|warn)$")

    @field_validator("false_alarms", mode="before")
    @classmethod
    def _as_share(cls, given: Any) -> Any:
        """A share, from "1 in 60 runs" or "5 %" too."""
        if not isinstance(given, str):
            return given
        if (found := _ONE_IN.fullmatch(given)) is not None and float(found[2]):
            return float(found[1]) / float(found[2])
        if (found := _PERCENT.fullmatch(given)) is not None:
            return float(found[1]) / 100
        raise ValueError('expected a share, such as 0.05, "5 %" or "1 in 60 runs"')

    @model_validator(mode="after")
    def _fits(self) -> DriftSettings:
        """The settings, if slow drift leaves a share for sudden faults."""
        if self.slow_share >= self.false_alarms:
            raise ValueError(
                f"slow_every: {self.slow_every:g} runs is a false alarm in "
                f"{self.slow_share:.1%} of runs, which is all that false_alarms "
                f"allows ({self.false_alarms:.1%}); take more than "
                f"{1 / self.false_alarms:g}"
            )
        return self

    @property
    def slow_share(self) -> float:
        """Share of runs that may be false alarms of slow drift."""
        if self.slow_every is None:
            return self.false_alarms / 5
        return 1 / self.slow_every

    @property
    def sudden_share(self) -> float:
        """Share of runs that may be false alarms of sudden faults."""
        return self.false_alarms - self.slow_share

    @property
    def promise(self) -> str:
        """The promise in words: "at most 1 false alarm in 20 runs"."""
        return f"at most 1 false alarm in {1 / self.false_alarms:.3g} runs"


def load_settings(path: Path) -> DriftSettings:
    """The settings in a YAML file.

    Raises:
        UsageError: The file is not there or wrong; all faults, each with its line.
    """
    from tidegate.drift_tests.settings_file import read_settings

    return read_settings(path)
