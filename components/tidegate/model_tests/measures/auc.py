"""The area under the ROC curve of weighted rows, with the influence of each.

The area is the share of pairs, one positive and one negative row, that the
prediction puts in order, ties counting half. Placements are found by one sort
(Sun and Xu, Fast implementation of DeLong's algorithm, 2014); a row's influence is
DeLong's (DeLong, DeLong and Clarke-Pearson, 1988), with weights for counts.
"""

from __future__ import annotations

import numpy as np

from tidegate.model_tests.measures.estimate import Estimate, Numbers


def auc(label: Numbers, prediction: Numbers, weight: Numbers) -> Estimate | None:
    """The area with each row's influence; None without rows of both labels.

    Args:
        label: 0 or 1.
        prediction: Higher for a more likely 1.
        weight: At least 0.
    """
    positive = label > 0.5
    positives, negatives = weight * positive, weight * ~positive
    all_positives, all_negatives = positives.sum(), negatives.sum()
    if not (all_positives > 0 and all_negatives > 0):
        return None
    order = np.argsort(prediction, kind="stable")
    ordered = prediction[order]
    new = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    tied = np.concatenate((np.diff(new), [len(order) - new[-1]]))
    below = _placed(negatives[order], new, tied)
    above = all_positives - _placed(positives[order], new, tied)
    placement = np.empty_like(ordered)
    placement[order] = np.where(
        positive[order], below / all_negatives, above / all_positives
    )
    value = float(np.dot(positives, placement) / all_positives)
    share = np.where(positive, positives / all_positives, negatives / all_negatives)
    influence = share * (placement - value)
    rarer, other = _units(positives, negatives)
    return Estimate(value, influence, rarer, 1 / (rarer * other))


def _placed(weights: Numbers, new: np.ndarray, tied: np.ndarray) -> Numbers:  # type: ignore[type-arg]
    """Weight below each row in order, half of that of its ties included."""
    within = np.add.reduceat(weights, new)
    below = np.cumsum(within) - within / 2
    return np.asarray(np.repeat(below, tied), np.float64)


def _units(positives: Numbers, negatives: Numbers) -> list[float]:
    """Rows of the rarer and the other label, by weight (Kish, 1965).

    Unequal weights count for fewer rows.
    """
    return sorted(
        float(one.sum() ** 2 / np.dot(one, one)) for one in (positives, negatives)
    )
