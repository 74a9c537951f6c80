"""The threshold that keeps the promise, from the scores of accepted spans.

Conformal prediction: if the next span is like the last ones, its score exceeds the
1 - alpha quantile of theirs in a share alpha of the runs (Vovk, Gammerman and
Shafer, 2005). Spans are never quite alike, so alpha follows what has happened:
after every span it moves by `STEP` times the promise less the alarm (adaptive
conformal inference: Gibbs and Candès, 2021), which brings the rate over time to the
promise whatever the data do. Only newer scores count, for with few spans before it
a span looks farther off than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.drift_tests.summary import FloatArray

STEP = 0.005
# Scores that a threshold comes from: of the newer half of the history, so many.
_FEWEST, _MOST = 20, 120
_LOWEST_ALPHA, _HIGHEST_ALPHA = 1e-4, 0.5


def threshold(scores: FloatArray, alpha: float) -> float:
    """The score that a share `alpha` of spans like these exceeds.

    Between two scores it lies as their logarithms do. Beyond the greatest one it
    goes on as from the second greatest, by half of that step.

    Args:
        scores: Scores of accepted spans, any order, at least two.
        alpha: The share, 0 to 1.
    """
    ordered = np.sort(np.log(np.maximum(scores, 1e-3)))
    last = len(ordered) - 1
    place = (last + 2) * (1 - alpha) - 1
    if place >= last:
        beyond = (place - last) * (ordered[-1] - ordered[-2]) / 2
        return float(np.exp(ordered[-1] + beyond))
    low = max(int(np.floor(place)), 0)
    part = max(place - low, 0.0)
    return float(np.exp(ordered[low] + part * (ordered[low + 1] - ordered[low])))


def newer(count: int, skipped: int) -> int:
    """How many of the newest scores a threshold comes from.

    Args:
        count: Number of scores there are.
        skipped: Spans before the first that has a score.
    """
    return int(np.clip((count + skipped) // 2, _FEWEST, _MOST))


def needed_scores(promise: float) -> int:
    """Scores from which on the promise can be kept.

    A conformal threshold for a share alpha needs 1 / alpha - 1 of them.
    """
    return max(int(np.ceil(1 / promise - 1e-9)) - 1, _FEWEST)


def needed_spans(promise: float, skipped: int) -> int:
    """Accepted spans from which on the promise can be kept."""
    return skipped + needed_scores(promise)


@dataclass(frozen=True)
class Limit:
    """The threshold of a channel for the next span.

    Attributes:
        score: Above this is an alarm.
        compared: Number of scores that it is made of; 0 where they are too few.
    """

    score: float
    compared: int


def limit_of(
    scores: FloatArray, promise: float, *, skipped: int, needed: int, quiet: int = 0
) -> Limit | None:
    """The threshold for the next span; None while there are too few scores.

    Args:
        scores: Scores of the accepted spans, oldest first.
        promise: Share of false alarms that is promised, 0 to 1.
        skipped: Spans before the first score.
        needed: Number of scores from which on there is a threshold.
        quiet: After an alarm that was accepted there is none for so many spans.
    """
    if len(scores) < needed:
        return None
    alpha, rested = promise, 0
    for place in range(needed, len(scores) + 1):
        count = min(newer(place, skipped), place)
        limit = threshold(scores[place - count : place], bounded(alpha))
        limit = np.inf if place < rested else limit
        if place < len(scores):
            alarm = bool(scores[place] > limit)
            rested = place + 1 + quiet if alarm else rested
            alpha += STEP * (promise - float(alarm))
    return Limit(limit, count)


def bounded(alpha: float) -> float:
    """Alpha within what a threshold can be made of."""
    return float(np.clip(alpha, _LOWEST_ALPHA, _HIGHEST_ALPHA))


def p_value(scores: FloatArray, score: float) -> float:
    """Share of spans like these with such a score or a greater one (conformal)."""
    return float((1 + (scores >= score).sum()) / (len(scores) + 1))
