"""How the relations of columns differ from those of the accepted spans."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.data_tests.reference.spans import Reference

if TYPE_CHECKING:
    from tidegate.data_tests.reference.association import Pair, SampledColumns

Kind: TypeAlias = Literal["order", "groups", "missing"]

# How much a pair varies between spans before two of them have been seen: little
# if one column says all of the other, more if it says half. It counts as one span.
_FIRM, _LOOSE = 0.02, 0.08
# So many deviations from the middle of the accepted spans are no chance.
_DEVIATIONS = 5.0


@dataclass(frozen=True)
class Expected:
    """How a pair went together in the accepted spans.

    Attributes:
        kind: The measure.
        pair: The columns.
        middle: Median over the spans.
        deviation: How much it varies between spans.
    """

    kind: Kind
    pair: Pair
    middle: float
    deviation: float


@dataclass(frozen=True)
class Change:
    """How a pair went together then and now.

    Attributes:
        kind: The measure.
        pair: The columns.
        was: Median over the accepted spans.
        now: In the data that is tested.
        allowed: By how much it may differ.
    """

    kind: Kind
    pair: Pair
    was: float
    now: float
    allowed: float

    @property
    def size(self) -> float:
        """By how much it differs."""
        return abs(self.now - self.was)

    @property
    def broken(self) -> bool:
        """Whether it differs by more than is allowed."""
        return self.size > self.allowed

    @property
    def name(self) -> str:
        """`dep_delay and arr_delay`, or `tailnum to carrier` where one tells one."""
        return (" to " if self.kind == "groups" else " and ").join(self.pair)


@dataclass(frozen=True)
class Culprit:
    """A column whose relations have changed.

    Attributes:
        column: Its name.
        lost: Share of what bound it to other columns that is gone, 0 to 1.
        changes: The broken pairs that it explains, greatest change first.
    """

    column: str
    lost: float
    changes: tuple[Change, ...]


def expected(reference: Reference, kind: Kind) -> Iterator[Expected]:
    """The pairs that every accepted span with both columns knows."""
    seen: dict[Pair, list[float]] = {}
    for span in reference.spans:
        names = span.relations.names
        for first, second, value in getattr(span.relations, kind):
            seen.setdefault((names[first], names[second]), []).append(value)
    known = [set(span.relations.names) for span in reference.spans]
    for pair, values in seen.items():
        if len(values) == sum(names.issuperset(pair) for names in known):
            yield Expected(kind, pair, median(values), _deviation(values))


def changes(
    columns: SampledColumns,
    pairs: Sequence[Expected],
    at_most: float,
    rows_of: Callable[[Pair], int],
) -> list[Change]:
    """What became of the pairs that can be measured in a sample.

    Args:
        columns: The sample.
        pairs: Pairs of one kind.
        at_most: How much every pair may differ; those that vary between spans
            may differ by more.
        rows_of: Number of rows on which a pair is measured, for its error.
    """
    named = [one.pair for one in pairs]
    kind = pairs[0].kind if pairs else "order"
    if kind == "order":
        values = columns.order(named)
    elif kind == "missing":
        values = columns.missing(named)
    else:
        values = [columns.told(*pair) for pair in named]
    found = []
    for one, now in zip(pairs, values, strict=True):
        if now is not None:
            error = (1 - min(one.middle**2, 1.0)) / max(rows_of(one.pair), 1)
            spread = math.sqrt(one.deviation**2 + error)
            allowed = max(at_most, _DEVIATIONS * spread)
            found.append(Change(kind, one.pair, one.middle, now, allowed))
    return found


def culprits(found: Collection[Change]) -> list[Culprit]:
    """The fewest columns that explain all broken pairs, the worst one first.

    A column that was shuffled loses all that bound it to others, while each of
    the others loses only what bound it to that column.
    """
    lost = _lost(found)
    left = [change for change in found if change.broken]
    named: list[Culprit] = []
    while left:
        weight: dict[str, float] = {}
        for change in left:
            for column in change.pair:
                weight[column] = weight.get(column, 0.0) + change.size
        worst = min(weight, key=lambda name: (-weight[name] * lost[name], name))
        mine = sorted(
            (change for change in left if worst in change.pair),
            key=lambda change: (-change.size, change.name),
        )
        named.append(Culprit(worst, lost[worst], tuple(mine)))
        left = [change for change in left if worst not in change.pair]
    return named


def _lost(found: Collection[Change]) -> dict[str, float]:
    """Share of each column's relations that is gone or new."""
    changed: dict[str, float] = {}
    whole: dict[str, float] = {}
    for change in found:
        for column in change.pair:
            changed[column] = changed.get(column, 0.0) + change.size
            size = max(abs(change.was), abs(change.now))
            whole[column] = whole.get(column, 0.0) + size
    return {
        column: min(changed[column] / whole[column], 1.0) if whole[column] else 0.0
        for column in whole
    }


def _deviation(values: Sequence[float]) -> float:
    """Deviation over spans, drawn towards the usual one while they are few."""
    loose = math.sqrt(1 - min(median(values) ** 2, 1.0))
    usual = _FIRM + (_LOOSE - _FIRM) * loose
    middle = fmean(values)
    squares = sum((value - middle) ** 2 for value in values)
    return math.sqrt((squares + usual**2) / len(values))
