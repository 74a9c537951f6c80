"""How well scores tell classes or quantities: AUC, R squared, log loss.

The area under the ROC curve is the chance that a row of the class has a higher
score than a row of another one, ties counting half (Hanley and McNeil,
Radiology 1982).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def auc(scores: npt.NDArray[np.generic], positive: Mask) -> float:
    """Area under the ROC curve, 0 to 1; 0.5 if there is only one class."""
    many, most = int(positive.sum()), len(positive)
    if not many or many == most:
        return 0.5
    _, places = np.unique(scores, return_inverse=True)
    hits = np.bincount(places, positive).astype(np.float64)
    others = np.bincount(places) - hits
    below = np.cumsum(others) - others
    return float(np.sum(hits * (below + others / 2)) / (many * (most - many)))


def r_squared(predictions: Floats, truth: Floats) -> float:
    """Share of the variance that predictions explain, at least 0."""
    spread = float(np.sum((truth - truth.mean()) ** 2)) if len(truth) else 0.0
    if not spread:
        return 0.0
    return max(0.0, 1 - float(np.sum((truth - predictions) ** 2)) / spread)


def log_loss(probabilities: Floats, positive: Mask) -> float:
    """Mean negative log likelihood; probabilities are kept off 0 and 1 by 1e-6."""
    if not len(probabilities):
        return 0.0
    kept = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.log(np.where(positive, kept, 1 - kept))))
