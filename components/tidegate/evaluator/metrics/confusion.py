"""Two-class confusion: a histogram of predictions, or counts at thresholds.

TFMA fills 10,000 buckets of predictions for what needs a curve, and counts at the
thresholds themselves for what names some. Both are done here for a batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tidegate.evaluator.metrics.pairs import Choice, Pairs
from tidegate.evaluator.metrics.predicted import Indices, Numbers, Predicted
from tidegate.evaluator.metrics.refusals import refuse
from tidegate.evaluator.metrics.sums import Entries, Row

EPSILON = 1e-7
DEFAULT_BUCKETS = 10000


class Counts(NamedTuple):
    """True and false positives and negatives at each threshold."""

    tp: Numbers
    tn: Numbers
    fp: Numbers
    fn: Numbers


def fractional(pairs: Pairs) -> tuple[Indices | None, Numbers, Numbers, Numbers]:
    """Rows, predictions, and the weight of each line as negative and as positive.

    A label between 0 and 1 counts as both, in parts. Outside it is refused, as
    TFMA does.
    """
    labels = pairs.labels
    if not np.all((labels >= 0) & (labels <= 1)):
        wrong = labels[~((labels >= 0) & (labels <= 1))][0]
        refuse("a label", "a number from 0 to 1", str(wrong))
    predictions = np.asarray(pairs.predictions, dtype=np.float64)
    negative = pairs.weights * np.asarray(1 - labels, dtype=np.float64)
    positive = pairs.weights * np.asarray(labels, dtype=np.float64)
    return pairs.rows, predictions, negative, positive


@dataclass(frozen=True)
class Histogram:
    """Weights by bucket of the prediction, with one bucket below and one above."""

    choice: Choice
    buckets: int = DEFAULT_BUCKETS
    left: float = 0.0
    right: float = 1.0
    numbers: int = 2

    @property
    def width(self) -> int:
        """The buckets, with the two of all that is outside."""
        return self.buckets + 2

    def entries(self, batch: Predicted) -> Entries:
        """Weight as a negative and as a positive, at the prediction's bucket."""
        rows, predictions, negative, positive = fractional(self.choice.pairs(batch))
        if np.isnan(predictions).any():
            refuse("a prediction that is NaN", "a number", "NaN")
        place = (predictions - self.left) / (self.right - self.left)
        place = np.clip(place * self.buckets + 1, 0, self.buckets + 1)
        return Entries(rows, place.astype(np.int64), (negative, positive))

    def value(self, row: Row) -> Numbers:
        """The buckets of a slice, (negative or positive, bucket)."""
        return row.dense


def counts_from_histogram(
    histogram: Numbers, thresholds: Sequence[float], buckets: int = DEFAULT_BUCKETS
) -> Counts:
    """Confusion at thresholds from the buckets of predictions, TFMA's way.

    Each bucket counts at its lower edge, each threshold is moved up by an epsilon
    so that a prediction at the threshold is not above it.
    """
    cuts = np.asarray(thresholds, dtype=np.float64)
    moved = np.where(cuts != 0, cuts + EPSILON, cuts)
    fences = _fences(cuts, moved)
    edges = (np.arange(buckets + 2) - 1) / buckets
    edges[0], edges[-1] = -np.inf, np.inf
    bins = np.searchsorted(fences, edges, side="right") - 1
    bins = np.clip(bins, 0, len(fences) - 1)
    negative: Numbers = np.bincount(bins, histogram[0], len(fences)).astype(float)
    positive: Numbers = np.bincount(bins, histogram[1], len(fences)).astype(float)
    offset = 1 if (cuts[0] >= 0 or len(cuts) == 1) and len(fences) > 1 else 0
    return _cumulated(negative, positive, slice(offset, offset + len(cuts)), cuts)


def _fences(cuts: Numbers, moved: Numbers) -> Numbers:
    parts = [moved]
    if cuts[0] >= 0:
        parts.insert(0, np.array([-EPSILON]))
    if cuts[-1] < 1.0:
        parts.append(np.array([1.0 + EPSILON]))
    return np.concatenate(parts)


def counts_of_all(histogram: Numbers) -> Counts:
    """Confusion at the threshold below everything: all that was not cut off.

    TFMA leaves out the lowest bucket that holds anything if there are several,
    also where it holds what was not cut off; so it is here.
    """
    filled = histogram.any(axis=0)
    kept = histogram[:, filled] if filled.any() else histogram[:, :0]
    offset = 1 if kept.shape[1] > 1 else 0
    cuts = np.array([-np.inf])
    return _cumulated(kept[0], kept[1], slice(offset, offset + 1), cuts)


def _cumulated(
    negative: Numbers, positive: Numbers, part: slice, cuts: Numbers
) -> Counts:
    tp, fp = np.cumsum(positive[::-1])[::-1], np.cumsum(negative[::-1])[::-1]
    tn = np.concatenate([[0.0], np.cumsum(negative)[:-1]])
    fn = np.concatenate([[0.0], np.cumsum(positive)[:-1]])
    tp, fp, tn, fn = tp[part].copy(), fp[part].copy(), tn[part].copy(), fn[part].copy()
    above = cuts >= 1.0 + EPSILON
    if above.any():
        tp[above], fp[above] = 0.0, 0.0
        fn[above], tn[above] = tp[0], fp[0]
    return Counts(tp, tn, fp, fn)


@dataclass(frozen=True)
class AtThresholds:
    """Weights of negatives and positives between thresholds that a config names."""

    choice: Choice
    thresholds: tuple[float, ...]
    fractional_labels: bool = True
    numbers: int = 2

    @property
    def width(self) -> int:
        """Spaces between thresholds, with the ones below and above all."""
        return len(self.thresholds) + 1

    def entries(self, batch: Predicted) -> Entries:
        """Weight as a negative and as a positive, by thresholds passed."""
        rows, predictions, negative, positive = fractional(self.choice.pairs(batch))
        # A prediction that is no number is above no threshold.
        predictions = np.where(np.isnan(predictions), -np.inf, predictions)
        passed = np.searchsorted(np.sort(self.thresholds), predictions, side="left")
        return Entries(rows, passed.astype(np.int64), (negative, positive))

    def value(self, row: Row) -> Counts:
        """Confusion of a slice at each threshold, in the order they were named."""
        below = np.cumsum(row.dense, axis=1)
        totals = below[:, -1]
        order = np.argsort(np.argsort(self.thresholds, kind="stable"), kind="stable")
        negative, positive = below[0, order], below[1, order]
        return Counts(totals[1] - positive, negative, totals[0] - negative, positive)
