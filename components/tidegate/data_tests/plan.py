"""What a suite asks of every batch, and what it has seen so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from tidegate.columnar.dataset import Batch
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue.base import DataTest, Seen, Unanswered
from tidegate.data_tests.random_sample import RandomSample
from tidegate.data_tests.sql import ConditionError, Questions
from tidegate.data_tests.view import View

Profiles = dict[str, ColumnProfile]


@dataclass(frozen=True, eq=False)
class Glance:
    """What the tests saw in some batches; merges in any order.

    Attributes:
        rows: Rows of each part.
        seen: What each test saw, in the order of the suite.
        profiles: By slice (None for all rows), what each column's values are.
        sample: Rows drawn at random, if a test needs them.
    """

    rows: Mapping[int, int] = field(default_factory=dict)
    seen: tuple[Any, ...] = ()
    profiles: Mapping[str | None, Profiles] = field(default_factory=dict)
    sample: RandomSample | None = None

    def merge(self, other: Glance) -> Glance:
        """What they saw in both."""
        rows = {
            part: self.rows.get(part, 0) + other.rows.get(part, 0)
            for part in {**self.rows, **other.rows}
        }
        seen = tuple(map(_merged, *_padded(self.seen, other.seen)))
        profiles = {
            where: _merged_profiles(
                self.profiles.get(where, {}), other.profiles.get(where, {})
            )
            for where in {**self.profiles, **other.profiles}
        }
        return Glance(rows, seen, profiles, _merged(self.sample, other.sample))


@dataclass(frozen=True, eq=False)
class Plan:
    """The tests of a suite, made ready for batches. Small; pickles.

    Attributes:
        tests: The tests.
        splits: The split of each part.
        sampled: Whether to draw a sample even if no test asks for it.
        profiled: Whether to make profiles of the columns.
    """

    tests: Sequence[DataTest]
    splits: tuple[str, ...]
    sampled: bool = False
    profiled: bool = True

    def look(self, batch: Batch) -> Glance:
        """What all tests see in one batch."""
        answers = self._questions.ask(batch.table)
        view = View.of(batch, self.splits[batch.part], answers)
        return Glance(
            rows={batch.part: batch.rows},
            seen=tuple(_look(test, view) for test in self.tests),
            profiles=dict(self._profiles(view)) if self.profiled else {},
            sample=RandomSample.of(view.table, view.positions)
            if self._samples
            else None,
        )

    @cached_property
    def _questions(self) -> Questions:
        asked = [test.where for test in self.tests if test.where]
        asked += [condition for test in self.tests for condition in test.conditions]
        keys = [key for test in self.tests for key in test.keys]
        return Questions(tuple(dict.fromkeys(asked)), tuple(dict.fromkeys(keys)))

    @cached_property
    def _samples(self) -> bool:
        return self.sampled or any(test.samples for test in self.tests)

    @cached_property
    def _sliced(self) -> dict[str, list[str]]:
        """Columns to profile in slices, by the condition of the slice."""
        wanted: dict[str, list[str]] = {}
        for test in self.tests:
            if test.where:
                wanted.setdefault(test.where, []).extend(test.profiled)
        return wanted

    def _profiles(self, view: View) -> Iterator[tuple[str | None, Profiles]]:
        yield (
            None,
            {n: ColumnProfile.of(view.table[n]) for n in view.table.column_names},
        )
        for where, columns in self._sliced.items():
            try:
                part = view.where(where)
            except ConditionError:
                continue
            yield where, {n: ColumnProfile.of(part.column(n)) for n in columns}


def _look(test: DataTest, view: View) -> Seen | None:
    try:
        return test.look(view.where(test.where))
    except ConditionError as error:
        return Unanswered(str(error), fix=error.fix)


def _merged(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return (
        second.merge(first) if isinstance(second, Unanswered) else first.merge(second)
    )


def _padded(
    first: tuple[Any, ...], second: tuple[Any, ...]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Both of one length: a glance at nothing has seen nothing."""
    missing = (None,) * abs(len(first) - len(second))
    return (
        (first + missing, second)
        if len(first) < len(second)
        else (
            first,
            second + missing,
        )
    )


def _merged_profiles(first: Profiles, second: Profiles) -> Profiles:
    """The profiles of both; a column that one lacks is missing in its rows."""
    rows_first, rows_second = _rows(first), _rows(second)
    merged: Profiles = {}
    for name in dict.fromkeys([*first, *second]):
        one = first.get(name) or _absent(rows_first)
        merged[name] = one.merge(second.get(name) or _absent(rows_second))
    return merged


def _absent(rows: int) -> ColumnProfile:
    return ColumnProfile.of(pa.nulls(rows))


def _rows(profiles: Profiles) -> int:
    return max((profile.rows for profile in profiles.values()), default=0)
