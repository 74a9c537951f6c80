"""What every model test is: parameters, a reason, and a verdict on one model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tidegate.data_tests.waiver import Waiver
from tidegate.model_tests.case import Case
from tidegate.report.model import Curves, Intervals, Level, Plot

CATALOGUE: dict[str, type[ModelTest]] = {}
Undecided = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """What one test saw.

    Attributes:
        subject: The metric, slice or feature that it is about.
        expectation: What must hold, in words.
        observed: What was seen, in words.
        holds: True if it passed, False if not, None if nothing can be said.
        level: What it means if it does not hold, where that is not the test's own
            level.
        fix: What to do about it.
        plot: The evidence as a picture.
    """

    subject: str
    expectation: str
    observed: str
    holds: bool | None
    level: Level | None = None
    fix: str | None = None
    plot: Plot | Curves | Intervals | None = None


class ModelTest(BaseModel, ABC):
    """A test of one model.

    A subclass states `name`, its key in a suite; `why`, what it protects from;
    `default`, its defaults and why they are so; and `example`, one line of YAML.

    Attributes:
        level: What a test that does not hold means: fail shuts the gate.
        waiver: Who answers for it while it does not hold.
    """

    # A bound that is no number always holds, or never does.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: ClassVar[str]
    why: ClassVar[str]
    default: ClassVar[str] = ""
    example: ClassVar[str] = ""
    #: Whether a model that passes it was proved good enough: at least one such
    #: test must have run.
    proves: ClassVar[bool] = False

    level: Level = Field(default=Level.FAIL, description="fail or warn")
    waiver: Waiver | None = Field(
        default=None, description="who answers for it, why, and until when"
    )

    def __init_subclass__(cls, **details: Any) -> None:
        super().__init_subclass__(**details)
        if "name" in vars(cls):
            CATALOGUE[cls.name] = cls

    @property
    @abstractmethod
    def subject(self) -> str:
        """What it is about, where nothing more is known."""

    @property
    @abstractmethod
    def expectation(self) -> str:
        """What must hold, in words."""

    @abstractmethod
    def judge(self, case: Case) -> Iterable[Finding]:
        """What it saw, one finding or several.

        Raises:
            Uncomputable: Something that it needs is not there.
        """
