"""How much one column alone says of a label, without being fooled by ids.

Power is 0 for nothing to 1 for everything. For classes it is the area under the
ROC curve of each class against the others, weighted by their rows (0.5 says
nothing); for a quantity the share of its variance that is explained.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tidegate.data_tests.label.auc import auc, r_squared
from tidegate.data_tests.label.encoding import Codes, Feature, Floats, expected
from tidegate.data_tests.label.labels import Labels

Mask = npt.NDArray[np.bool_]
# Fewer rows than this of a class tell nothing of it.
FEWEST = 20
_MOST_CLASSES = 20
# A column with more gaps than this is judged by its levels alone: its gaps count.
_MOST_MISSING = 0.2


def targets(labels: Labels) -> list[Floats]:
    """What is to be told apart: a class each, or the quantity; all rows labelled.

    Returns:
        For classes an indicator of each that has enough rows and others beside
        it, one of the two where there are two, the 20 largest of many; empty if
        there is no such class.
    """
    if labels.kind == "quantity" and labels.numbers is not None:
        finite = np.isfinite(labels.numbers).all()
        return [labels.numbers] if finite and len(labels.numbers) >= FEWEST else []
    counts = np.bincount(labels.codes, minlength=len(labels.words))
    held = np.flatnonzero(counts)
    large = [n for n in held if FEWEST <= counts[n] <= counts.sum() - FEWEST]
    if len(held) == 2:
        large = large[-1:]
    large = sorted(large, key=lambda n: (-counts[n], n))[:_MOST_CLASSES]
    return [(labels.codes == n).astype(np.float64) for n in large]


def power(feature: Feature, wanted: list[Floats], folds: Codes, kind: str) -> float:
    """Power of a column, its missing values counting as a value.

    Args:
        feature: The column.
        wanted: What is to be told apart; see `targets`.
        folds: Fold of each row: the labels of its own do not tell a row's.
        kind: "classes" or "quantity".
    """
    weights = [float(t.sum()) if kind == "classes" else 1.0 for t in wanted]
    each = [_of_one(feature, target, folds, kind) for target in wanted]
    return float(np.average(each, weights=weights))


def _of_one(feature: Feature, target: Floats, folds: Codes, kind: str) -> float:
    told = expected(feature.codes, feature.levels, target, folds)
    if kind == "quantity":
        return max(r_squared(told, target), _linear(feature, target))
    positive = target > 0
    return max(auc(told, positive), _monotone(feature, positive))


def _monotone(feature: Feature, positive: Mask) -> float:
    """AUC of the numbers as they are: exact where bins are too coarse."""
    present = ~feature.missing
    if feature.numbers is None or present.mean() < 1 - _MOST_MISSING:
        return 0.0
    held = positive[present]
    if min(held.sum(), len(held) - held.sum()) < FEWEST:
        return 0.0
    found = auc(feature.numbers[present], held)
    return max(found, 1 - found)


def _linear(feature: Feature, target: Floats) -> float:
    """Squared correlation with the quantity: exact where bins are too coarse."""
    if feature.numbers is None:
        return 0.0
    present = np.isfinite(feature.numbers)
    if present.mean() < 1 - _MOST_MISSING or present.sum() < FEWEST:
        return 0.0
    x, y = feature.numbers[present], target[present]
    scale = float(np.abs(x).max()) or 1.0
    x, y = x / scale - np.mean(x / scale), y - y.mean()
    spread = float(np.sum(x * x) * np.sum(y * y))
    return float(np.sum(x * y) ** 2 / spread) if spread > 0 else 0.0
