"""Whether numbers were rescaled: what factor carries the old ones to the new.

All on quantiles, so that neither outliers nor the number of rows matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tidegate.data_tests.reference.summary import LEVELS, ColumnSummary
from tidegate.data_tests.unit_factors import GREAT, JUMPS, TENS, Jump

Floats: TypeAlias = "npt.NDArray[np.float64]"


@dataclass(frozen=True)
class Found:
    """A jump that the data show.

    Attributes:
        jump: What happened to the numbers.
        share: Of which share of them, 0 to 1.
    """

    jump: Jump
    share: float


# The levels that seasons and outliers move little.
_INNER = slice(LEVELS.index(0.1), LEVELS.index(0.9) + 1)
_LOW, _HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
# A jump fits if quantiles are off by no more than this share of their spread,
# or than accepted spans differ from each other.
_FITS, _LEAST_CHANGE = 0.08, 0.25
# How loose a fit may be at most, of a small factor and of a great one.
_LOOSEST = (0.25, 0.4)
# Seasons stretch delays and temperatures by as much as a mile is longer than a
# kilometre: small factors are believed once so many spans show what is usual.
_SEASONS = 4
# And only if the change is so many times as great as any between those.
_SMALL, _TIMES = 4.0, 6.0
# It must explain the change: what is left of it, at the most.
_LEFT = 0.3
# Of a mixture only what lies beyond all that was accepted shows.
_BEYOND, _FEWEST = 0.001, 5
# Or beyond nearly all, if it is a great many.
_MANY = 0.05
# Of a jump that would hardly lead beyond nothing can be said.
_SEEN = 0.02
_ALIKE = np.log(2.0)
# A season stretches the tail; a jump leads a quarter of it this much farther.
_LEAP = np.log(1.7)
_POINTS = 400


def jump_of_all(spans: Sequence[Floats], now: Floats) -> Found | None:
    """The conversion of the whole column, None where there was none.

    Args:
        spans: Quantiles at `LEVELS` in each accepted span.
        now: The quantiles of the data that is tested.
    """
    usual = np.median(np.stack(list(spans)), axis=0)
    if usual[_HIGH] <= usual[_LOW]:
        return _jump_of_constant(spans, now)
    known = TENS if len(spans) < _SEASONS else JUMPS
    best = min(known, key=lambda jump: (_misfit(jump, usual, now), -jump.factor))
    history = max(_distance(span, usual) for span in spans)
    if not _has_changed(best, spans, usual, now):
        return None
    misfit = _misfit(best, usual, now)
    # As seen from the new scale: what was divided by 1,000 has hardly a spread.
    change = _distance(now, usual) * max(1.0, 1 / abs(best.factor))
    loosest = _LOOSEST[_is_great(best)]
    if misfit > min(max(_FITS, 1.5 * history), loosest) or misfit > _LEFT * change:
        return None
    return Found(best, 1.0)


def jump_of_some(
    spans: Sequence[ColumnSummary], values: Floats, weights: Floats
) -> Found | None:
    """The conversion of a share of the column by a great factor, None without.

    Args:
        spans: The column in accepted spans.
        values: Numbers of the data that is tested, finite.
        weights: How many times each occurs.
    """
    pool = np.concatenate([_pool(span) for span in spans])
    for level, least_share in ((0, _BEYOND), (1, _MANY)):
        low = min(span.quantiles[level] for span in spans)
        high = max(span.quantiles[-1 - level] for span in spans)
        found = _beyond(pool, values, weights, high, GREAT[::2], least_share)
        # Towards 0 only what is positive can be told from what was small.
        if found is None and low > 0:
            small, large = values > 0, pool > 0
            logs, pooled = -np.log(values[small]), -np.log(pool[large])
            found = _beyond(
                pooled,
                logs,
                weights[small],
                -np.log(low),
                GREAT[1::2],
                least_share,
                logs=True,
            )
        if found is not None:
            return found
    return None


def _beyond(
    pool: Floats,
    values: Floats,
    weights: Floats,
    edge: float,
    jumps: Sequence[Jump],
    least_share: float,
    logs: bool = False,
) -> Found | None:
    """The jump that explains the values beyond an edge best, if one does."""
    outside = values > edge
    count, total = float(weights[outside].sum()), float(weights.sum())
    if edge <= 0 and not logs:
        return None
    if count < _FEWEST or count < least_share * total:
        return None
    seen = _quartiles(values[outside], weights[outside], logs)
    if seen[-1] < (edge if logs else np.log(edge)) + _LEAP:
        return None
    best: tuple[float, Found] | None = None
    for jump in jumps:
        moved = pool - np.log(jump.factor) if logs else pool * jump.factor
        expected = moved[moved > edge]
        if len(expected) < _SEEN * len(pool):
            continue
        off = float(np.abs(_quartiles(expected, None, logs) - seen).max())
        share = min(count / total * len(pool) / len(expected), 1.0)
        if off < _ALIKE and (best is None or off < best[0]):
            best = off, Found(jump, share)
    return None if best is None else best[1]


def _quartiles(values: Floats, weights: Floats | None, logs: bool) -> Floats:
    """Logarithms of the quartiles."""
    if weights is None:
        weights = np.ones(len(values))
    order = np.argsort(values, kind="stable")
    ranks = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(ranks, (0.25, 0.5, 0.75)), len(values) - 1)
    found = values[order][places]
    return np.asarray(found if logs else np.log(found), np.float64)


def _pool(span: ColumnSummary) -> Floats:
    """Numbers spread as those of a span were, by its quantiles."""
    levels = (np.arange(_POINTS) + 0.5) / _POINTS
    return np.interp(levels, LEVELS, span.quantiles)


def _has_changed(
    jump: Jump, spans: Sequence[Floats], usual: Floats, now: Floats
) -> bool:
    """Whether the change is greater than what seasons do."""
    times = 3.0 if _is_great(jump) else _TIMES
    if jump.offset or jump.factor < 0:
        history = max(_distance(span, usual) for span in spans)
        return _distance(now, usual) > max(_LEAST_CHANGE, times * history)
    history = max(_stretch(span, usual) for span in spans)
    return _stretch(now, usual) > max(_LEAST_CHANGE, times * history)


def _is_great(jump: Jump) -> bool:
    return max(jump.factor, 1 / jump.factor) > _SMALL


def _spread(quantiles: Floats) -> float:
    return float(quantiles[_HIGH] - quantiles[_LOW])


def _stretch(quantiles: Floats, usual: Floats) -> float:
    """By how much the spread grew or shrank, in logarithms."""
    spread = _spread(quantiles)
    return abs(float(np.log(spread / _spread(usual)))) if spread > 0 else 0.0


def _distance(quantiles: Floats, usual: Floats) -> float:
    """How far the quantiles are apart, by the spread of the usual ones."""
    off = np.abs(quantiles[_INNER] - usual[_INNER]).max()
    return float(off / _spread(usual))


def _misfit(jump: Jump, usual: Floats, now: Floats) -> float:
    moved = usual * jump.factor + jump.offset
    return _distance(now, moved[::-1] if jump.factor < 0 else moved)


def _jump_of_constant(spans: Sequence[Floats], now: Floats) -> Found | None:
    """The same where most values are one: a great factor of it, exactly."""
    middle = LEVELS.index(0.5)
    usual, found = float(spans[-1][middle]), float(now[middle])
    if any(span[middle] != usual for span in spans) or not usual:
        return None
    for jump in TENS:
        if abs(found / usual / jump.factor - 1) < 0.01:
            return Found(jump, 1.0)
    return None
