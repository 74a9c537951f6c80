"""What holds between columns in every row, as SQL conditions of bad rows.

They are guessed from a sample, and only kinds of rules that people make: values
that are missing together, a beginning before its end, a clock that is made of an
hour and a minute, two places that are never the same. Each needs support: it must
be possible to break it, and chance must be unlikely to have spared it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.data_tests.sql import columns_in, quoted
from tidegate.schema_life.codes import gaps_of
from tidegate.schema_life.names import words_of
from tidegate.schema_life.ranges import Range
from tidegate.schema_life.seen_data import SeenData

_MISSING = 30
_EXPECTED = 20.0
_MOST_COLUMNS = 40
_PAIRS = (
    ("min", "max"),
    ("low", "high"),
    ("lower", "upper"),
    ("start", "end"),
    ("begin", "end"),
    ("first", "last"),
    ("from", "to"),
    ("open", "close"),
    ("net", "gross"),
    ("subtotal", "total"),
    ("created", "updated"),
    ("created", "closed"),
    ("ordered", "shipped"),
    ("shipped", "delivered"),
    ("pickup", "dropoff"),
)


@dataclass(frozen=True)
class Condition:
    """A rule between columns.

    Attributes:
        sql: Condition that is true of a bad row.
        reason: The rule in words.
    """

    sql: str
    reason: str


def conditions_of(
    seen: SeenData, ranges: Mapping[str, Range | None]
) -> Iterator[Condition]:
    """Rules that no row of the sample breaks."""
    sample = seen.sample()
    names = [n for n in seen.columns if n in sample.column_names]
    yield from _missing_together(sample, names)
    yield from _clocks(sample, names, ranges)
    yield from _in_order(sample, names)
    yield from _never_equal(sample, seen, names)


def _missing_together(sample: pa.Table, names: list[str]) -> Iterator[Condition]:
    gaps = {name: gaps_of(sample[name]) for name in names}
    some = [n for n in names if _MISSING <= gaps[n].sum() < len(gaps[n])]
    some = some[:_MOST_COLUMNS]
    groups: list[list[str]] = []
    for name in some:
        same = (g for g in groups if np.array_equal(gaps[g[0]], gaps[name]))
        group = next(same, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    for group in groups:
        for other in group[1:]:
            first, second = _sql(group[0]), _sql(other)
            yield Condition(
                f"({first} is null) <> ({second} is null)",
                f"{group[0]} and {other} are missing together",
            )
    heads = [group[0] for group in groups]
    implied = {
        (a, b) for a, b in permutations(heads, 2) if not (gaps[a] & ~gaps[b]).any()
    }
    for a, b in sorted(implied, key=lambda pair: [heads.index(n) for n in pair]):
        # What follows from two other rules is not said again.
        if any((a, c) in implied and (c, b) in implied for c in heads):
            continue
        yield Condition(
            f"{_sql(a)} is null and {_sql(b)} is not null",
            f"where {a} is missing, {b} is missing too",
        )


def _clocks(
    sample: pa.Table, names: list[str], ranges: Mapping[str, Range | None]
) -> Iterator[Condition]:
    def of_kind(kind: str) -> list[str]:
        return [n for n in names if (r := ranges.get(n)) is not None and r.kind == kind]

    for clock in of_kind("clock"):
        yield Condition(f"{_sql(clock)} % 100 > 59", f"{clock} is a clock as HHMM")
        for hour in of_kind("hour"):
            for minute in of_kind("minute"):
                told = _numbers(sample, clock, hour, minute)
                if told is None or len(told[0]) < 1000:
                    continue
                at, hours, minutes = told
                if (at == 100 * hours + minutes).all():
                    yield Condition(
                        f"{_sql(clock)} <> 100 * {_sql(hour)} + {_sql(minute)}",
                        f"{clock} is {hour} and {minute}",
                    )


def _in_order(sample: pa.Table, names: list[str]) -> Iterator[Condition]:
    for one, other in _ends(names):
        kinds = sample.schema.field(one).type, sample.schema.field(other).type
        if not all(pa.types.is_integer(k) or pa.types.is_floating(k) for k in kinds):
            continue
        told = _numbers(sample, one, other)
        if told is None or len(told[0]) < 1000:
            continue
        first, second = told
        # A rule that could not be broken, for the ranges do not meet, is none.
        if (first <= second).all() and first.max() > second.min():
            yield Condition(
                f"{_sql(one)} > {_sql(other)}", f"{one} is never above {other}"
            )


def _never_equal(
    sample: pa.Table, seen: SeenData, names: list[str]
) -> Iterator[Condition]:
    """Two columns out of one list whose values never meet: from and to."""
    texts = [n for n in names if _is_list_of_names(seen, n)][:_MOST_COLUMNS]
    shares = {n: _shares(seen, n) for n in texts}
    for one, other in combinations(texts, 2):
        chance = sum(p * shares[other].get(v, 0.0) for v, p in shares[one].items())
        if chance * seen.rows < _EXPECTED or words_of(one) & words_of(other):
            continue
        first, second = sample[one].to_pylist(), sample[other].to_pylist()
        if not any(
            a == b and a is not None for a, b in zip(first, second, strict=True)
        ):
            yield Condition(
                f"{_sql(one)} = {_sql(other)}", f"{one} and {other} are never the same"
            )


def _is_list_of_names(seen: SeenData, name: str) -> bool:
    profile = seen.profile(name)
    return profile.kind == "text" and 2 < profile.distinct <= 1000


def _shares(seen: SeenData, name: str) -> dict[object, float]:
    profile = seen.profile(name)
    return {v: n / max(profile.rows, 1) for v, n in profile.frequent(1000)}


def _ends(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of columns whose names differ only in one word for either end."""
    by_words = {words_of(name): name for name in names}
    for words, name in by_words.items():
        for low, high in _PAIRS:
            other = by_words.get(words - {low} | {high}) if low in words else None
            if other is not None:
                yield name, other


def _numbers(sample: pa.Table, *names: str) -> list[npt.NDArray[np.float64]] | None:
    """The columns in the rows in which all of them are present."""
    columns = []
    for name in names:
        kind = sample.schema.field(name).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            return None
        columns.append(sample[name].to_numpy().astype(np.float64))
    known = ~np.isnan(np.stack(columns)).any(axis=0)
    return [column[known] for column in columns]


def _sql(name: str) -> str:
    """A column in SQL; quoted only where it has to be."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain and columns_in(name) == {name} else quoted(name)
