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


def needed_spans(promise: float, skipped: int) -> int:
    """Accepted spans from which on the promise can be kept.

    A conformal threshold for a share alpha needs 1 / alpha - 1 scores.
    """
    return skipped + max(int(np.ceil(1 / promise - 1e-9)) - 1, _FEWEST)


def adapted_alpha(scores: FloatArray, promise: float, skipped: int) -> float:
    """Alpha for the next span, after what the accepted ones would have done.

    Args:
        scores: Scores of the accepted spans, oldest first.
        promise: Share of false alarms that is promised.
        skipped: Spans before the first score.
    """
    alpha = promise
    first = needed_spans(promise, skipped) - skipped
    for place in range(first, len(scores)):
        past = scores[:place][-newer(place, skipped) :]
        limit = threshold(past, bounded(alpha))
        alpha += STEP * (promise - float(scores[place] > limit))
    return bounded(alpha)


def bounded(alpha: float) -> float:
    """Alpha within what a threshold can be made of."""
    return float(np.clip(alpha, _LOWEST_ALPHA, _HIGHEST_ALPHA))


def p_value(scores: FloatArray, score: float) -> float:
    """Share of spans like these with such a score or a greater one (conformal)."""
    return float((1 + (scores >= score).sum()) / (len(scores) + 1))
