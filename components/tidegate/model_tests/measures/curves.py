"""Curves of scored rows, thinned to what a picture can show."""

from __future__ import annotations

import numpy as np

from tidegate.model_tests.measures.estimate import Numbers

_MOST_POINTS = 200


def roc(
    label: Numbers, prediction: Numbers, weight: Numbers
) -> tuple[Numbers, Numbers] | None:
    """False and true positive rates, both ascending; None without both labels."""
    order = np.argsort(-prediction, kind="stable")
    ordered = prediction[order]
    positive = label[order] > 0.5
    true = np.cumsum(weight[order] * positive)
    false = np.cumsum(weight[order] * ~positive)
    if not (true[-1] > 0 and false[-1] > 0):
        return None
    last = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
    x = np.concatenate(([0.0], false[last] / false[-1]))
    y = np.concatenate(([0.0], true[last] / true[-1]))
    return _thinned(x, y)


def _thinned(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """The points that lie evenly along the curve, both ends among them."""
    if len(x) <= _MOST_POINTS:
        return x, y
    # Along x + y, which only grows, so that steep parts keep their points.
    wanted = np.linspace(0.0, float(x[-1] + y[-1]), _MOST_POINTS)
    places = np.unique(np.searchsorted(x + y, wanted).clip(0, len(x) - 1))
    places[-1] = len(x) - 1
    return x[places], y[places]


def histogram(values: Numbers, weight: Numbers, edges: Numbers) -> Numbers:
    """Share of the weight in each bin; what lies outside counts to the ends."""
    inside = np.clip(values, edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges, weights=weight)
    return np.asarray(counts / weight.sum(), np.float64)
