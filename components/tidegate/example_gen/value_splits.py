"""Splits by what a column says: by its values, or by a time in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.formats import shown
from tidegate.data_tests.times import micros_of, parse_moment, parse_times
from tidegate.errors import DataError, UsageError
from tidegate.example_gen.splits import (
    Places,
    Splits,
    column_name,
    column_of,
    refuse_missing,
    unfit,
    unsplit,
    usable_name,
)

Value = str | int
Moment = str | date | datetime


class ColumnSplit(Splits):
    """Splits by the values of a column.

    Example:
        ```python
        ColumnSplit("origin", train=["EWR", "JFK"], eval=["LGA"])
        ColumnSplit("month", train=range(1, 11), eval=[11], test=None)
        ```

    Args:
        column: A column of text or whole numbers.
        values: The values of each split; None for all that no other split has.
        **named: The same by keyword.

    Raises:
        UsageError: There is no split, or a value is in two.
    """

    def __init__(
        self,
        column: str,
        values: Mapping[str, Sequence[Value] | None] | None = None,
        /,
        **named: Sequence[Value] | None,
    ) -> None:
        given = {**(values or {}), **named}
        self.column = column_name(column, "ColumnSplit")
        _demand(all(map(_is_given, given.values())), given, "ColumnSplit", _VALUES)
        self.values: dict[str, list[Value] | None] = {
            name: None if held is None else list(held) for name, held in given.items()
        }
        self.names = tuple(given)
        _demand(not _wrong_values(self.values), self.values, "ColumnSplit", _VALUES)
        listed = [
            (v, n) for n, held in enumerate(self.values.values()) for v in held or ()
        ]
        self._place = dict(listed)
        rest = [n for n, held in enumerate(self.values.values()) if held is None]
        self._rest = rest[0] if rest else -1

    def places(self, batch: Batch, made: Sequence[bytes], part: Part) -> Places:
        """See `Splits.places`."""
        column = column_of(batch, self.column, "ColumnSplit")
        if not _is_listed(column.type):
            raise unfit(self.column, column.type, "text or whole numbers")
        self._refuse_other_kind(column.type)
        coded = column.dictionary_encode()
        codes = np.asarray(pc.fill_null(coded.indices, -1))
        found = [
            self._place.get(value, self._rest) for value in coded.dictionary.to_pylist()
        ]
        places: Places = np.array([*found, self._rest], np.int64)[codes]
        if (places < 0).any():
            why = "values that no split has"
            raise unsplit(batch, places < 0, self.column, part, why)
        return places

    def _refuse_other_kind(self, kind: pa.DataType) -> None:
        """Refuses text for a column of numbers, and the reverse: nothing matches."""
        if pa.types.is_null(kind):
            return
        wanted = int if pa.types.is_integer(kind) else str
        wrong = [value for value in self._place if not isinstance(value, wanted)]
        if wrong:
            listed = ", ".join(map(repr, wrong[:5]))
            of = "whole numbers" if wanted is int else "text"
            raise DataError(
                f"the values to split {shown(self.column)!r} by are of another type",
                where="ExampleGen(splits=ColumnSplit(…))",
                expected=f"{of}, as the column has",
                got=shown(listed),
                fix="give them with quotes" if wanted is str else "drop the quotes",
            )

    def as_dict(self) -> dict[str, Any]:
        """See `Splits.as_dict`."""
        return {"kind": "column", "column": self.column, "values": self.values}

    def described(self, name: str) -> str:
        """See `Splits.described`."""
        held = self.values[name]
        if held is None:
            return f"whose {self.column} no other split has"
        return f"whose {self.column} is among its values: {_some(held)}"


class TimeSplit(Splits):
    """Splits by time: a model is trained on the past and tried on what follows.

    Example:
        ```python
        TimeSplit("time_hour", train="2013-10-01", eval="2013-12-01", test=None)
        ```

    Args:
        column: A column of times: ISO 8601 text, or numbers since 1970 or of
            eight digits, as data tests take them.
        until: The moment before which the rows of each split are, in order; of
            the last split None, for it has all rows from there on.
        **named: The same by keyword.

    Raises:
        UsageError: A moment is none, or they do not ascend.
    """

    def __init__(
        self,
        column: str,
        until: Mapping[str, Moment | None] | None = None,
        /,
        **named: Moment | None,
    ) -> None:
        given = {**(until or {}), **named}
        self.column = column_name(column, "TimeSplit")
        self.until = {
            name: None if moment is None else str(moment)
            for name, moment in given.items()
        }
        self.names = tuple(given)
        ends = list(given.values())
        cuts = [_micros(moment) for moment in ends[:-1]]
        right = len(ends) > 1 and ends[-1] is None and None not in cuts
        known = [cut for cut in cuts if cut is not None]
        ascending = all(a < b for a, b in pairwise(known))
        named_well = all(map(usable_name, given))
        _demand(right and ascending and named_well, self.until, "TimeSplit", _MOMENTS)
        self._cuts = np.array(known, np.int64)

    def places(self, batch: Batch, made: Sequence[bytes], part: Part) -> Places:
        """See `Splits.places`."""
        column = column_of(batch, self.column, "TimeSplit")
        if pa.types.is_large_list(column.type):
            raise unfit(self.column, column.type, "one time a row")
        refuse_missing(batch, column, self.column, part)
        micros, known = parse_times(column)
        if not known.all():
            raise unsplit(batch, ~known, self.column, part, "values that are no times")
        return np.searchsorted(self._cuts, micros, side="right").astype(np.int64)

    def as_dict(self) -> dict[str, Any]:
        """See `Splits.as_dict`."""
        return {"kind": "time", "column": self.column, "until": self.until}

    def described(self, name: str) -> str:
        """See `Splits.described`."""
        end = self.until[name]
        place = self.names.index(name)
        sides = [] if end is None else [f"before {end}"]
        if place:
            sides.insert(0, f"{self.until[self.names[place - 1]]} or later")
        return f"whose {self.column} is " + ", and ".join(sides)


_VALUES = (
    "names, each with the values of its rows, none of them twice, or None for the rest",
    'for example ColumnSplit("origin", train=["EWR", "JFK"], eval=["LGA"])',
)
_MOMENTS = (
    "two splits or more, each with the moment before which its rows are, ascending, "
    "and None for the last",
    'for example TimeSplit("time_hour", train="2013-10-01", eval=None)',
)


def _wrong_values(values: Mapping[str, list[Value] | None]) -> bool:
    listed = [value for held in values.values() for value in held or ()]
    named = all(map(usable_name, values)) and len(values) > 0
    kept = all(
        isinstance(value, (str, int)) and not isinstance(value, bool)
        for value in listed
    )
    empty = [held for held in values.values() if held is not None and not held]
    rest = [held for held in values.values() if held is None]
    return (
        not named
        or not kept
        or bool(empty)
        or len(rest) > 1
        or len(set(listed)) < len(listed)
    )


def _is_given(held: object) -> bool:
    """False for one text, too, which would be taken letter by letter."""
    return held is None or (isinstance(held, Iterable) and not isinstance(held, str))


def _some(held: Sequence[Value]) -> str:
    more = f" and {len(held) - 5} more" if len(held) > 5 else ""
    return ", ".join(shown(str(value)) for value in held[:5]) + more


def _micros(moment: Moment | None) -> int | None:
    if isinstance(moment, date):
        return micros_of(moment)
    return parse_moment(moment) if isinstance(moment, str) else None


def _is_listed(kind: pa.DataType) -> bool:
    return kind in (pa.large_string(), pa.string(), pa.int64(), pa.null())


def _demand(holds: bool, got: object, rule: str, says: tuple[str, str]) -> None:
    if not holds:
        raise UsageError(
            "the splits of the ExampleGen cannot be used",
            where=f"ExampleGen(splits={rule}(…))",
            expected=says[0],
            got=str(got),
            fix=says[1],
        )
