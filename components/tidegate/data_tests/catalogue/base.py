"""What every data test is: parameters, a reason, a look at batches, a verdict.

A new test is one small subclass of `DataTest`, or of one of the shapes beside
it (`RowTest`, `ProfileTest`, `SampleTest`), in a module of this folder. Its
fields are its parameters in YAML and in Python; its name is its key in a suite.

A test looks at one batch at a time, in any order and on any machine; what it
saw merges; and the verdict is on the whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from typing_extensions import Self

from tidegate.data_tests.blame import NO_ROWS, Blame, Rows
from tidegate.data_tests.sql import ConditionError, check_syntax
from tidegate.data_tests.tolerance import Tolerance
from tidegate.data_tests.waiver import Waiver
from tidegate.documents import near_miss
from tidegate.report.model import Level, Plot
from tidegate.report.wording import counted, percent

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

CATALOGUE: dict[str, type[DataTest]] = {}
Family = Literal["columns", "rows", "batch", "label", "privacy"]


class Seen(Protocol):
    """What a test saw in some batches."""

    def merge(self, other: Any) -> Any:
        """What it saw in both."""


@dataclass(frozen=True)
class Evidence:
    """What one test saw.

    Attributes:
        holds: True if the test passed; None if nothing can be said, for
            instance for want of a reference.
        observed: What was seen, in words.
        rows: The rows that break it; None where the test is not about rows.
        columns: Columns whose values tell why.
        fix: What to do about it; None for the usual advice.
        plot: What was seen, as a picture; None for the usual one of a column.
        total: Rows of the slice that the test looked at; None for all.
        hides: Columns that hold private data, by what the test saw: nothing in
            the report shows their values, just as if the suite called them `pii`.
        figures: What it measured, by name, for the summary of an accepted span:
            later spans are held against it.
    """

    holds: bool | None
    observed: str
    rows: Blame | None = None
    columns: tuple[str, ...] = ()
    fix: str | None = None
    plot: Plot | None = None
    total: int | None = None
    hides: frozenset[str] = frozenset()
    figures: Mapping[str, float] = field(default_factory=dict)


class DataTest(BaseModel, ABC):
    """A test of one delivery of data.

    A subclass states `name`, its key in a suite; `why`, what it catches;
    `default`, its defaults and why they are so; and `example`, one line of YAML.

    Attributes:
        level: What a test that does not hold means: fail shuts the gate.
        where: SQL condition of the rows that it is about; None for all.
        waiver: Who answers for it while it does not hold.
        on_fail: "quarantine" lets the rest go on without the bad rows.
        quarantine_at_most: The most of the rows that may leave; more fail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    why: ClassVar[str]
    default: ClassVar[str] = ""
    example: ClassVar[str] = ""
    family: ClassVar[Family] = "columns"
    #: Whether it blames single rows, so that they can leave into quarantine.
    blames: ClassVar[bool] = False
    #: Whether its verdict needs a random sample of the rows.
    samples: ClassVar[bool] = False

    level: Level = Field(default=Level.FAIL, description="fail or warn")
    where: str | None = Field(
        default=None, description="SQL condition of the rows that it is about"
    )
    waiver: Waiver | None = Field(
        default=None, description="who answers for it, why, and until when"
    )

    on_fail: Literal["report", "quarantine"] = Field(
        default="report",
        description="quarantine lets the rest go on without the bad rows",
    )
    quarantine_at_most: Tolerance = Field(
        default=Tolerance(share=0.01), description="most rows that may leave"
    )

    def __init_subclass__(cls, **details: Any) -> None:
        super().__init_subclass__(**details)
        if "name" in vars(cls):
            CATALOGUE[cls.name] = cls

    @field_validator("where")
    @classmethod
    def _where_parses(cls, where: str | None) -> str | None:
        if where is None:
            return None
        check_syntax(where)
        return where.strip()

    @model_validator(mode="after")
    def _has_rows_to_quarantine(self) -> Self:
        if self.on_fail == "quarantine" and not self.blames:
            raise ValueError(f"{self.name} blames no single rows that could leave")
        if self.on_fail == "quarantine" and self.level is Level.WARN:
            raise ValueError("rows leave only where a test fails: take level away")
        return self

    @classmethod
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Its parameters, with what the suite says for all of its tests.

        Args:
            parameters: As the suite gives them, not yet validated.
            settings: The suite as a mapping: `key`, `label`, `time` and the others.
        """
        return parameters

    @property
    @abstractmethod
    def subject(self) -> str:
        """The column or columns that it is about; "rows" for the batch."""

    @property
    @abstractmethod
    def expectation(self) -> str:
        """What must hold, in words."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns without which it cannot be evaluated."""
        return ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """SQL conditions that it asks of every batch, besides `where`."""
        return ()

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Keys whose hashes it asks of every batch."""
        return ()

    @property
    def purpose(self) -> str:
        """What it catches, as the report says it."""
        return self.why

    def located(self, folder: Path) -> DataTest:
        """The same test, the files that it names found from its suite's folder.

        A suite may be read on one machine and run on another: what has to be in
        a file there is to be taken into the test here.

        Args:
            folder: Folder that relative paths start from.

        Raises:
            UsageError: A file is not there or not as it must be; the place in the
                suite is added by whoever reads it.
        """
        return self

    @property
    def profiled(self) -> tuple[str, ...]:
        """Columns whose profile it asks `Whole` for, of the rows of its slice."""
        return ()

    def look(self, view: View) -> Seen | None:
        """What it sees in one batch, of the rows of its slice; None for nothing."""
        return None

    def again(self, seen: Any, whole: Whole) -> DataTest | None:
        """A test to look at all rows a second time with, in place of this one.

        For tests whose limits depend on all rows: the first pass finds the limits,
        the second one the rows beyond them. Level, waiver, words for subject and
        expectation, and the slice stay those of this test.

        Args:
            seen: What this test saw in all batches, merged; None if it saw none.
            whole: What is known of the data set.

        Returns:
            The test with known limits; None if the verdict needs no second look.
        """
        return None

    @abstractmethod
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        """The verdict; every column in `columns` is there.

        Args:
            seen: What it saw in all batches, merged; None if it saw none.
            whole: What is known of the data set, all tests together.
        """

    def verdict(self, seen: Any, whole: Whole) -> Evidence:
        """The verdict; a column that is not there is a failure."""
        for column in self.columns:
            if not whole.has(column):
                return no_such_column(column, whole.columns)
        if isinstance(seen, Unanswered):
            return seen.evidence
        return self.judge(seen, whole)


@dataclass(frozen=True)
class Unanswered:
    """A batch on which the test cannot be evaluated: why, and what to do."""

    reason: str
    columns: tuple[str, ...] = ()
    fix: str = ConditionError.fix

    def merge(self, other: Any) -> Unanswered:
        """One reason of both, always the same one."""
        if isinstance(other, Unanswered):
            return min(self, other, key=lambda one: one.reason)
        return self

    @property
    def evidence(self) -> Evidence:
        """The evidence that the condition does not fit the data."""
        return Evidence(
            False,
            self.reason,
            columns=self.columns,
            fix=self.fix,
        )


@dataclass(frozen=True)
class Notes:
    """What a row test saw besides the rows: words with counts, and a reach.

    Attributes:
        words: How often it saw what; of more than `MOST` words the first by name,
            for these are the same however batches are cut and merged.
        low: Smallest number that it saw among the bad ones.
        high: Largest number that it saw among the bad ones.
        odd: How many bad values were no number.
    """

    words: dict[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    odd: int = 0

    MOST: ClassVar[int] = 500

    @classmethod
    def of_words(cls, words: dict[str, int]) -> Notes:
        """Notes of these words and how often each was seen."""
        if len(words) > cls.MOST:
            words = {word: words[word] for word in sorted(words)[: cls.MOST]}
        return cls(words)

    def merge(self, other: Notes) -> Notes:
        """What it saw in both."""
        words = dict(self.words)
        for word, count in other.words.items():
            words[word] = words.get(word, 0) + count
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Notes(
            Notes.of_words(words).words,
            min(lows, default=None),
            max(highs, default=None),
            self.odd + other.odd,
        )


@dataclass(frozen=True)
class BadRows:
    """The bad rows of some batches.

    Attributes:
        total: Rows looked at.
        blame: The bad ones.
        notes: What makes them bad.
    """

    total: int = 0
    blame: Blame = field(default_factory=Blame)
    notes: Notes = field(default_factory=Notes)

    def merge(self, other: BadRows | Unanswered) -> BadRows | Unanswered:
        """The bad rows of both."""
        if isinstance(other, Unanswered):
            return other
        return BadRows(
            self.total + other.total,
            self.blame.merge(other.blame),
            self.notes.merge(other.notes),
        )


def no_such_column(column: str, names: Sequence[str]) -> Evidence:
    """The evidence that a column is gone."""
    near = near_miss(column, names)
    return Evidence(
        holds=False,
        observed=f"no column {column}" + (f", but there is {near}" if near else ""),
        columns=(near,) if near else (),
        fix=f"restore {column} in the export, or change the suite",
    )


def where(mask: pa.Array | pa.ChunkedArray) -> Rows:
    """Positions of the true values of a mask; null counts as false."""
    flags = (
        pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
        if isinstance(mask, pa.Array)
        else pc.fill_null(mask, False).to_numpy()
    )
    return np.flatnonzero(flags).astype(np.int64)


def of_rows(count: int, total: int) -> str:
    """`12.4 % (3,419 rows)`: how many rows break a test."""
    if not count:
        return "no row"
    return f"{percent(count, total)} ({counted(count, 'rows')})"


__all__ = [
    "CATALOGUE",
    "NO_ROWS",
    "BadRows",
    "Blame",
    "ConditionError",
    "DataTest",
    "Evidence",
    "Family",
    "Notes",
    "Rows",
    "Seen",
    "Unanswered",
    "no_such_column",
    "of_rows",
    "where",
]
