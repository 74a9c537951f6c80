"""What every data test is: parameters, a reason, and a look at the rows.

A new test is one small subclass of `DataTest` in a module of this folder. Its
fields are its parameters in YAML and in Python; its name is its key in a suite.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from tidegate.columnar.examples import Examples
from tidegate.documents import near_miss
from tidegate.report.model import Level
from tidegate.report.wording import counted, percent

Rows = npt.NDArray[np.int64]

CATALOGUE: dict[str, type[DataTest]] = {}


@dataclass(frozen=True)
class Evidence:
    """What one test saw.

    Attributes:
        holds: True if the test passed.
        observed: What was seen, in words.
        rows: Positions in the table of the rows that break it, ascending; None
            where the test is not about rows.
        columns: Columns whose values tell why.
        fix: What to do about it; None for the usual advice.
    """

    holds: bool
    observed: str
    rows: Rows | None = None
    columns: tuple[str, ...] = ()
    fix: str | None = None


class DataTest(BaseModel, ABC):
    """A test of one batch of examples.

    Attributes:
        level: What a test that does not hold means: fail shuts the gate.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    why: ClassVar[str]

    level: Level = Field(default=Level.FAIL, description="fail or warn")

    def __init_subclass__(cls, **details: Any) -> None:
        super().__init_subclass__(**details)
        if "name" in vars(cls):
            CATALOGUE[cls.name] = cls

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

    @abstractmethod
    def look(self, examples: Examples) -> Evidence:
        """What the test sees; every column in `columns` is there."""

    def evaluate(self, examples: Examples) -> Evidence:
        """What the test sees; a column that is not there is a failure."""
        names = examples.table.column_names
        for column in self.columns:
            if column not in names:
                return no_such_column(column, names)
        return self.look(examples)


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


def of_rows(rows: Rows, total: int) -> str:
    """`12.4 % (3,419 rows)`: how many rows break a test."""
    if not len(rows):
        return "no row"
    return f"{percent(len(rows), total)} ({counted(len(rows), 'rows')})"
