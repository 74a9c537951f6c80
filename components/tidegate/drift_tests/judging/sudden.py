"""How far a span is from everything that was accepted: one score, feature by feature.

A feature's distance is that from the mean of the accepted spans, in units of the
greatest distance that an accepted one had on that side: up to 1 it has all been
seen, 2 is twice as far as ever. Some kinds of measure are restless, such as the
least value: their distances are divided by what they reach now and then. The score
of a span is the greatest distance of its features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.drift_tests.summary import FloatArray, IntArray

# From so many accepted spans on, the next one gets a score.
FIRST_SCORED = 8
# A kind of measure is divided by what it reaches in one span of ten, if over 1.
_RESTLESS = 0.9
_RECENT = 120


@dataclass(eq=False)
class Envelope:
    """What features have been over the accepted spans.

    Attributes:
        high: The greatest of each.
        low: The least.
        total: Their sum.
        count: In how many spans each is known.
        errors: By how much each may be off by chance.
        smallest: Differences from the mean below this do not count.
    """

    high: FloatArray
    low: FloatArray
    total: FloatArray
    count: FloatArray
    errors: FloatArray
    smallest: FloatArray

    @classmethod
    def empty(cls, errors: FloatArray, smallest: FloatArray) -> Envelope:
        """The envelope of no spans."""
        nothing = np.full(errors.shape, np.nan)
        zero = np.zeros(errors.shape)
        return cls(
            nothing.copy(), nothing.copy(), zero.copy(), zero.copy(), errors, smallest
        )

    def add(self, span: FloatArray) -> None:
        """Takes in an accepted span."""
        self.high = np.fmax(self.high, span)
        self.low = np.fmin(self.low, span)
        self.total += np.nan_to_num(span)
        self.count += np.isfinite(span)

    @property
    def mean(self) -> FloatArray:
        """The mean of each feature; NaN where no span tells."""
        mean = self.total / np.maximum(self.count, 1)
        return np.asarray(np.where(self.count > 0, mean, np.nan))

    def distances(self, spans: FloatArray) -> FloatArray:
        """How far each feature of some spans is; 0 where it is not known.

        Args:
            spans: (features,) or (spans, features).
        """
        mean = self.mean
        away = spans - mean
        widest = np.where(away > 0, self.high - mean, mean - self.low)
        found = np.abs(away) / np.fmax(widest, self.errors)
        found[~(np.abs(away) >= self.smallest)] = 0.0
        return np.asarray(np.nan_to_num(found, nan=0.0, posinf=0.0))


@dataclass(frozen=True, eq=False)
class Replay:
    """What the scores of accepted spans were when they came, and what is left.

    Attributes:
        envelope: Of all accepted spans.
        kinds: For each feature the number of its kind of measure.
        divisors: For each kind what its distances are divided by, at least 1.
        scores: Of each accepted span from `FIRST_SCORED` on.
    """

    envelope: Envelope
    kinds: IntArray
    divisors: FloatArray
    scores: FloatArray

    def distances(self, spans: FloatArray) -> FloatArray:
        """The divided distances of the features of some spans."""
        return np.asarray(self.envelope.distances(spans) / self.divisors[self.kinds])


def replay(
    values: FloatArray,
    errors: FloatArray,
    smallest: FloatArray,
    measures: NDArray[np.object_],
    lag: int = 1,
) -> Replay:
    """What the score of each accepted span was when it came.

    Args:
        values: (spans, features), oldest first.
        errors: By how much each feature may be off by chance.
        smallest: Differences that do not count.
        measures: The name of each feature's measure.
        lag: How many spans before a span its envelope ends; 1 is the one before.
    """
    names, kinds = np.unique(measures.astype(str), return_inverse=True)
    order = np.argsort(kinds, kind="stable")
    first = np.searchsorted(kinds[order], np.arange(len(names)))
    envelope = Envelope.empty(errors, smallest)
    greatest = []
    for place, span in enumerate(values):
        if place >= lag:
            envelope.add(values[place - lag])
        if place >= FIRST_SCORED + lag - 1:
            distances = envelope.distances(span)
            greatest.append(np.maximum.reduceat(distances[order], first))
    # The next span is judged by all that are as far back as its own lag.
    if len(values) >= lag:
        envelope.add(values[len(values) - lag])
    by_kind = np.array(greatest).reshape(len(greatest), len(names))
    divisors = np.ones(len(names))
    if len(by_kind):
        reached = np.quantile(by_kind[-_RECENT:], _RESTLESS, axis=0)
        divisors = np.maximum(reached, 1.0)
    scores = (by_kind / divisors).max(axis=1, initial=0.0)
    return Replay(envelope, kinds.astype(np.int64), divisors, scores)
