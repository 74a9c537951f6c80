"""Everything that is guessed of some data, before any of it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.schema_life.conditions import Condition, conditions_of
from tidegate.schema_life.headroom import missing_limit
from tidegate.schema_life.keys import key_candidates, longest_gap, time_column
from tidegate.schema_life.ranges import Range, range_of
from tidegate.schema_life.seen_data import SeenData
from tidegate.schema_life.texts import Domain, Form, domain_of, form_of


@dataclass(frozen=True, eq=False)
class ColumnGuess:
    """What one column seems to be.

    Attributes:
        name: The column.
        profile: What its values are.
        private: Why it looks private; None if it does not.
        range: Limits of its numbers; None without.
        domain: The closed list of its texts; None where it is open.
        form: The form of its texts; None without one.
        missing: The share of missing values to allow; None for no limit.
        is_time: Whether it says when a row happened.
    """

    name: str
    profile: ColumnProfile
    private: str | None = None
    range: Range | None = None
    domain: Domain | None = None
    form: Form | None = None
    missing: float | None = None
    is_time: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether it has one value at most."""
        return self.profile.distinct <= 1


@dataclass(frozen=True, eq=False)
class Guess:
    """What some data seem to be.

    Attributes:
        seen: The data.
        columns: Each column, in the order of the data.
        keys: Sets of columns that may be the key, the likeliest first.
        time: Column that says when a row happened.
        label: Column that is predicted, as it was given.
        conditions: Rules between columns.
        longest_gap: The longest time without a row to allow, such as "2d".
    """

    seen: SeenData
    columns: Mapping[str, ColumnGuess]
    keys: list[list[str]] = field(default_factory=list)
    time: str | None = None
    label: str | None = None
    conditions: tuple[Condition, ...] = ()
    longest_gap: str | None = None

    @property
    def private(self) -> list[str]:
        """Columns that look private."""
        return [name for name, column in self.columns.items() if column.private]


def guess(seen: SeenData, label: str | None = None) -> Guess:
    """What the data seem to be.

    Args:
        seen: The data.
        label: Column that is predicted; never guessed.
    """
    private, time = seen.personal, time_column(seen)
    columns = {
        name: _column(name, seen.profile(name), private.get(name), name == time)
        for name in seen.columns
    }
    return Guess(
        seen,
        columns,
        keys=key_candidates(seen, [label] if label else ()),
        longest_gap=longest_gap(seen, time),
        time=time if time not in private else None,
        label=label,
        conditions=tuple(
            conditions_of(seen, {name: one.range for name, one in columns.items()})
        ),
    )


def _column(
    name: str, profile: ColumnProfile, private: str | None, is_time: bool
) -> ColumnGuess:
    plain = private is None and not profile.is_list
    return ColumnGuess(
        name,
        profile,
        private=private,
        # A range, a list or a form of private values would tell some of them.
        range=range_of(name, profile) if plain else None,
        domain=domain_of(profile) if plain and not is_time else None,
        form=form_of(profile) if plain else None,
        missing=missing_limit(profile.missing, profile.rows),
        is_time=is_time,
    )
