"""Values with weights, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.tables import Numeric

Weights = npt.NDArray[np.float64]
# Entries of one level of ranks, and of a table of words.
KEPT_NUMBERS = 8192
KEPT_WORDS = 16_384
KEPT_BYTES = 1 << 20
# What is left of a table that is full.
_COUNTERS = 4096


class Entries(NamedTuple):
    """Distinct numbers, ascending, with the sums of their weights."""

    values: Numeric
    weights: Weights


@dataclass(frozen=True, eq=False)
class WeightedRanks:
    """Numbers with weights by their order.

    Exact up to `KEPT_NUMBERS` distinct numbers. Then neighbours are joined, the
    results merge two and two as in a binary counter, and each step moves a rank
    by a share of 1 / 4,096 of what it joins at the most. The steps are counted.

    Attributes:
        levels: Entries of each level, those without any empty.
        error: Bound of how far a rank may be off, in weight.
    """

    levels: tuple[Entries, ...] = ()
    error: float = 0.0

    @classmethod
    def of(cls, values: Numeric, weights: Weights) -> WeightedRanks:
        """The ranks of numbers that are not NaN; weights of 0 count nothing."""
        heavy = weights > 0
        entries = _added(values[heavy].astype(np.float64), weights[heavy])
        return cls().merge(cls((entries,)))

    def merge(self, other: WeightedRanks) -> WeightedRanks:
        """The ranks of the numbers of both."""
        levels: list[Entries] = []
        error = self.error + other.error
        carried: Entries | None = None
        height = max(len(self.levels), len(other.levels))
        for level in range(height):
            parts = [
                one.levels[level] for one in (self, other) if level < len(one.levels)
            ]
            held = _joined([*parts, carried] if carried is not None else parts)
            kept, carried, lost = _bounded(held)
            levels.append(kept)
            error += lost
        if carried is not None:
            levels.append(carried)
        return WeightedRanks(tuple(levels), error)

    @property
    def is_exact(self) -> bool:
        """Whether the weight of each distinct number is known."""
        return len(self.levels) <= 1 and not self.error

    def entries(self) -> Entries:
        """The numbers that are left, each with its own weight."""
        return _joined(list(self.levels))

    def points(self) -> tuple[Numeric, Weights]:
        """Numbers ascending, and the weight of all numbers up to each."""
        entries = self.entries()
        return entries.values, np.cumsum(entries.weights)


@dataclass(frozen=True)
class WeightedMoments:
    """Weight, mean and weighted sum of squared deviations of finite numbers."""

    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Numeric, weights: Weights) -> WeightedMoments:
        """The moments of numbers of which none is infinite."""
        weight = float(weights.sum())
        if not weight:
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float((weights * values).sum()) / weight
            squares = float((weights * (values - mean) ** 2).sum())
        return cls(weight, mean, squares)

    def merge(self, other: WeightedMoments) -> WeightedMoments:
        """The moments of both."""
        weight = self.weight + other.weight
        if not self.weight or not other.weight or not weight:
            return self if self.weight else other
        apart = other.mean - self.mean
        mean = self.mean + apart * other.weight / weight
        between = apart * apart * self.weight * other.weight / weight
        return WeightedMoments(weight, mean, self.squares + other.squares + between)


@dataclass(frozen=True, eq=False)
class WeightedNumbers:
    """Numbers with weights.

    Attributes:
        ranks: Numbers by their order, infinite ones included.
        moments: Mean and variance of the finite ones.
        infinite: Weight of -inf, and of inf.
    """

    ranks: WeightedRanks = WeightedRanks()
    moments: WeightedMoments = WeightedMoments()
    infinite: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, values: Numeric, weights: Weights) -> WeightedNumbers:
        """What is known of numbers; NaN is left out."""
        known = ~np.isnan(values)
        values, weights = values[known].astype(np.float64), weights[known]
        finite = np.isfinite(values)
        below, above = weights[values == -np.inf], weights[values == np.inf]
        return cls(
            WeightedRanks.of(values, weights),
            WeightedMoments.of(values[finite], weights[finite]),
            (float(below.sum()), float(above.sum())),
        )

    def merge(self, other: WeightedNumbers) -> WeightedNumbers:
        """What is known of the numbers of both."""
        mine, others = self.infinite, other.infinite
        return WeightedNumbers(
            self.ranks.merge(other.ranks),
            self.moments.merge(other.moments),
            (mine[0] + others[0], mine[1] + others[1]),
        )


def _no_words() -> pa.Array:
    return pa.array([], pa.large_binary())


@dataclass(frozen=True, eq=False)
class WeightedWords:
    """The heaviest texts and byte strings.

    Exact up to `KEPT_WORDS` distinct ones; after that no weight is too high,
    and none too low by more than the error (Misra-Gries, as in `frequent`).

    Attributes:
        values: Large binary, each once.
        weights: The weight of each.
        error: By how much a weight may be too low.
    """

    values: pa.Array = field(default_factory=_no_words)
    weights: Weights = field(default_factory=lambda: np.zeros(0, np.float64))
    error: float = 0.0

    @classmethod
    def of(cls, values: pa.Array, weights: Weights) -> WeightedWords:
        """What is known of a large binary array without nulls."""
        coded = values.dictionary_encode()
        sums = _sums(np.asarray(coded.indices), weights, len(coded.dictionary))
        return _bounded_words(coded.dictionary, sums, 0.0)

    def merge(self, other: WeightedWords) -> WeightedWords:
        """What is known of the values of both."""
        coded = pa.concat_arrays([self.values, other.values]).dictionary_encode()
        weights = np.concatenate([self.weights, other.weights])
        sums = _sums(np.asarray(coded.indices), weights, len(coded.dictionary))
        return _bounded_words(coded.dictionary, sums, self.error + other.error)


def _bounded_words(values: pa.Array, weights: Weights, error: float) -> WeightedWords:
    sizes = np.asarray(pc.binary_length(values), np.int64) + 16
    if len(values) <= KEPT_WORDS and sizes.sum() <= KEPT_BYTES:
        return WeightedWords(values, weights, error)
    order = np.argsort(-weights, kind="stable")
    fits = int(np.searchsorted(np.cumsum(sizes[order]), KEPT_BYTES // 4))
    keep = min(_COUNTERS, fits, len(order) - 1)
    less = float(weights[order[keep]])
    kept = order[:keep][weights[order[:keep]] > less]
    return WeightedWords(
        values.take(pa.array(kept)), weights[kept] - less, error + less
    )


def _added(values: Numeric, weights: Weights) -> Entries:
    distinct, codes = np.unique(values, return_inverse=True)
    return Entries(distinct, _sums(codes.reshape(-1), weights, len(distinct)))


def _sums(codes: Numeric, weights: Weights, size: int) -> Weights:
    """The weight of each code, also where there are no weights."""
    return np.asarray(np.bincount(codes, weights, minlength=size), np.float64)


def _joined(parts: list[Entries]) -> Entries:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Entries(np.zeros(0), np.zeros(0))
    return _added(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _bounded(entries: Entries) -> tuple[Entries, Entries | None, float]:
    """What stays on a level, what goes one level up, and the error of that."""
    if len(entries.values) <= KEPT_NUMBERS:
        return entries, None, 0.0
    upto = np.cumsum(entries.weights)
    share = float(upto[-1]) / _COUNTERS
    # An entry of more than a share is the last of its group, with its weight.
    groups = np.minimum(upto / share, _COUNTERS).astype(np.int64)
    ends = np.append(groups[1:] != groups[:-1], True)
    # The least number stays, as the greatest does: they bound all others.
    ends[0] = True
    last = np.flatnonzero(ends)
    weights = np.diff(upto[last], prepend=0.0)
    nothing = Entries(entries.values[:0], entries.weights[:0])
    return nothing, Entries(entries.values[last], weights), share
