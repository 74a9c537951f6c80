"""How far the predictions of two models lie apart, on the same rows."""

from __future__ import annotations

import numpy as np

from tidegate.model_tests.measures.estimate import Estimate, Numbers

# An empty bin would make the index infinite: half a row is put into it.
_LEAST_ROWS = 0.5


def stability_index(
    prediction: Numbers, champion: Numbers, weight: Numbers, count: int
) -> Estimate:
    """The population stability index of the predictions, less what chance adds.

    The sum of (p - q) log(p / q) over bins that hold equal shares q of the
    champion's predictions and shares p of the candidate's (Siddiqi, Credit Risk
    Scorecards, 2006): below 0.1 small, above 0.25 large. On a sample it is too
    large by about the sum of the variances of p - q over q, which is taken away
    (Yurdakul, Statistical Properties of the Population Stability Index, 2018; the
    rows are the same here, so that the variance is that of the paired difference).
    """
    edges = quantile_edges(champion, weight, count)
    now, before = (
        np.searchsorted(edges, one, side="right") for one in (prediction, champion)
    )
    share = weight / weight.sum()
    bins = len(edges) + 1
    p, q = np.bincount(now, share, bins), np.bincount(before, share, bins)
    held = (p > 0) | (q > 0)
    rows = 1 / float(np.dot(share, share))
    least = _LEAST_ROWS / rows
    p_safe, q_safe = np.maximum(p, least), np.maximum(q, least)
    value = float(np.sum(((p_safe - q_safe) * np.log(p_safe / q_safe))[held]))
    apart = np.bincount(now, share * share * (now != before), bins)
    apart += np.bincount(before, share * share * (now != before), bins)
    chance = float(np.sum((apart / ((p_safe + q_safe) / 2))[held]))
    slope_p = np.log(p_safe / q_safe) + 1 - q_safe / p_safe
    slope_q = -np.log(p_safe / q_safe) + 1 - p_safe / q_safe
    middle = float(np.dot(slope_p, p) + np.dot(slope_q, q))
    influence = share * (slope_p[now] + slope_q[before] - middle)
    return Estimate(max(value - chance, 0.0), influence)


def quantile_edges(values: Numbers, weight: Numbers, count: int) -> Numbers:
    """Inner edges of `count` bins with equal weight; fewer where values repeat."""
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weight[order])
    wanted = np.arange(1, count) / count * passed[-1]
    places = np.minimum(np.searchsorted(passed, wanted), len(order) - 1)
    return np.asarray(np.unique(values[order][places]), np.float64)
